"""Run folders: complete or resumable, scored again from their files alone."""

import json
from dataclasses import replace
from typing import Any

import pytest
import pytrec_eval

from evals.answers import run_answers, score_answers
from evals.binding import Collection
from evals.formats import Nugget, Topic, compiled
from evals.retrieval import run_retrieval, score_files, score_retrieval
from evals.runs import Basis, begin, default_folder, is_fake, open_run, plan_of
from evals.trec import read_qrels, read_run
from rag.errors import EmbeddingError, ModelRefusedError, ModelReplyError, UsageError
from rag.records import Answer, Citation, Claim, Verdict
from rag.settings import load_settings
from tests.evals_runs import collection_of, make_run, paper, searcher

GOLD = {"q1": "a", "q2": "b", "none": None}
RANKINGS = {"q1": ["a", "x"], "q2": ["y", "x", "b"], "none": ["x"]}


def quiet(*_) -> Any:
    pass


def plan(collection, **changes) -> Any:
    return plan_of(
        "retrieval", collection, Basis(load_settings(environ={}), [paper("a")], **changes)
    )


def test_a_run_leaves_everything_to_score_it_again(tmp_path):
    report = score_retrieval(open_run(make_run(tmp_path / "r", GOLD, RANKINGS)))
    assert report["n"] == 2
    assert report["left_out"] == 1
    assert report["systems"]["papers"]["measures"]["RR"] == pytest.approx((1 + 1 / 3) / 2)


def test_the_report_equals_trec_eval_on_the_written_files(tmp_path):
    path = make_run(tmp_path / "r", GOLD, RANKINGS)
    report = score_retrieval(open_run(path))
    with (path / "qrels.trec").open() as stream:
        qrels = pytrec_eval.parse_qrel(stream)
    with (path / "run.trec").open() as stream:
        run = pytrec_eval.parse_run(stream)
    theirs = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut_10"}).evaluate(run)
    expected = sum(row["ndcg_cut_10"] for row in theirs.values()) / len(theirs)
    assert report["systems"]["papers"]["measures"]["nDCG@10"] == pytest.approx(expected)


def test_files_of_anyone_are_scored_like_our_own(tmp_path):
    path = make_run(tmp_path / "r", GOLD, RANKINGS)
    ours = score_retrieval(open_run(path))["systems"]["papers"]["measures"]
    found = score_files(read_run(path / "run.trec"), read_qrels(path / "qrels.trec"))
    assert found["systems"]["run"]["measures"] == ours


def test_a_stopped_run_goes_on_where_it_stopped_even_after_a_torn_line(tmp_path):
    collection = collection_of(GOLD)
    asked = []

    def search(question, k):
        asked.append(question)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return searcher(RANKINGS)(question, k)

    folder = begin(tmp_path / "r", plan(collection), collection)
    with pytest.raises(KeyboardInterrupt):
        run_retrieval(search, collection, folder, progress=quiet)
    with (folder.path / "records.jsonl").open("a") as stream:
        stream.write('{"id": "q2", "hi')
    again = begin(tmp_path / "r", plan(collection), collection)
    run_retrieval(search, collection, again, progress=quiet)
    assert asked == ["q1", "q2", "q2", "none"]
    assert list(again.records()) == ["q1", "q2", "none"]


def test_a_folder_of_another_run_is_not_overwritten_unless_fresh(tmp_path):
    collection = collection_of(GOLD)
    begin(tmp_path / "r", plan(collection), collection)
    with pytest.raises(UsageError, match="differs in: seed; mend: give another --out"):
        begin(tmp_path / "r", plan(collection, seed=1), collection)
    begin(tmp_path / "r", plan(collection, seed=1), collection, fresh=True)
    assert json.loads((tmp_path / "r" / "plan.json").read_text())["seed"] == 1


def test_equal_plans_share_a_folder_and_a_changed_corpus_does_not(tmp_path):
    collection = collection_of(GOLD)
    settings = load_settings(environ={})
    plans = [
        plan_of("retrieval", collection, Basis(settings, papers))
        for papers in ([paper("a")], [paper("a")], [replace(paper("a"), abstract="new")])
    ]
    folders = [default_folder(tmp_path, p) for p in plans]
    assert folders[0] == folders[1] != folders[2]


def test_the_manifest_tells_versions_hashes_and_counts_and_no_private_path(tmp_path):
    settings = load_settings({"index.home": "/home/someone/papers"}, environ={})
    collection = collection_of(GOLD)
    found = plan_of("retrieval", collection, Basis(settings, [paper("a")]))
    assert set(found["sha256"]) == {"corpus", "questions", "prompts", "settings", "code"}
    assert {"python", "ir-measures", "bm25s"} <= set(found["versions"])
    assert "someone" not in json.dumps(found)


def test_a_question_that_fails_scores_zero_and_is_counted(tmp_path):
    collection = collection_of({"q1": "a", "q2": "b"})

    def search(question, k):
        if question == "q1":
            raise EmbeddingError("the embedder is ill")
        return searcher(RANKINGS)(question, k)

    folder = begin(tmp_path / "r", plan(collection), collection)
    run_retrieval(search, collection, folder, progress=quiet)
    folder.finish({"papers": 1, "questions": 2, "records": 2, "errors": 1})
    report = score_retrieval(open_run(tmp_path / "r"))
    assert report["errors"] == 1
    assert report["n"] == 2
    assert report["systems"]["papers"]["measures"]["RR"] == pytest.approx(1 / 6)


# -- answers -----------------------------------------------------------------

TOPICS = (
    Topic(
        "q1",
        "What saves tokens?",
        "fact",
        nuggets=(Nugget("Pruning", True, (compiled("pruning"),)),),
    ),
    Topic("u1", "What did it cost?", "unanswerable", answerable=False),
)
SET = Collection("set", TOPICS, {"q1": {"a": 2}, "u1": {}}, "0" * 64)


def answered(topic) -> Any:
    if not topic.answerable:
        return Answer(topic.question, abstained=True, confidence=0.1)
    text = paper("a").abstract
    citation = Citation(1, "a", "Title of a", text, 0, len(text), Verdict.SUPPORTED)
    return Answer(
        topic.question, (Claim("Pruning does.", (citation,), Verdict.SUPPORTED),), confidence=0.9
    )


def answers_run(path, ask, model=None) -> Any:
    basis = Basis(load_settings(environ={}), [paper("a")], model=model)
    folder = begin(path, plan_of("answers", SET, basis), SET)
    run_answers(ask, SET, folder, progress=quiet)
    folder.write_papers([paper("a")])
    folder.finish({"papers": 1, "questions": 2, "records": 2, "errors": 0})
    return open_run(path)


def test_answers_are_scored_from_the_folder(tmp_path):
    report = score_answers(answers_run(tmp_path / "r", answered))
    assert report["systems"]["papers"]["measures"]["net"] == 1
    assert report["systems"]["papers"]["measures"]["quotes_verbatim"] == 1
    assert report["abstention"]["f1"] == 1
    assert sum(report["failures"].values()) == 0


def test_a_failed_answer_says_nothing_and_is_counted(tmp_path):
    def ask(topic):
        if topic.answerable:
            raise ModelReplyError("not JSON")
        return answered(topic)

    report = score_answers(answers_run(tmp_path / "r", ask))
    assert report["errors"] == 1
    assert report["systems"]["papers"]["measures"]["net"] == 0


def test_a_refused_key_stops_the_run(tmp_path):
    def ask(_topic):
        raise ModelRefusedError("the key is wrong")

    with pytest.raises(ModelRefusedError):
        answers_run(tmp_path / "r", ask)


@pytest.mark.parametrize(
    ("model", "fake"), [("fake-1", True), ("Scripted", True), ("gpt-5-mini", False), (None, False)]
)
def test_a_fake_model_is_known_by_its_name_and_noted(tmp_path, model, fake):
    assert is_fake(model) is fake
    report = score_answers(answers_run(tmp_path / "r", answered, model=model))
    assert report["fake_model"] is fake
