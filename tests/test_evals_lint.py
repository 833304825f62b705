"""The check of question sets: every fault in one go, each with its place."""

import json
from typing import Any

import pytest

from evals.lint import lint_file
from evals.overlap import content_terms, overlap
from rag.records import Paper

PAPERS = [
    Paper("p1", "Pruning Tokens", "We prune tokens. It saves 18.5% of the cost."),
    Paper("p2", "Barking Dogs", "Dogs bark at night, and save nothing."),
]
FACT: dict[str, Any] = {
    "id": "q1", "question": "How much does pruning save?", "type": "fact", "answerable": True,
    "relevant": [{"title": "Pruning Tokens", "grade": 2}],
    "nuggets": [{"text": "18.5%", "vital": True, "patterns": [r"18\.5\s?%"],
                 "evidence": "It saves 18.5% of the cost."}],
    "reference": "It saves 18.5%.",
}  # fmt: skip
UNANSWERABLE: dict[str, Any] = {
    "id": "u1", "question": "What did it cost?", "type": "unanswerable", "answerable": False,
    "relevant": [], "nuggets": [], "reference": "Not said.", "twin": "q1",
}  # fmt: skip


def faults(tmp_path, *rows, full=False) -> Any:
    path = tmp_path / "set.jsonl"
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows))
    return lint_file(path, PAPERS, full=full)["faults"]


def nugget(**changes) -> Any:
    return {**FACT, "nuggets": [{**FACT["nuggets"][0], **changes}]}


def test_a_sound_set_is_clean(tmp_path):
    assert faults(tmp_path, FACT, UNANSWERABLE) == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {**FACT, "relevant": [{"title": "Pruned Tokens", "grade": 2}]},
            "nearest: 'Pruning Tokens'",
        ),
        ({**FACT, "relevant": [{"title": "Pruning Tokens", "grade": 3}]}, "grade 3 is not 1 or 2"),
        (
            {**FACT, "relevant": [{"title": "Pruning Tokens", "grade": 1}]},
            "no relevant paper of grade 2",
        ),
        (
            {**FACT, "relevant": FACT["relevant"] * 2 + [{"title": "pruning tokens", "grade": 1}]},
            "the same paper",
        ),
        ({**FACT, "nuggets": []}, "no nuggets"),
        ({**FACT, "reference": ""}, "no reference"),
        ({**FACT, "answerable": False}, "type fact is answerable"),
        ({**FACT, "type": "multi"}, "2 to 10 papers, not 1"),
        (nugget(evidence="It saves 18.5 % of"), "not verbatim"),
        (
            nugget(patterns=["prunes?d?"], evidence="It saves 18.5% of the cost."),
            "no pattern matches its evidence",
        ),
        (nugget(patterns=["18\\.6"]), "no pattern matches the reference"),
        (
            nugget(patterns=[r"18\.5", "sav(e|es|ing)"]),
            "matches the unrelated abstract of 'Barking Dogs'",
        ),
        (nugget(patterns=[r"18\.5", "x*"]), "matches an empty answer"),
        (nugget(patterns=["("]), "does not compile"),
        ({**UNANSWERABLE, "twin": "q9"}, "its twin 'q9' is no answerable question"),
        ({**UNANSWERABLE, "twin": "u1"}, "its twin 'u1' is no answerable question"),
        ({**UNANSWERABLE, "relevant": FACT["relevant"]}, "has no relevant and no nuggets"),
        ({**UNANSWERABLE, "distractor": "Barking Cats"}, "no paper titled 'Barking Cats'"),
    ],
)
def test_a_fault_is_reported_with_its_line(tmp_path, row, message):
    base = [{**FACT, "id": "q0"}, {**row, "id": "u1" if row.get("twin") == "u1" else "x"}]
    found = faults(tmp_path, *base, *([FACT] if row["type"] == "unanswerable" else []))
    assert any(f.startswith("set.jsonl:2: ") and message in f for f in found), found


def test_all_faults_are_found_in_one_go(tmp_path):
    found = faults(tmp_path, "{", FACT, FACT, nugget(patterns=["("]))
    assert [f.split(":")[1] for f in found] == ["1", "3", "4"]


def test_a_large_set_has_rules_of_its_own(tmp_path):
    text = "\n".join(faults(tmp_path, FACT, UNANSWERABLE, full=True))
    assert "2 questions; at least 200" in text
    assert "1 papers are asked about" in text
    assert "no question of type paraphrase" in text
    assert "not half dev, half test" in text


def test_families_must_not_be_torn_between_the_halves(tmp_path):
    rows = [{**FACT, "id": f"q{s}", "family": "f", "split": s} for s in ("dev", "test")]
    assert any("families in both" in text for text in faults(tmp_path, *rows, full=True))


def test_overlap_looks_at_stems_of_content_words_only():
    assert content_terms("How much does it save, and why?") == {"save"}
    assert overlap("Does pruning tokens help cats?", ["We prune a token."]) == pytest.approx(0.5)
    assert overlap("How?", ["We prune."]) == 0


def test_paraphrases_that_share_words_are_warned_of(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps({**FACT, "type": "paraphrase"}))
    found = lint_file(path, PAPERS)
    assert found["faults"] == []
    assert "paraphrases share" in found["warnings"][0]


def test_evidence_may_be_spelt_as_the_source_or_as_the_corpus_spells_it(tmp_path):
    assert (
        faults(
            tmp_path, nugget(evidence="It saves 18.5\\% of the cost.", patterns=[r"18\.5\s?\\?%"])
        )
        == []
    )


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"id": "zz", "title": PAPERS[1].title, "grade": 0}, "no question has the id 'zz'"),
        ({"id": "q1", "title": "Unheard of", "grade": 0}, "no paper titled 'Unheard of'"),
        ({"id": "q1", "title": PAPERS[0].title, "grade": 1}, "the set itself says more"),
        ({"id": "q1", "title": PAPERS[1].title, "grade": -1}, "grade -1"),
        ({"id": "q1", "grade": 0}, "'title' must be a text"),
    ],
)
def test_pooled_judgements_are_checked_too(tmp_path, row, fault):
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps(FACT) + "\n")
    path.with_name("set.judged.jsonl").write_text(json.dumps(row) + "\n")
    (found,) = lint_file(path, PAPERS)["faults"]
    assert found.startswith("set.judged.jsonl:1: ")
    assert fault in found


def test_a_pair_judged_twice_names_both_lines(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps(FACT) + "\n")
    row = json.dumps({"id": "q1", "title": PAPERS[1].title, "grade": 0}) + "\n"
    path.with_name("set.judged.jsonl").write_text(row * 2)
    (found,) = lint_file(path, PAPERS)["faults"]
    assert "set.judged.jsonl:2:" in found
    assert "set.judged.jsonl:1" in found.partition("was judged")[2]
