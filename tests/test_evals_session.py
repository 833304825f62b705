"""Whole commands on a small corpus: from what was asked for to the run folder and its reports."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.baselines import BASELINES, convex_fusion, reciprocal_rank_fusion, shuffled
from evals.pooling import pool_of
from evals.session import Wish, answers_run, retrieval_run, score_again, write_reports
from evals.trec import Ranked
from rag.app import App, open_app
from rag.errors import InputError, UsageError
from tests.fakes import HashedEmbedder

DOCS = {
    "d1": ("Pruning tokens", "Pruning saves 18.5% of the tokens. It keeps the accuracy."),
    "d2": ("Barking dogs", "Dogs bark at night. Nobody knows why."),
    "d3": ("Robot grasping", "A robot arm grasps cups with a soft gripper."),
    "d4": ("Protein folding", "A network predicts how proteins fold."),
    "d5": ("Weather models", "Rain is forecast from satellite images."),
}
QUERIES = {"1": "Which pruning saves tokens?", "2": "Why do dogs bark at night?"}


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    docs = [{"_id": i, "title": t, "text": a} for i, (t, a) in DOCS.items()]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(d) + "\n" for d in docs))
    queries = [{"_id": i, "text": text} for i, text in QUERIES.items()]
    (folder / "queries.jsonl").write_text("".join(json.dumps(q) + "\n" for q in queries))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\td1\t1\n2\td2\t1\n")
    return folder


@pytest.fixture
def opener(tmp_path: Path) -> Callable[..., App]:
    def open_(**settings: Any) -> App:
        overrides = {key.replace("__", "."): value for key, value in settings.items()}
        return open_app(home=tmp_path / "home", overrides=overrides, embedder=HashedEmbedder())

    return open_


@pytest.fixture
def questions(tmp_path: Path, beir: Path, opener: Callable[..., App]) -> Path:
    """Return a question set over the small corpus, which is indexed in the home."""
    opener().index.add([beir / "corpus.jsonl"])
    nugget = {"text": "18.5%", "vital": True, "patterns": [r"18\.5"]}
    rows = [
        {"id": "q1", "question": "How much does pruning of tokens save?", "type": "fact",
         "relevant": [{"title": "Pruning tokens", "grade": 2}], "nuggets": [nugget]},
        {"id": "u1", "question": "What do zebras eat on Mars?", "type": "unanswerable"},
    ]  # fmt: skip
    path = tmp_path / "set.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def quiet(*_: object) -> None:
    pass


def test_a_beir_folder_gets_an_index_of_its_own_and_all_baselines(
    beir: Path, opener: Callable[..., App], tmp_path: Path
) -> None:
    folder = retrieval_run(opener, Wish("retrieval", beir=beir), quiet)
    report = score_again(folder.path, None)
    assert list(report["systems"]) == ["papers", *BASELINES]
    assert report["systems"]["oracle"]["measures"]["nDCG@10"] == 1
    assert report["systems"]["bm25"]["measures"]["Success@1"] == 1
    assert folder.manifest["counts"]["papers"] == len(DOCS)
    assert [p.name[:5] for p in (tmp_path / "home" / "benchmarks").glob("tiny-*")] == ["tiny-"]
    assert opener().index.is_empty()


def test_a_finished_run_is_taken_from_disk(beir: Path, opener: Callable[..., App]) -> None:
    first = retrieval_run(opener, Wish("retrieval", beir=beir), quiet)
    before = (first.path / "manifest.json").stat().st_mtime_ns
    again = retrieval_run(opener, Wish("retrieval", beir=beir), quiet)
    assert again.path == first.path
    assert (again.path / "manifest.json").stat().st_mtime_ns == before


def test_a_question_set_and_a_beir_folder_together_are_refused(
    beir: Path, opener: Callable[..., App]
) -> None:
    with pytest.raises(UsageError, match="not both"):
        retrieval_run(opener, Wish("retrieval", questions=beir, beir=beir), quiet)


def test_a_folder_without_a_corpus_is_refused(tmp_path: Path, opener: Callable[..., App]) -> None:
    with pytest.raises(InputError):
        retrieval_run(opener, Wish("retrieval", beir=tmp_path), quiet)


@pytest.mark.parametrize("context", ["retrieved", "oracle", "none"])
def test_answers_are_run_with_each_context(
    questions: Path, opener: Callable[..., App], context: str
) -> None:
    wish = Wish("answers", questions=questions, context=context)
    folder = answers_run(opener, wish, quiet)
    report = score_again(folder.path, None)
    assert report["n"] == 2
    assert folder.manifest["context"] == context
    if context == "none":
        assert report["abstention"]["abstained"] == 2


def test_an_unknown_context_is_refused(questions: Path, opener: Callable[..., App]) -> None:
    with pytest.raises(UsageError, match="is not one of: retrieved, oracle, none"):
        answers_run(opener, Wish("answers", questions=questions, context="all"), quiet)


def test_reports_are_written_in_every_format(
    questions: Path, opener: Callable[..., App], tmp_path: Path
) -> None:
    folder = answers_run(opener, Wish("answers", questions=questions), quiet)
    targets = {name: tmp_path / name for name in ("html", "markdown", "junit")}
    assert write_reports(folder.path, None, targets) == list(targets.values())
    assert all(path.stat().st_size > 200 for path in targets.values())


def test_the_pool_lists_unjudged_papers_blind(questions: Path, opener: Callable[..., App]) -> None:
    folder = retrieval_run(opener, Wish("retrieval", questions=questions), quiet)
    rows = pool_of(folder.path, depth=3)
    assert {row["id"] for row in rows} == {"q1"}
    assert "Pruning tokens" not in {row["title"] for row in rows}
    assert all(set(row) == {"id", "question", "title"} for row in rows)


def test_a_run_file_needs_judgements(tmp_path: Path) -> None:
    (tmp_path / "run.trec").write_text("1 Q0 d1 1 1 x\n")
    with pytest.raises(UsageError, match="needs --qrels"):
        score_again(tmp_path / "run.trec", None)


# -- baselines ---------------------------------------------------------------


def test_reciprocal_rank_fusion_by_hand() -> None:
    left = [Ranked("a", 9.0), Ranked("b", 8.0)]
    right = [Ranked("b", 0.2), Ranked("c", 0.1)]
    fused = reciprocal_rank_fusion([left, right])
    assert [p.paper_id for p in fused] == ["b", "a", "c"]
    assert fused[0].score == pytest.approx(1 / 62 + 1 / 61)


def test_convex_fusion_by_hand() -> None:
    left = [Ranked("a", 10.0), Ranked("b", 7.5), Ranked("c", 0.0)]
    right = [Ranked("c", 1.0), Ranked("b", 0.5)]
    fused = {p.paper_id: p.score for p in convex_fusion([left, right])}
    assert fused == pytest.approx({"a": 0.5, "b": 0.375, "c": 0.5})
    assert convex_fusion([[], []]) == []


def test_the_random_baseline_is_the_same_every_time_and_differs_by_question() -> None:
    ids = [f"d{i}" for i in range(30)]
    assert shuffled(ids, "q1") == shuffled(ids, "q1")
    assert shuffled(ids, "q1") != shuffled(ids, "q2")
    assert {p.paper_id for p in shuffled(ids, "q1")} == set(ids)
