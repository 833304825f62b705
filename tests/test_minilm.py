"""The default embedder: integer products that stay close to floats, one text at a time."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from rag.corpus import read_papers
from rag.embedding import MiniLM, Passage
from rag.embedding import minilm as module
from rag.errors import EmbeddingError
from rag.records import Paper
from rag.resources import sample_corpus
from rag.text.sentences import sentence_spans


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    found = [p for p in read_papers(sample_corpus()[0]) if isinstance(p, Paper) and p.abstract]
    return [Passage(p.title, p.abstract, tuple(sentence_spans(p.abstract))) for p in found[:8]]


def in_floats(model: MiniLM, passage: Passage) -> np.ndarray:
    """Return the vector by the graph that came with the weights, which multiplies floats."""
    session = onnxruntime.InferenceSession(module.model_path())
    encoding = model._tokenizer.encode(passage.prefix + passage.text)
    ids = np.asarray([encoding.ids], dtype=np.int64)
    kinds, mask = np.zeros_like(ids), np.ones_like(ids)
    feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}
    whole = session.run(["last_hidden_state"], feeds)[0][0].mean(axis=0)
    return np.asarray(whole / np.linalg.norm(whole))


def test_integers_say_what_floats_say(model: MiniLM, passages: list[Passage]) -> None:
    for passage in [*passages[:4], Passage("", "What makes planning cheaper?")]:
        cosine = float(model.embed_passages([passage])[0].vector @ in_floats(model, passage))
        assert cosine > 0.9999


def test_a_vector_is_the_same_whatever_is_embedded_beside_it(
    model: MiniLM, passages: list[Passage]
) -> None:
    together = model.embed_passages(passages)
    backwards = MiniLM(threads=3).embed_passages(passages[::-1])[::-1]
    for passage, a, b in zip(passages, together, backwards, strict=True):
        alone = model.embed_passages([passage])[0]
        for other in (a, b):
            assert np.array_equal(alone.vector, other.vector)
            assert alone.sentences is not None
            assert other.sentences is not None
            assert np.array_equal(alone.sentences, other.sentences)


def test_vectors_and_sentence_vectors_have_unit_length(
    model: MiniLM, passages: list[Passage]
) -> None:
    for passage, encoded in zip(passages, model.embed_passages(passages), strict=True):
        assert encoded.sentences is not None
        assert encoded.sentences.shape == (len(passage.sentences), 384)
        rows = np.vstack([encoded.vector, encoded.sentences])
        assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_nothing_and_far_too_much_text_have_a_vector(model: MiniLM) -> None:
    assert model.embed_passages([]) == []
    for text in ("", "\ud800 lone", "word " * 5000):
        assert np.isfinite(model.embed_query(text)).all()
    long, longer = (model.embed_query("word " * n) for n in (510, 5000))
    assert np.array_equal(long, longer)


def test_weights_that_were_changed_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "model.onnx").write_bytes(b"other weights")
    monkeypatch.setattr(module, "model_path", lambda: tmp_path / "model.onnx")
    with pytest.raises(EmbeddingError, match=r"model\.onnx has sha256 .* expected .* mend: pip"):
        MiniLM().embed_query("anything")


def test_the_graph_in_the_package_is_what_its_builder_writes() -> None:
    pytest.importorskip("onnx", reason="onnx draws the graph")
    from rag.embedding.graph import build

    assert module.GRAPH.read_bytes() == build()
