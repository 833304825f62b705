"""A cross-encoder in this process: question and abstract are read together by one model.

Any sequence-classification model exported to ONNX, from a folder that holds
``model.onnx`` (or ``onnx/model.onnx``) and ``tokenizer.json``. Nothing is downloaded.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import ConfigError, ModelReplyError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WINDOW = 512  # tokens of question and passage together
_BATCH = 16
_MODELS = ("model.onnx", "onnx/model.onnx")


class CrossEncoder:
    """Scores (question, passage) pairs."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """Nothing is loaded yet. Raises ConfigError when ``folder`` lacks a file."""
        found = [folder / name for name in _MODELS if (folder / name).is_file()]
        if not found or not (folder / "tokenizer.json").is_file():
            raise ConfigError(
                f"the cross-encoder folder {folder.name!r} needs model.onnx and tokenizer.json; "
                'mend: export a model with Optimum, or set retrieval.reranker to ""'
            )
        self._folder = folder
        self._model = found[0]
        self._threads = threads

    @property
    def name(self) -> str:
        """How users know it."""
        return f"cross-encoder {self._folder.name}"

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return one relevance logit for each passage, larger is better.

        Raises ConfigError for a model that cannot be loaded, ModelReplyError for scores
        that are none.
        """
        found: list[float] = []
        for start in range(0, len(passages), _BATCH):
            found += self._batch(question, passages[start : start + _BATCH])
        if not np.isfinite(found).all():
            raise ModelReplyError(f"{self.name} returned NaN or infinite scores")
        return found

    def _batch(self, question: str, passages: Sequence[str]) -> list[float]:
        encodings = self._tokenizer.encode_batch([(question, passage) for passage in passages])
        known = {
            "input_ids": np.array([e.ids for e in encodings], dtype=np.int64),
            "attention_mask": np.array([e.attention_mask for e in encodings], dtype=np.int64),
            "token_type_ids": np.array([e.type_ids for e in encodings], dtype=np.int64),
        }
        wanted = [each.name for each in self._session.get_inputs()]
        try:
            logits = self._session.run(None, {name: known[name] for name in wanted})[0]
            # One logit, or one for each class with "relevant" last.
            return [float(row[-1]) for row in np.asarray(logits).reshape(len(passages), -1)]
        except Exception as exc:
            raise ModelReplyError(
                f"{self.name} does not take a question and a passage ({type(exc).__name__}); "
                "mend: give a sequence-classification model"
            ) from exc

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        except Exception as exc:
            raise ConfigError(f"{self._folder.name}/tokenizer.json cannot be read") from exc
        tokenizer.enable_truncation(WINDOW, strategy="only_second")
        tokenizer.enable_padding()
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        try:
            return onnxruntime.InferenceSession(
                str(self._model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as exc:
            raise ConfigError(f"{self._folder.name}/{self._model.name} is no ONNX model") from exc
