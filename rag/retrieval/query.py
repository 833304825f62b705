"""Read a question: which conditions on fields it sets, and what it is about besides.

Deterministic, and careful rather than clever: an expression that may belong to the topic
is left in it. The readings are in ``dates``, ``organisations``, ``counts`` and ``orders``;
applying the conditions is left to the ranking, showing them to the caller.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rag.index.catalogue import Catalogue
from rag.retrieval.counts import read_counts
from rag.retrieval.cues import PAPER_NOUN, Reading
from rag.retrieval.dates import read_dates
from rag.retrieval.filters import ORDERS, Filters, describe
from rag.retrieval.orders import read_order
from rag.retrieval.organisations import read_organisations
from rag.retrieval.periods import iso_period
from rag.text.terms import STOP_WORDS


@dataclass(frozen=True, slots=True)
class CorpusFacts:
    """What the reading of a question needs to know of the corpus.

    ``newest`` is the latest date in it, ISO cut to its precision; the counts are the
    numbers of papers that carry each field.
    """

    papers: int = 0
    newest: str | None = None
    organisations: tuple[str, ...] = ()
    dated: int = 0
    with_authors: int = 0
    with_comments: int = 0
    with_upvotes: int = 0


@dataclass(frozen=True, slots=True)
class Understood:
    """A question's conditions, the topic to retrieve, and notes on both for the user.

    ``topic`` is the question itself when there are no conditions, and empty when there
    is nothing else: then every paper that meets the conditions is an answer.
    """

    filters: Filters
    topic: str
    notes: tuple[str, ...] = ()


def corpus_facts(catalogue: Catalogue) -> CorpusFacts:
    """Return the facts of a catalogue; worth keeping for as long as it does not change."""
    counts = catalogue.counts()
    return CorpusFacts(
        papers=counts.papers,
        newest=max(catalogue.values("published"), default=None),
        organisations=tuple(catalogue.organisations()),
        dated=counts.dated,
        with_authors=counts.with_authors,
        with_comments=counts.with_comments,
        with_upvotes=counts.with_upvotes,
    )


# Patterns over free text may take the square of its length; nobody asks in 2,000 signs.
_LONGEST_QUESTION = 2000


def understand(question: str, corpus: CorpusFacts) -> Understood:
    """Return how ``question`` is understood.

    Relative dates count from the newest paper. A condition on a field that no paper of
    the corpus carries is not applied, and a note says so.
    A text of more than 2,000 characters is taken as it stands.
    """
    if len(question) > _LONGEST_QUESTION:
        return Understood(Filters(), question, ("too long to be read for conditions",))
    text = " ".join(question.split())
    used: list[Reading] = []
    notes: list[str] = []
    for reading in _readings(text, corpus):
        why_not = reading.why_not or _missing_field(reading, corpus)
        if why_not:
            notes.append(f"not used as a filter: “{text[reading.start : reading.end]}” ({why_not})")
        elif not any(reading.start < r.end and r.start < reading.end for r in used):
            used.append(reading)
    filters = _together(used)
    if not filters:
        return Understood(filters, question, tuple(notes))
    notes.insert(0, f"understood: {describe(filters)}")
    return Understood(filters, _topic(text, used), tuple(notes))


def _readings(text: str, corpus: CorpusFacts) -> Iterable[Reading]:
    newest = iso_period(corpus.newest).last if corpus.newest else date.today()  # noqa: DTZ011 - any
    yield from read_dates(text, newest)
    yield from read_counts(text)
    yield from read_organisations(text, corpus.organisations)
    yield from read_order(text)
    yield from _read_exclusions(text)


_FIELDS = {
    "date": ("dated", "a date"),
    "authors": ("with_authors", "its authors"),
    "comments": ("with_comments", "a number of comments"),
    "upvotes": ("with_upvotes", "a number of upvotes"),
}
_COLUMN_FIELDS = {"published": "date", "author_count": "authors"}


def _missing_field(reading: Reading, corpus: CorpusFacts) -> str:
    """Return why the condition cannot be applied here, or the empty text."""
    if "organisation" in reading.values:
        return "" if corpus.organisations else "no paper here names an organisation"
    for name in reading.values:
        column = ORDERS[reading.values["order"]][0] if name == "order" else name.split("_")[0]
        field = _COLUMN_FIELDS.get(column, column)
        if field in _FIELDS and not getattr(corpus, _FIELDS[field][0]):
            return f"no paper here has {_FIELDS[field][1]}"
    return ""


def _together(readings: Sequence[Reading]) -> Filters:
    """Return the conditions of all readings; the first wins where two cannot both hold."""
    values: dict[str, Any] = {}
    for reading in readings:
        if {"date_from", "date_to"} & set(reading.values):
            values.update(_dates_together(values, reading.values))
        else:
            values = {**reading.values, **values}
    return Filters(**values)


def _dates_together(before: dict[str, Any], also: dict[str, Any]) -> dict[str, Any]:
    """Return the days common to both, or, for two periods apart, the days from one to the other."""
    starts = [v["date_from"] for v in (before, also) if v.get("date_from")]
    ends = [v["date_to"] for v in (before, also) if v.get("date_to")]
    if starts and ends and max(starts) > min(ends):
        return {"date_from": min(starts), "date_to": max(ends)}
    return {
        **({"date_from": max(starts)} if starts else {}),
        **({"date_to": min(ends)} if ends else {}),
    }


_EXCLUSION = re.compile(
    rf"(?P<paper>\b(?:{PAPER_NOUN}|ones|those|anything|everything)\b[^.?!;]*?,? ?)"
    r"(?P<all>\b(?:but |that are |which are |and )?not (?:about|on|dealing with|related to|concerning) "
    rf"(?P<topic>[^,.;:?!]+)|\b(?:except|excluding|leaving out|apart from)(?: for)? "
    rf"(?:the |any )?(?:{PAPER_NOUN}|ones|those|anything) (?:on|about|from|dealing with) "
    r"(?P<named>[^,.;:?!]+))",
    re.IGNORECASE,
)
# "papers on agents excluding GUI agents", but not "papers that freeze all layers except the last"
_PLAIN_EXCLUSION = re.compile(
    rf"\b{PAPER_NOUN} (?:on|about|regarding|concerning) (?:(?!that |which )[\w'’/-]+ ?){{1,6}}"
    r"(?P<all>,? ?\b(?:except(?: for)?|excluding|leaving out|apart from) (?P<topic>[^,.;:?!]+))[.?!]*$",
    re.IGNORECASE,
)
_TOPIC_ENDS = re.compile(
    r" (?:since|from|published|in|before|after|by|with|that|which|but|please|are|is|do|does)\b.*",
    re.IGNORECASE,
)


def _read_exclusions(text: str) -> Iterable[Reading]:
    """Yield what the papers must not be about, as in "papers on grasping, not about robots"."""
    match = _EXCLUSION.search(text) or _PLAIN_EXCLUSION.search(text)
    if not match:
        return
    group = "topic" if match.group("topic") else "named"
    topic = _TOPIC_ENDS.sub("", match.group(group)).strip()
    terms = tuple(term for term in re.split(r" or | and | nor ", topic) if term)
    if terms and len(topic.split()) <= 6:
        yield Reading(match.start("all"), match.start(group) + len(topic), {"exclude": terms})


# Words at the ends of what is left that carry no topic when conditions were taken out.
_SCAFFOLD = (STOP_WORDS - {"use", "using", "used"}) | frozenset(
    "paper papers article articles publication publications preprint preprints work works study "
    "studies worked working collection corpus set whole index here there there's list show give "
    "get me all any anybody anyone anything everything something find tell want wanted only please "
    "got put came come out published appeared appear dated written wrote posted released deal deals "
    "dealing about regarding concerning covering cover covers one ones those some most i'm i'd "
    "interested looking look remember know people name names ever else thing things new now "
    "first my your you've what's who's which's could would should may can been am us so far but "
    "common additions propose proposes proposed summary summarise summarize briefly nutshell mean "
    "means present "
    "presents discuss discusses entry entries was year no not? than each every many much also and "
    "point towards direct suggest recommend drew has had having over during within say says "
    "submitted arxiv contribution contributions submission submissions manuscript manuscripts "
    "publish looked into represented included done made by under same exactly just under "
    "between sort sorted order let see need".split()
)
_TOKEN = re.compile(r"\S+")
_LEADING_PARTICIPLES = re.compile(
    r"(?:\b(?:that|which|and|were|was|are|is|have been|has been|published|dated|posted|written|"
    r"came out|appeared)\s+)+$",
    re.IGNORECASE,
)


def _topic(text: str, readings: Sequence[Reading]) -> str:
    """Return the question without the words that were read as conditions."""
    left, position = "", 0
    for reading in sorted(readings):
        before = text[position : reading.start]
        left += _LEADING_PARTICIPLES.sub("", before) + " "
        position = max(position, reading.end)
    tokens = _TOKEN.findall(re.sub(r"\s+([,;:.?!])", r"\1", left + text[position:]))
    while tokens and _is_scaffold(tokens[0]):
        tokens.pop(0)
    while tokens and _is_scaffold(tokens[-1]):
        tokens.pop()
    return " ".join(tokens).strip(" ,;:.?!–—-")


def _is_scaffold(token: str) -> bool:
    word = token.strip(".,;:?!()\"“”'’–—-").lower().replace("’", "'")
    return not word or word in _SCAFFOLD
