"""Run an answerer over a question set, and score what it said.

A record of an answers run: ``id``, ``seconds``, and ``answer`` as ``papers ask --json``
prints it; ``error`` instead where the answer failed. A failed question scores as an
answer that says nothing, and is counted.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from evals import citations
from evals.abstention import Outcome, abstention_report, answered_report
from evals.attribution import Failure, attribute
from evals.binding import Collection
from evals.formats import Topic
from evals.latency import percentiles
from evals.measures import Scores
from evals.nuggets import Answered, nugget_recall
from evals.retrieval import OURS, system_report
from evals.runs import Record, RunFolder, write_json
from evals.trec import cell
from evals.worth import is_right, net
from rag.errors import ContextTooLongError, ModelReplyError, ModelUnavailableError, UsageError
from rag.index.index import Progress
from rag.records import Answer, Paper, answer_to_dict

TopicAnswerer = Callable[[Topic], Answer]
MEASURES = (
    "net", "right", "nuggets_vital", "nuggets_all", "citation_precision", "citation_recall",
    "quotes_verbatim", "support_recall[lexical]", "support_precision[lexical]",
)  # fmt: skip
_SILENCE: Answered = {"abstained": False, "claims": [], "invalid_citations": []}


def run_answers(
    ask: TopicAnswerer, collection: Collection, folder: RunFolder, *, progress: Progress
) -> None:
    """Answer every topic that has no record yet."""
    known = folder.records()
    for done, topic in enumerate(collection.topics):
        progress("answers", done, len(collection.topics))
        if topic.topic_id not in known:
            folder.append(_asked(ask, topic))
    progress("answers", len(collection.topics), len(collection.topics))


def _asked(ask: TopicAnswerer, topic: Topic) -> Record:
    started = time.perf_counter()
    try:
        answer = ask(topic)
    except (UsageError, ModelReplyError, ModelUnavailableError, ContextTooLongError) as exc:
        return {"id": topic.topic_id, "error": str(exc)}
    seconds = round(time.perf_counter() - started, 5)
    return {"id": topic.topic_id, "seconds": seconds, "answer": answer_to_dict(answer)}


def keep_papers(folder: RunFolder, papers: Sequence[Paper]) -> None:
    """Keep the papers that answers cite or could draw on, and the judged ones."""
    shown = {paper for grades in folder.qrels.values() for paper in grades}
    for record in folder.records().values():
        answer = record.get("answer", _SILENCE)
        shown.update(citations.cited_papers(answer))
        shown.update(retrieved_of(answer))
    folder.write_papers([p for p in papers if {p.paper_id, cell(p.paper_id)} & shown])


def retrieved_of(answer: Answered) -> list[str]:
    """Return the papers the answer could draw on, best first, as far as its trace tells."""
    listed = answer.get("trace", {}).get("retrieved") or answer.get("nearest", ())
    return [str(item["paper_id"]) for item in listed]


def answers_of(folder: RunFolder) -> dict[str, Answered]:
    """Return the answer to each topic; one that failed is an answer that says nothing."""
    records = folder.records()
    return {t.topic_id: records.get(t.topic_id, {}).get("answer", _SILENCE) for t in folder.topics}


def score_topics(
    topics: Sequence[Topic],
    answers: Mapping[str, Answered],
    qrels: Mapping[str, Mapping[str, int]],
    abstracts: citations.Abstracts,
) -> Scores:
    """Return each measure's value for every topic it is defined on."""
    scores: Scores = {name: {} for name in MEASURES}
    for topic in topics:
        answer, grades = answers[topic.topic_id], qrels.get(topic.topic_id, {})
        for name, value in _values(topic, answer, grades, abstracts):
            if value is not None:
                scores[name][topic.topic_id] = value
    return scores


def _values(
    topic: Topic, answer: Answered, grades: Mapping[str, int], abstracts: citations.Abstracts
) -> Iterator[tuple[str, float | None]]:
    yield "net", net(topic, answer, grades)
    yield "right", float(is_right(topic, answer, grades))
    yield "nuggets_vital", nugget_recall(topic, answer, vital=True)
    yield "nuggets_all", nugget_recall(topic, answer, vital=False)
    if topic.answerable:
        yield "citation_precision", citations.citation_precision(answer, grades)
        yield "citation_recall", citations.citation_recall(answer, grades)
    yield "quotes_verbatim", citations.verbatim_rate(answer, abstracts)
    entails = citations.lexical
    yield "support_recall[lexical]", citations.support_recall(answer, abstracts, entails)
    yield "support_precision[lexical]", citations.support_precision(answer, abstracts, entails)


def outcomes(
    topics: Sequence[Topic], answers: Mapping[str, Answered], scores: Scores
) -> list[Outcome]:
    """Return what became of each question."""
    return [
        Outcome(
            topic.topic_id,
            topic.answerable,
            bool(answers[topic.topic_id].get("abstained")),
            scores["right"][topic.topic_id] == 1.0,
            float(answers[topic.topic_id].get("confidence") or 0.0),
        )
        for topic in topics
    ]


def failures(folder: RunFolder, scores: Scores) -> dict[str, Failure]:
    """Return the first failing step of every wrong answer, by topic."""
    answers = answers_of(folder)
    return {
        topic.topic_id: attribute(
            topic,
            answers[topic.topic_id],
            folder.qrels[topic.topic_id],
            retrieved=retrieved_of(answers[topic.topic_id]),
            corpus=folder.papers,
        )
        for topic in folder.topics
        if scores["right"][topic.topic_id] < 1
    }


def score_folder(folder: RunFolder) -> Scores:
    """Return each measure's value for every topic of a run, those of a judge included."""
    abstracts = {paper_id: row["abstract"] for paper_id, row in folder.papers.items()}
    scores = score_topics(folder.topics, answers_of(folder), folder.qrels, abstracts)
    judged: Scores = folder.judged.get("scores", {})
    return scores | judged


def score_answers(folder: RunFolder) -> dict[str, Any]:
    """Return the report of a run from its files alone, and keep it as ``report.json``."""
    answers = answers_of(folder)
    scores = score_folder(folder)
    found = outcomes(folder.topics, answers, scores)
    failed = failures(folder, scores)
    records = folder.records()
    report = {
        "schema": 1,
        "kind": "answers",
        "set": folder.manifest["set"],
        "fake_model": folder.fake_model,
        "n": len(folder.topics),
        "errors": sum("error" in record for record in records.values()),
        "systems": {OURS: system_report(scores, folder.topics)},
        "answered": answered_report(found),
        "abstention": abstention_report(found),
        "failures": {step: Counter(failed.values())[step] for step in Failure},
        "invalid_citations": sum(citations.invalid_count(a) for a in answers.values()),
        "usage": _usage(answers),
        "judge": {key: v for key, v in folder.judged.items() if key != "scores"},
        "latency": _latency(records),
        "manifest": folder.manifest,
    }
    write_json(folder.path / "scores.json", scores)
    write_json(folder.path / "report.json", report)
    return report


def _usage(answers: Mapping[str, Answered]) -> dict[str, Any]:
    used = [answer["usage"] for answer in answers.values() if answer.get("usage")]
    costs = [u["cost_usd"] for u in used if u.get("cost_usd") is not None]
    return {
        "input_tokens": sum(u.get("input_tokens", 0) for u in used),
        "output_tokens": sum(u.get("output_tokens", 0) for u in used),
        "cost_usd": sum(costs) if costs else None,
    }


def _latency(records: Mapping[str, Record]) -> dict[str, Any]:
    stages: dict[str, list[float]] = {"total": []}
    for record in records.values():
        if "seconds" in record:
            stages["total"].append(record["seconds"])
        usage = record.get("answer", {}).get("usage", {})
        for stage, seconds in usage.get("seconds", {}).items():
            stages.setdefault(stage, []).append(seconds)
    return {stage: percentiles(seconds) for stage, seconds in stages.items()}
