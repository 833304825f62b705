"""Question sets, BEIR folders: what is read, and what is an error with its place."""

import json
from typing import Any

import pytest

from evals.beir import load_beir
from evals.binding import TitleResolver, bind, load_questions
from evals.formats import parse_topic, read_questions
from rag.errors import InputError
from rag.records import Paper

PAPERS = [
    Paper("p1", "Attention Is All You Need", "We propose the Transformer."),
    Paper("p2", "Naïve Bayes – revisited", "A classifier."),
]


def question(**changes) -> Any:
    row = {
        "id": "q1", "question": "Who?", "type": "fact", "answerable": True,
        "relevant": [{"title": "Attention Is All You Need", "grade": 2}],
        "nuggets": [{"text": "It is.", "vital": True, "patterns": ["transformer"]}],
        "reference": "The Transformer.",
    }  # fmt: skip
    return {**row, **changes}


def write(tmp_path, *rows) -> Any:
    path = tmp_path / "set.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_question_set_is_bound_to_paper_ids(tmp_path):
    found = load_questions(write(tmp_path, question()), PAPERS)
    assert found.qrels == {"q1": {"p1": 2}}
    assert found.topics[0].nuggets[0].patterns[0].search("a TRANSFORMER model")


@pytest.mark.parametrize(
    "title",
    ["attention is all you need", "Attention  Is All You Need!", "ATTENTION IS ALL YOU NEED"],
)
def test_titles_match_whatever_their_case_and_punctuation(title):
    assert TitleResolver(PAPERS).find(title) == "p1"


def test_the_exact_title_wins_over_a_folded_one():
    twins = [Paper("a", "On Sets", ""), Paper("b", "On sets", "")]
    assert TitleResolver(twins).find("On sets") == "b"


def test_an_unknown_title_names_file_line_and_the_nearest(tmp_path):
    path = write(tmp_path, question(), question(id="q2", relevant=[{"title": "Attention Is All"}]))
    with pytest.raises(InputError, match=r"set\.jsonl:2: .*nearest: 'Attention Is All You Need'"):
        load_questions(path, PAPERS)


def test_missing_papers_can_be_counted_as_not_found(tmp_path):
    path = write(tmp_path, question(relevant=[{"title": "Unheard of", "grade": 1}]))
    found = load_questions(path, PAPERS, allow_missing=True)
    assert found.missing == ("set.jsonl:1: Unheard of",)
    assert list(found.qrels["q1"].values()) == [1]
    assert not found.qrels["q1"].keys() & {"p1", "p2"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "riddle"}, "unknown type 'riddle'"),
        ({"id": ""}, "'id' must be a text"),
        ({"id": "a b"}, "holds white space"),
        ({"question": 3}, "'question' must be a text"),
        ({"relevant": "p1"}, "'relevant' must be a list of objects"),
        ({"relevant": [{"title": "x", "grade": -1}]}, "grade -1"),
        ({"relevant": [{"title": "x", "grade": True}]}, "grade True"),
        ({"nuggets": [{"text": "x", "patterns": []}]}, "needs 'patterns'"),
        ({"nuggets": [{"text": "x", "patterns": ["("]}]}, r"pattern '\(' does not compile"),
    ],
)
def test_an_unreadable_question_is_an_error_with_its_place(tmp_path, changes, message):
    with pytest.raises(InputError, match=rf"set\.jsonl:1: .*{message}"):
        read_questions(write(tmp_path, question(**changes)))


def test_a_repeated_id_names_both_lines(tmp_path):
    with pytest.raises(InputError, match=r"set\.jsonl:2: id 'q1' is used on line 1"):
        read_questions(write(tmp_path, question(), question()))


@pytest.mark.parametrize("line", ["{", "[]", '"text"', "null"])
def test_a_line_that_is_no_object_is_an_error(line):
    with pytest.raises(InputError, match=r"f:7: "):
        parse_topic(line, "f:7")


def test_an_empty_file_is_an_error(tmp_path):
    path = tmp_path / "none.jsonl"
    path.write_text("\n\n")
    with pytest.raises(InputError, match="holds no questions"):
        read_questions(path)


def test_a_paper_judged_twice_keeps_its_higher_grade():
    row = question(
        relevant=[
            {"title": t, "grade": g}
            for t, g in ((PAPERS[0].title, 2), ("attention is all you need", 1))
        ]
    )
    topic = parse_topic(json.dumps(row), "f:1")
    assert bind([topic], TitleResolver(PAPERS), "f")[0] == {"q1": {"p1": 2}}


def test_pooled_judgements_beside_the_set_add_to_it_and_lower_nothing(tmp_path):
    path = write(tmp_path, question())
    rows = [
        {"id": "q1", "title": PAPERS[1].title, "grade": 0},
        {"id": "q1", "title": PAPERS[0].title, "grade": 0},
    ]
    path.with_name("set.judged.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    assert load_questions(path, PAPERS).qrels == {"q1": {"p1": 2, "p2": 0}}


def test_a_split_keeps_its_questions_only(tmp_path):
    path = write(tmp_path, question(split="dev"), question(id="q2", split="test"))
    found = load_questions(path, PAPERS).of_split("dev")
    assert [t.topic_id for t in found.topics] == list(found.qrels) == ["q1"]
    with pytest.raises(InputError, match="no question has split 'train'"):
        load_questions(path, PAPERS).of_split("train")


def beir_folder(tmp_path, qrels) -> Any:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d1", "title": "T", "text": "A"}\n')
    (tmp_path / "queries.jsonl").write_text(
        '{"_id": "1", "text": "first"}\n{"_id": "2", "text": "second"}\n'
    )
    (tmp_path / "qrels" / "test.tsv").write_text(qrels)
    return tmp_path


@pytest.mark.parametrize("header", ["query-id\tcorpus-id\tscore\n", ""])
def test_beir_qrels_are_read_with_and_without_a_header(tmp_path, header):
    found = load_beir(beir_folder(tmp_path, header + "1\td1\t2\n1\td2\t0\n"))
    assert found.qrels == {"1": {"d1": 2, "d2": 0}}
    assert [t.question for t in found.topics] == ["first"]


def test_a_bad_beir_row_is_an_error_with_its_place(tmp_path):
    with pytest.raises(InputError, match=r"test\.tsv:2: expected query-id"):
        load_beir(beir_folder(tmp_path, "1\td1\t1\n2\td1\n"))


def test_an_unknown_beir_split_names_those_there_are(tmp_path):
    with pytest.raises(InputError, match="splits there are: test"):
        load_beir(beir_folder(tmp_path, "1\td1\t1\n"), "train")
