"""What an answer is worth: whether it is complete, whether it will do, and its net value.

The one number to compare answers by is ``net``. An unanswerable question gives 1 for an
abstention and -1 for an answer. Any other gives 0 for an abstention, and for an answer
2·(completeness · citation precision) - 1: 1 when all of it is there and rightly cited, -1
when nothing is. So silence beats a wrong answer, and a right answer beats silence.
"""

from collections.abc import Mapping

from evals.citations import citation_precision, citation_recall, cited_papers
from evals.formats import Topic
from evals.nuggets import Answered, nugget_recall

SEVERAL = ("multi", "metadata")  # types whose answer draws on several papers
ENOUGH_OF_SEVERAL = 0.5


def completeness(topic: Topic, answer: Answered, grades: Mapping[str, int]) -> float:
    """Return how much of what was asked the answer holds, in [0, 1].

    That is the recall of vital nuggets; of all nuggets where none is vital; of the papers
    of highest grade where the topic asks for papers and has no nuggets.
    """
    for vital in (True, False):
        recall = nugget_recall(topic, answer, vital=vital)
        if recall is not None:
            return recall
    return citation_recall(answer, grades) or 0.0


def is_right(topic: Topic, answer: Answered, grades: Mapping[str, int]) -> bool:
    """Tell whether the answer will do.

    An unanswerable topic wants an abstention. Any other wants an answer that cites a
    relevant paper and is complete; at least half complete where several papers belong
    to the answer.
    """
    abstained = bool(answer.get("abstained"))
    if not topic.answerable or abstained:
        return abstained and not topic.answerable
    if not any(grades.get(paper, 0) > 0 for paper in cited_papers(answer)):
        return False
    needed = ENOUGH_OF_SEVERAL if topic.type in SEVERAL else 1.0
    return completeness(topic, answer, grades) >= needed


def net(topic: Topic, answer: Answered, grades: Mapping[str, int]) -> float:
    """Return what the answer is worth, in [-1, 1]; see the top of this module."""
    abstained = bool(answer.get("abstained"))
    if not topic.answerable:
        return 1.0 if abstained else -1.0
    if abstained:
        return 0.0
    precision = citation_precision(answer, grades) or 0.0
    return 2 * completeness(topic, answer, grades) * precision - 1
