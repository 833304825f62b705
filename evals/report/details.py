"""The question-by-question part of the HTML report: rankings side by side, answers marked."""

from collections.abc import Iterator, Mapping, Sequence, Set
from html import escape
from typing import Any

from evals.answers import answers_of, failures, score_folder
from evals.citations import is_verbatim
from evals.formats import Topic
from evals.measures import measure_run
from evals.nuggets import Answered, is_recalled, shown_text
from evals.retrieval import OURS, runs_of
from evals.runs import RunFolder

SHOWN = 10
_SIDES = ("bm25", "dense")
_VERDICTS = {"supported": "✓", "weak": "~", "unsupported": "✗"}


def ranking_details(folder: RunFolder, earlier: RunFolder | None) -> Iterator[str]:
    """Yield one block a question, worst first: our top 10 beside an earlier run or baselines."""
    own = runs_of(folder)
    sides: dict[str, Any] = {"this run": own[OURS]}
    if earlier is not None:
        sides["earlier run"] = runs_of(earlier)[OURS]
    sides |= {name: own[name] for name in _SIDES if name in own}
    values = measure_run(folder.qrels, own[OURS], ["nDCG@10"])["nDCG@10"]
    notes = {topic_id: f"nDCG@10 {value:.3f}" for topic_id, value in values.items()}
    zero = {topic_id for topic_id, value in values.items() if value == 0}
    yield from ranking_blocks(folder, sides, notes, values, zero)


def ranking_blocks(
    folder: RunFolder,
    sides: Mapping[str, Any],
    notes: Mapping[str, str],
    order: Mapping[str, float],
    bad: Set[str],
) -> Iterator[str]:
    """Yield one block a question, lowest ``order`` first: the top 10 of each side.

    A question without a note was not measured; those in ``bad`` are marked.
    """
    titles = {paper_id: row["title"] for paper_id, row in folder.papers.items()}
    for topic in sorted(folder.topics, key=lambda t: order.get(t.topic_id, 2.0)):
        name, grades = topic.topic_id, folder.qrels[topic.topic_id]
        columns = "".join(
            f"<div><h4>{escape(side)}</h4>{_ranking(run.get(name, ()), grades, titles)}</div>"
            for side, run in sides.items()
        )
        note = notes.get(name, "not measured")
        yield _block(topic, note, f'<div class="sides">{columns}</div>', bad=name in bad)


def _ranking(papers: Sequence[Any], grades: Mapping[str, int], titles: Mapping[str, str]) -> str:
    rows = []
    for paper in papers[:SHOWN]:
        grade = grades.get(paper.paper_id)
        mark = f' class="g{min(grade, 2)}" title="grade {grade}"' if grade else ""
        rows.append(f"<li{mark}>{escape(titles.get(paper.paper_id) or paper.paper_id)}</li>")
    ranks = {paper.paper_id: rank for rank, paper in enumerate(papers, 1)}
    late = [p for p, grade in grades.items() if grade > 0 and ranks.get(p, 999) > SHOWN]
    rest = "".join(
        f"<p>{'rank ' + str(ranks[p]) if p in ranks else 'not found'}: "
        f"{escape(titles.get(p) or p)}</p>"
        for p in late
    )
    return f"<ol>{''.join(rows)}</ol>{rest}"


def answer_details(
    folder: RunFolder,
    earlier: RunFolder | None,
    names: tuple[str, str] = ("earlier run", "this run"),
) -> Iterator[str]:
    """Yield one block a question, wrong answers first, with quotes marked in their abstracts."""
    answers = answers_of(folder)
    before = answers_of(earlier) if earlier is not None else {}
    failed = failures(folder, score_folder(folder))
    for topic in sorted(folder.topics, key=lambda t: t.topic_id not in failed):
        shown = [(names[1], answers[topic.topic_id])]
        if topic.topic_id in before:
            shown.insert(0, (names[0], before[topic.topic_id]))
        columns = "".join(
            f"<div><h4>{name}</h4>{_answer(answer, folder)}</div>" for name, answer in shown
        )
        body = f'<div class="sides">{columns}</div>{_expected(topic, answers[topic.topic_id])}'
        note = failed[topic.topic_id].value if topic.topic_id in failed else "right"
        yield _block(topic, note, body, bad=topic.topic_id in failed)


def _answer(answer: Answered, folder: RunFolder) -> str:
    if answer.get("abstained"):
        return f"<p><em>abstained ({escape(str(answer.get('reason')))})</em></p>"
    parts = []
    for claim in answer.get("claims", ()):
        mark = _VERDICTS.get(claim.get("verdict", ""), "")
        parts.append(f"<p>{mark} {escape(claim['text'])}</p>")
        parts += [_citation(citation, folder) for citation in claim["citations"]]
    for mark in answer.get("invalid_citations", ()):
        parts.append(f'<p class="bad">invalid citation {escape(str(mark))}</p>')
    return "".join(parts) or "<p><em>said nothing</em></p>"


def _citation(citation: Mapping[str, Any], folder: RunFolder) -> str:
    paper = folder.papers.get(citation["paper_id"], {})
    abstract = paper.get("abstract", "")
    title = escape(paper.get("title") or citation["paper_id"])
    if not is_verbatim(citation, {citation["paper_id"]: abstract}):
        return f'<p class="bad">[{citation.get("n", "?")}] {title}: the quote is not verbatim</p>'
    start = citation.get("start")
    start = abstract.find(citation["quote"]) if start is None else start
    end = start + len(citation["quote"])
    marked = f"{escape(abstract[:start])}<mark>{escape(abstract[start:end])}</mark>{escape(abstract[end:])}"
    return (
        f"<details><summary>[{citation.get('n', '?')}] {title}</summary><p>{marked}</p></details>"
    )


def _expected(topic: Topic, answer: Answered) -> str:
    text = shown_text(answer)
    nuggets = "".join(
        f'<li class="{"hit" if is_recalled(n, text) else "miss"}">{escape(n.text)}'
        f"{'' if n.vital else ' (not vital)'}</li>"
        for n in topic.nuggets
    )
    return f"<p><b>Expected:</b> {escape(topic.reference)}</p><ul>{nuggets}</ul>"


def _block(topic: Topic, note: str, body: str, *, bad: bool) -> str:
    colour = "bad" if bad else "note"
    return (
        f"<details><summary><code>{escape(topic.topic_id)}</code> {escape(topic.question)} "
        f'<span class="{colour}">{escape(topic.type)} · {escape(note)}</span></summary>'
        f"{body}</details>"
    )
