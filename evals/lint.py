"""Hold a question set against the corpus and against the rules for writing one.

A fault makes numbers wrong and fails the check; a warning makes a set a weaker one.
Every fault is found in one go and carries its file:line.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.binding import TitleResolver
from evals.formats import SPLITS, TYPES, Topic, parse_topic
from evals.lint_judged import judged_faults
from evals.overlap import overlap
from rag.corpus.markup import clean_text
from rag.corpus.opening import iter_lines
from rag.errors import InputError
from rag.records import Paper, Reject

OVERLAP_TYPES = ("fact", "paraphrase", "lookup", "false_premise")
MOST_PARAPHRASE_OVERLAP = 0.15
FEWEST_QUESTIONS, FEWEST_PAPERS = 200, 150
_MULTI_PAPERS = range(2, 11)


def lint_file(path: Path, papers: Sequence[Paper], *, full: bool = False) -> dict[str, Any]:
    """Return faults, warnings and what the set consists of; ``full`` adds a large set's rules.

    Raises InputError only when the file cannot be read at all.
    """
    topics, faults = _readable(path)
    resolver = TitleResolver(papers)
    by_id = {paper.paper_id: paper for paper in papers}
    known = {topic.topic_id: topic for topic in topics}
    for topic in topics:
        checks = _Checks(topic, known, resolver, by_id)
        faults += [f"{path.name}:{topic.line}: {text}" for text in checks.faults()]
    faults += judged_faults(path, known, resolver)
    overlaps = _overlaps(topics, resolver, by_id)
    warnings = list(_paraphrase_warnings(overlaps))
    if full:
        faults += [f"{path.name}: {text}" for text in _large_set_faults(topics, resolver)]
        faults += [f"{path.name}: {text}" for text in warnings]
    return {
        "schema": 1,
        "kind": "lint",
        "set": path.stem,
        "questions": len(topics),
        "types": dict(Counter(topic.type for topic in topics)),
        "splits": dict(Counter(topic.split or "none" for topic in topics)),
        "papers": len(_used(topics, resolver)),
        "overlap": {kind: sum(v.values()) / len(v) for kind, v in overlaps.items() if v},
        "overlap_by_question": {t: round(o, 3) for v in overlaps.values() for t, o in v.items()},
        "faults": sorted(faults, key=_by_line),
        "warnings": [] if full else warnings,
    }


def _by_line(fault: str) -> int:
    number = fault.split(":", 2)[1]
    return int(number) if number.isdigit() else 0


def _readable(path: Path) -> tuple[list[Topic], list[str]]:
    topics: list[Topic] = []
    faults: list[str] = []
    first: dict[str, int] = {}
    for number, line in iter_lines(path):
        if isinstance(line, Reject) or not line.strip():
            faults += [str(line)] if isinstance(line, Reject) else []
            continue
        try:
            topic = parse_topic(line, f"{path.name}:{number}", number)
        except InputError as exc:
            faults.append(str(exc))
            continue
        if topic.topic_id in first:
            before = first[topic.topic_id]
            faults.append(f"{path.name}:{number}: id {topic.topic_id!r} is used on line {before}")
            continue
        first[topic.topic_id] = number
        topics.append(topic)
    return topics, faults


class _Checks:
    """The rules for one question."""

    def __init__(
        self,
        topic: Topic,
        known: Mapping[str, Topic],
        resolver: TitleResolver,
        papers: Mapping[str, Paper],
    ) -> None:
        self._topic = topic
        self._known = known
        self._resolver = resolver
        self._papers = papers
        found = (resolver.find(r.title) for r in topic.relevant)
        self._relevant = {paper_id for paper_id in found if paper_id is not None}

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with the question."""
        yield from self._titles()
        yield from self._shape()
        for nugget_number, _ in enumerate(self._topic.nuggets):
            yield from self._nugget(nugget_number)

    def _titles(self) -> Iterator[str]:
        titles = [r.title for r in self._topic.relevant]
        titles += [self._topic.distractor] if self._topic.distractor else []
        for title in titles:
            if self._resolver.find(title) is None:
                yield f"no paper titled {title!r} in the corpus{self._resolver.nearest(title)}"
        if len(self._relevant) < len({r.title for r in self._topic.relevant}):
            yield "two relevant titles name the same paper, or one is unknown"
        for relevant in self._topic.relevant:
            if relevant.grade not in {1, 2}:
                yield f"grade {relevant.grade} is not 1 or 2"

    def _shape(self) -> Iterator[str]:
        topic = self._topic
        if topic.type == "unanswerable":
            yield from self._unanswerable()
            return
        if not topic.answerable:
            yield f"type {topic.type} is answerable"
        if not any(r.grade == 2 for r in topic.relevant):
            yield "no relevant paper of grade 2"
        if not topic.nuggets and topic.type != "metadata":
            yield "no nuggets"
        if not topic.reference:
            yield "no reference answer"
        if topic.type == "multi" and len(topic.relevant) not in _MULTI_PAPERS:
            yield f"a multi question has 2 to 10 papers, not {len(topic.relevant)}"

    def _unanswerable(self) -> Iterator[str]:
        topic = self._topic
        if topic.answerable or topic.relevant or topic.nuggets:
            yield "an unanswerable question is not answerable and has no relevant and no nuggets"
        twin = self._known.get(topic.twin or "")
        if twin is None or not twin.answerable:
            yield f"its twin {topic.twin!r} is no answerable question of the set"

    def _nugget(self, number: int) -> Iterator[str]:
        nugget = self._topic.nuggets[number]
        name = f"nugget {number + 1}"
        if self._topic.reference and not any(
            p.search(self._topic.reference) for p in nugget.patterns
        ):
            yield f"{name}: no pattern matches the reference"
        abstracts = [self._papers[i].abstract for i in sorted(self._relevant)]
        quotes = _spellings(nugget.evidence)
        if quotes and not any(quote in text for quote in quotes for text in abstracts):
            yield f"{name}: the evidence is not verbatim in a relevant abstract"
        if nugget.evidence and not any(p.search(nugget.evidence) for p in nugget.patterns):
            yield f"{name}: no pattern matches its evidence"
        for pattern in nugget.patterns:
            if pattern.search(""):
                yield f"{name}: pattern {pattern.pattern!r} matches an empty answer"
        for paper in self._papers.values():
            wrong = [p.pattern for p in nugget.patterns if p.search(paper.abstract)]
            if wrong and paper.paper_id not in self._relevant:
                yield f"{name}: {wrong[0]!r} matches the unrelated abstract of {paper.title!r}"


def _spellings(evidence: str | None) -> set[str]:
    """Return the quote as it stands, and as the corpus spells it once its markup is resolved."""
    return {evidence, clean_text(evidence)} if evidence else set()


def _used(topics: Iterable[Topic], resolver: TitleResolver) -> set[str]:
    found = (resolver.find(r.title) for t in topics for r in t.relevant)
    return {paper_id for paper_id in found if paper_id is not None}


def _overlaps(
    topics: Sequence[Topic], resolver: TitleResolver, papers: Mapping[str, Paper]
) -> dict[str, dict[str, float]]:
    """Return the overlap of each question of a single paper with it, by type and id."""
    found: dict[str, dict[str, float]] = {}
    for topic in topics:
        ids = _used([topic], resolver)
        if ids and topic.type in OVERLAP_TYPES:
            texts = [f"{papers[i].title} {papers[i].abstract}" for i in ids]
            found.setdefault(topic.type, {})[topic.topic_id] = overlap(topic.question, texts)
    return found


def _paraphrase_warnings(overlaps: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    values = overlaps.get("paraphrase", {})
    average = sum(values.values()) / len(values) if values else 0.0
    if average > MOST_PARAPHRASE_OVERLAP:
        yield (
            f"paraphrases share {average:.3f} of their content words with the papers; "
            f"at most {MOST_PARAPHRASE_OVERLAP} is wanted"
        )


def _large_set_faults(topics: Sequence[Topic], resolver: TitleResolver) -> Iterator[str]:
    if len(topics) < FEWEST_QUESTIONS:
        yield f"{len(topics)} questions; at least {FEWEST_QUESTIONS} are wanted"
    used = len(_used(topics, resolver))
    if used < FEWEST_PAPERS:
        yield f"{used} papers are asked about; at least {FEWEST_PAPERS} are wanted"
    missing = [kind for kind in TYPES if all(topic.type != kind for topic in topics)]
    if missing:
        yield f"no question of type {', '.join(missing)}"
    splits = Counter(topic.split for topic in topics)
    if set(splits) != set(SPLITS) or abs(splits["dev"] - splits["test"]) > 0.1 * len(topics):
        yield f"the set is not half dev, half test: {dict(splits)}"
    by_family: dict[str, set[str | None]] = {}
    for topic in topics:
        by_family.setdefault(topic.family or topic.topic_id, set()).add(topic.split)
    torn = [family for family, found in by_family.items() if len(found) > 1]
    if torn:
        yield f"families in both dev and test: {', '.join(sorted(torn)[:5])}"
