"""Run and qrels files: what we write trec_eval reads alike, and what others write we do."""

import pytest

from evals.trec import Ranked, read_qrels, read_run, write_qrels, write_run
from rag.errors import InputError


def test_a_written_run_has_strictly_decreasing_whole_scores(tmp_path):
    path = tmp_path / "run.trec"
    write_run(path, {"q": [Ranked("a", 0.5), Ranked("b", 0.5), Ranked("c", 0.1)]}, "me")
    assert path.read_text() == "q Q0 a 1 3 me\nq Q0 b 2 2 me\nq Q0 c 3 1 me\n"


def test_a_written_run_is_read_back_in_its_order(tmp_path):
    path = tmp_path / "run.trec"
    write_run(path, {"q": [Ranked(name, 1.0) for name in "badc"]})
    assert [p.paper_id for p in read_run(path)["q"]] == list("badc")


def test_equal_scores_are_ordered_as_trec_eval_does_by_last_id(tmp_path):
    path = tmp_path / "run.trec"
    path.write_text("q Q0 a 1 1.5 x\nq Q0 c 2 1.5 x\nq Q0 b 3 1.5 x\n")
    assert [p.paper_id for p in read_run(path)["q"]] == ["c", "b", "a"]


def test_scores_are_compared_as_float32_and_ranks_ignored(tmp_path):
    path = tmp_path / "run.trec"
    path.write_text("q Q0 a 1 100000001 x\nq Q0 b 2 100000000 x\nq Q0 c 9 200000000 x\n")
    assert [p.paper_id for p in read_run(path)["q"]] == ["c", "b", "a"]


def test_a_paper_ranked_twice_keeps_its_first_place(tmp_path):
    path = tmp_path / "run.trec"
    path.write_text("q Q0 a 1 3 x\nq Q0 b 2 2 x\nq Q0 a 3 1 x\n")
    assert [p.paper_id for p in read_run(path)["q"]] == ["a", "b"]


def test_qrels_are_read_back(tmp_path):
    qrels = {"q1": {"a": 2, "b": 0}, "q2": {"10.1/x": 1}}
    write_qrels(tmp_path / "qrels.trec", qrels)
    assert read_qrels(tmp_path / "qrels.trec") == qrels


def test_white_space_in_an_id_does_not_break_the_columns(tmp_path):
    write_run(tmp_path / "run.trec", {"q": [Ranked("my paper", 1.0)]})
    write_qrels(tmp_path / "qrels.trec", {"q": {"my paper": 1}})
    ranked = read_run(tmp_path / "run.trec")["q"][0].paper_id
    assert read_qrels(tmp_path / "qrels.trec")["q"] == {ranked: 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [("q Q0 a 1\n", "expected 6 columns, found 4"), ("q Q0 a 1 high x\n", "'high' is no score")],
)
def test_a_bad_line_is_an_error_with_its_place(tmp_path, text, message):
    (tmp_path / "run.trec").write_text("q Q0 b 1 2 x\n" + text)
    with pytest.raises(InputError, match=rf"run\.trec:2: {message}"):
        read_run(tmp_path / "run.trec")
