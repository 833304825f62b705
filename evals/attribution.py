"""Where a wrong answer went wrong: the first step from corpus to answer that failed.

Not in the corpus → not retrieved → retrieved but not used → used but miscited → wrongly
abstained or wrongly answered. An abstention is blamed on retrieval when none of the right
papers was found, and on the decision to abstain when one was.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from evals.citations import cited_papers
from evals.formats import Topic
from evals.nuggets import Answered, is_recalled, shown_text


class Failure(StrEnum):
    """The step that failed first."""

    NOT_IN_CORPUS = "not in corpus"
    NOT_RETRIEVED = "not retrieved"
    NOT_USED = "retrieved but not used"
    MISCITED = "used but miscited"
    WRONGLY_ABSTAINED = "wrongly abstained"
    WRONGLY_ANSWERED = "wrongly answered"


def attribute(
    topic: Topic,
    answer: Answered,
    grades: Mapping[str, int],
    *,
    retrieved: Collection[str],
    corpus: Collection[str],
) -> Failure:
    """Return the failure of an answer that is known to be wrong.

    ``retrieved`` are the papers the answer could draw on. Gold are the papers of the
    topic's highest grade; where several are, the steps ask for any of them.
    """
    if not topic.answerable:
        return Failure.WRONGLY_ANSWERED
    best = max(grades.values(), default=0)
    gold = {paper for paper, grade in grades.items() if grade == best and best > 0}
    if not gold & set(corpus):
        return Failure.NOT_IN_CORPUS
    if not gold & set(retrieved):
        return Failure.NOT_RETRIEVED
    if answer.get("abstained"):
        return Failure.WRONGLY_ABSTAINED
    cited = set(cited_papers(answer))
    if gold & cited:
        return Failure.WRONGLY_ANSWERED
    return Failure.MISCITED if _says_any(topic, answer) else Failure.NOT_USED


def _says_any(topic: Topic, answer: Answered) -> bool:
    """Tell whether a fact of the right papers stands in the answer all the same."""
    text = shown_text(answer)
    return any(is_recalled(nugget, text) for nugget in topic.nuggets)
