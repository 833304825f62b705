"""Hold the pooled judgements beside a question set against the set and the corpus."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from evals.binding import TitleResolver, judged_path, judged_rows
from evals.formats import Topic, relevant_of, text_of
from rag.errors import InputError


def judged_faults(path: Path, known: Mapping[str, Topic], resolver: TitleResolver) -> Iterator[str]:
    """Yield what is wrong with the judgements beside the set in ``path``, if there are any."""
    judged = judged_path(path)
    if not judged.exists():
        return
    first: dict[tuple[str, str], str] = {}
    try:
        for where, row in judged_rows(judged):
            topic, title = text_of(row, "id", where), text_of(row, "title", where)
            grade, paper = relevant_of(row, where).grade, resolver.find(title)
            if topic not in known:
                yield f"{where}: no question has the id {topic!r}"
            elif paper is None:
                yield f"{where}: no paper titled {title!r} in the corpus{resolver.nearest(title)}"
            elif (topic, paper) in first:
                yield f"{where}: {title!r} was judged for {topic} at {first[topic, paper]}"
            elif grade < _own_grade(known[topic], paper, resolver):
                yield f"{where}: grade {grade} for {title!r}; the set itself says more"
            first.setdefault((topic, paper or title), where)
    except InputError as exc:
        yield str(exc)


def _own_grade(topic: Topic, paper: str, resolver: TitleResolver) -> int:
    return max((r.grade for r in topic.relevant if resolver.find(r.title) == paper), default=0)
