"""Add a judge's verdicts to a finished run of answers, in a file of their own.

``judged.json`` holds the measures that rest on the judge, by topic, each with the judge's
name in brackets; scoring the run again reads them from there and asks nobody. A topic for
which any reply was neither yes nor no is left unmeasured and counted.
"""

from collections.abc import Callable, Mapping
from typing import Any

from evals import citations
from evals.answers import answers_of
from evals.formats import Nugget, Topic
from evals.judge.judging import Judge, ModelJudge
from evals.measures import Scores
from evals.nuggets import Answered, nugget_recall
from evals.runs import JUDGED, RunFolder, is_fake, write_json
from rag.errors import ModelReplyError, UsageError
from rag.index.index import Progress


def judge_run(folder: RunFolder, judge: ModelJudge, *, progress: Progress) -> dict[str, Any]:
    """Judge a complete run of answers and keep the verdicts in it. Raises UsageError, ModelError."""
    if folder.manifest["kind"] != "answers":
        raise UsageError(f"{folder.path.name}: a judge reads answers; this is a run of rankings")
    scores, unread = judge_topics(folder, judge, progress=progress)
    tape = judge.cassette
    found = {
        "schema": 1,
        "judge": judge.name,
        "fake_model": is_fake(judge.model),
        "parameters": judge.parameters,
        "prompts": {name: prompt.sha256 for name, prompt in judge.prompts.items()},
        "unread": unread,
        "asked": tape.asked,
        "replayed": tape.replayed,
        "input_tokens": tape.input_tokens,
        "output_tokens": tape.output_tokens,
        "scores": scores,
    }
    write_json(folder.path / JUDGED, found)
    return found


def judge_topics(
    folder: RunFolder, judge: Judge, *, progress: Progress
) -> tuple[Scores, list[str]]:
    """Return each judged measure by topic, and the topics with a reply that cannot be read."""
    abstracts = {paper_id: row["abstract"] for paper_id, row in folder.papers.items()}
    answers = answers_of(folder)
    scores: Scores = {}
    unread: dict[str, None] = {}
    for done, topic in enumerate(folder.topics):
        progress("judging", done, len(folder.topics))
        for name, measure in _measures(topic, answers[topic.topic_id], abstracts, judge).items():
            of_measure = scores.setdefault(f"{name}[{judge.name}]", {})
            try:
                value = measure()
            except ModelReplyError:
                unread[topic.topic_id] = None
                continue
            if value is not None:
                of_measure[topic.topic_id] = value
    progress("judging", len(folder.topics), len(folder.topics))
    return scores, list(unread)


def _measures(
    topic: Topic, answer: Answered, abstracts: Mapping[str, str], judge: Judge
) -> dict[str, Callable[[], float | None]]:
    def entails(premise: str, claim: str) -> bool:
        # A claim that cites nothing follows from nothing: no need to ask.
        return bool(premise.strip()) and judge.follows(claim, premise, about=topic.topic_id)

    def stated(nugget: Nugget, text: str) -> bool:
        return bool(text) and judge.states(text, nugget.text, about=topic.topic_id)

    return {
        "nuggets_vital": lambda: nugget_recall(topic, answer, vital=True, recalled=stated),
        "nuggets_all": lambda: nugget_recall(topic, answer, vital=False, recalled=stated),
        "support_recall": lambda: citations.support_recall(answer, abstracts, entails),
        "support_precision": lambda: citations.support_precision(answer, abstracts, entails),
    }
