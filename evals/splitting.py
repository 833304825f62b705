"""Divide a question set into dev and test, so that nothing tuned on one leaks to the other.

Questions of one family, an unanswerable with its twin, and questions whose main paper is
the same go together. Groups are dealt largest first, equal sizes in the order of a hash
of their ids, each to the half that has fewer questions of the group's types. The result
depends on nothing but the questions.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from evals.formats import SPLITS, Topic

_SPREAD = ("multi", "metadata")  # types without one main paper


def assign_splits(topics: Sequence[Topic]) -> dict[str, str]:
    """Return "dev" or "test" for each topic id."""
    dealt: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    found: dict[str, str] = {}
    for group in sorted(_groups(topics), key=lambda g: (-len(g), _digest(g))):
        kinds = Counter(topic.type for topic in group)
        split = min(SPLITS, key=lambda s: (sum(dealt[s][k] for k in kinds), dealt[s].total(), s))
        dealt[split].update(kinds)
        found.update({topic.topic_id: split for topic in group})
    return found


def _digest(group: Sequence[Topic]) -> str:
    return hashlib.sha256(min(topic.topic_id for topic in group).encode()).hexdigest()


def _groups(topics: Sequence[Topic]) -> list[list[Topic]]:
    leader: dict[str, str] = {}

    def root(key: str) -> str:
        while leader.setdefault(key, key) != key:
            key = leader[key]
        return key

    for topic in topics:
        for key in _ties(topic):
            leader[root(key)] = root(f"id {topic.topic_id}")
    groups: dict[str, list[Topic]] = defaultdict(list)
    for topic in topics:
        groups[root(f"id {topic.topic_id}")].append(topic)
    return list(groups.values())


def _ties(topic: Topic) -> Iterator[str]:
    """Yield what the topic shares with those that must go the same way."""
    if topic.family:
        yield f"family {topic.family}"
    if topic.twin:
        yield f"id {topic.twin}"
    if topic.type not in _SPREAD:
        yield from (f"paper {r.title}" for r in topic.relevant[:1])
