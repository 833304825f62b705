"""The question set over the sample corpus: sound, dealt in halves, its field questions computed."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evals.formats import TYPES, read_questions
from evals.lint import lint_file
from evals.session import default_questions
from evals.splitting import assign_splits
from rag.corpus.normalise import title_key
from rag.records import Paper

TOPICS = read_questions(default_questions())
BY_FIELDS = [t for t in TOPICS if t.fields and not t.fields.get("topic")]
NARROWED = [t for t in TOPICS if t.fields.get("topic")]


def test_the_set_is_clean_by_the_rules_for_a_large_one(sample_papers: list[Paper]) -> None:
    found = lint_file(default_questions(), sample_papers, full=True)
    assert found["faults"] == []
    assert found["overlap"]["paraphrase"] <= 0.15


def test_all_types_are_there_in_both_halves() -> None:
    counts = Counter((t.type, t.split) for t in TOPICS)
    assert {kind for kind, _ in counts} == set(TYPES)
    for kind in TYPES:
        assert abs(counts[kind, "dev"] - counts[kind, "test"]) <= 1


def test_the_halves_are_dealt_by_the_documented_rule() -> None:
    assert {t.topic_id: t.split for t in TOPICS} == assign_splits(TOPICS)


def test_no_main_paper_and_no_twin_is_in_both_halves() -> None:
    split = {t.topic_id: t.split for t in TOPICS}
    papers: dict[str, set[str | None]] = {}
    for topic in TOPICS:
        if topic.twin:
            assert split[topic.twin] == topic.split
        if topic.type not in {"multi", "metadata"}:
            for relevant in topic.relevant[:1]:
                papers.setdefault(relevant.title, set()).add(topic.split)
    assert all(len(found) == 1 for found in papers.values())


def within(paper: Paper, fields: dict[str, Any]) -> bool:
    """Tell whether the paper's fields meet the conditions; an unknown field meets none."""
    if "date_from" in fields or "date_to" in fields:
        low, high = fields.get("date_from", ""), fields.get("date_to", "9999")
        if paper.published is None or not low <= paper.published <= high:
            return False
    for key, value in (("authors", paper.author_count), ("comments", paper.comments)):
        low, high = fields.get(f"{key}_min"), fields.get(f"{key}_max")
        if (low is not None or high is not None) and value is None:
            return False
        if value is not None and not (low or 0) <= value <= (high or value):
            return False
    wanted = fields.get("org")
    return wanted is None or any(
        wanted in o.lower() for o in (*paper.organisations, *BRANDS.get(paper.title, ()))
    )


# An account that belongs to a company without naming it.
BRANDS = {
    "UI-Ins: Enhancing GUI Grounding with Multi-Perspective Instruction-as-Reasoning": ("alibaba",)
}
ORDERS = {
    "oldest": ("published", False),
    "newest": ("published", True),
    "most_comments": ("comments", True),
    "most_authors": ("author_count", True),
}


def selected(papers: list[Paper], fields: dict[str, Any]) -> list[Paper]:
    found = [paper for paper in papers if within(paper, fields)]
    if "order" in fields:
        name, descending = ORDERS[fields["order"]]
        known = [paper for paper in found if getattr(paper, name) is not None]
        found = sorted(known, key=lambda p: getattr(p, name), reverse=descending)
    return found[: fields.get("limit", len(found))]


@pytest.mark.parametrize("topic", BY_FIELDS, ids=lambda t: t.topic_id)
def test_gold_of_a_question_of_fields_is_what_the_fields_give(
    topic: Any, sample_papers: list[Paper]
) -> None:
    gold = {title_key(r.title) for r in topic.relevant if r.grade == 2}
    assert {title_key(p.title) for p in selected(sample_papers, dict(topic.fields))} == gold


@pytest.mark.parametrize("topic", NARROWED, ids=lambda t: t.topic_id)
def test_gold_of_a_question_of_topic_and_fields_meets_the_fields(
    topic: Any, sample_papers: list[Paper]
) -> None:
    conditions = {k: v for k, v in topic.fields.items() if k not in {"topic", "order", "limit"}}
    allowed = {title_key(p.title) for p in sample_papers if within(p, conditions)}
    assert {title_key(r.title) for r in topic.relevant} <= allowed


def test_conversations_name_papers_of_the_corpus(sample_papers: list[Paper]) -> None:
    titles = {paper.title for paper in sample_papers}
    path = Path(default_questions()).with_name("conversations.jsonl")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len({row["id"] for row in rows}) == len(rows)
    named = {r["title"] for row in rows for turn in row["turns"] for r in turn["relevant"]}
    assert named <= titles
