"""Decide whether one cited abstract bears out one claim.

Numbers and names are held against the abstract by rules that can be read, in the modules
imported here; whether the rest follows is what a small model says of the sentences that
come closest (:mod:`rag.entailment`). Knows nothing of chat models, indexes or prompts.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.answering.support.bindings import check_bindings
from rag.answering.support.comparands import check_comparands
from rag.answering.support.copying import check_copy
from rag.answering.support.counted import Figures
from rag.answering.support.figures import check_figures
from rag.answering.support.findings import Finding, Pair, contradicted, doubtful
from rag.answering.support.meetings import Meeting, meetings
from rag.answering.support.names import Name, NameIndex, names, names_of
from rag.answering.support.quantities import quantities
from rag.answering.support.sweeping import check_sweeping
from rag.answering.support.verbatim import verbatim_sentence
from rag.answering.support.wording import Token, Wording, read_wording
from rag.entailment import entailment
from rag.records import Evidence, Verdict

SUPPORTED, DENIED = 0.25, 0.1  # chance from which a claim passes; below which it is no doubt only
_LACKING = -1.1  # log-odds that a term which the abstract lacks adds; fitted beside the head
_ENOUGH = 0.72  # share of the claim's weighty wording that the best two sentences must hold
_SAME_WORDS = 0.4  # share that must meet its own word there, not only a synonym
_TOO_LITTLE = 0.45  # below this the abstract is about something else
_MOST_WORDS = 150  # of a claim; a longer one is no single claim
_LONGEST = 8_000  # characters that are read of a claim or an abstract
_YES_NO = re.compile(r"^\s*(?:yes|no)[,:;.–—]\s+(?=\S)", re.IGNORECASE)  # answers the question
_PAIRED = 12  # best single sentences that are tried in pairs


@dataclass(frozen=True, slots=True)
class Support:
    """The verdict on a claim against one abstract.

    ``why`` is a reason for people, empty when supported. ``quote`` is the sentence of the
    abstract that comes closest, verbatim. ``score`` in [0, 1] is how likely the abstract
    bears the claim out; 0 when a number or name speaks against it.
    """

    verdict: Verdict
    why: str
    quote: Evidence
    score: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """A claim that no rule settles: the model reads ``claim`` beside ``premise``.

    ``odds`` is what the rules add to the model's log-odds, ``doubts`` are their reasons;
    ``capped`` by one of them, the claim is weak at best. ``quote`` as in Support.
    """

    premise: str
    claim: str
    quote: Evidence
    odds: float
    doubts: Sequence[str]
    capped: bool


@dataclass(frozen=True)
class _Source:
    """An abstract with its title after it, read once: ``body`` counts the abstract's sentences."""

    wording: Wording
    figures: Figures
    names: NameIndex
    title: str
    abstract: str
    body: int


def verify(claim: str, paper_title: str, abstract: str) -> Support:
    """Return how far the abstract (or title) of a paper bears out ``claim``.

    ``claim`` is one sentence without citation marks. A number or name that the abstract
    lacks, or gives to something else, is a contradiction whatever the model says.
    """
    weighed = weigh(claim, paper_title, abstract)
    if isinstance(weighed, Support):
        return weighed
    return decide(weighed, entailment(weighed.premise, weighed.claim))


def decide(weighed: Weighed, entailed: float) -> Support:
    """Return the verdict on a claim of which the model says ``entailed``, in log-odds."""
    odds = entailed + weighed.odds
    chance = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))
    verdict, why = _judged(chance, weighed)
    return Support(verdict, why, weighed.quote, round(chance, 4))


def weigh(claim: str, paper_title: str, abstract: str) -> Weighed | Support:
    """Return what the model has to read of a claim, or the verdict where rules settle it."""
    source = _read_source(paper_title, abstract[:_LONGEST])
    if source.body == 0:
        return Support(Verdict.UNSUPPORTED, "this paper has no abstract", Evidence("", 0, 0), 0.0)
    wording = read_wording(_YES_NO.sub("", claim[:_LONGEST]), (source.abstract,))
    exact = verbatim_sentence(wording, source.wording, source.body)
    if exact is not None:
        return Support(Verdict.SUPPORTED, "", _quote(source, exact, 1.0), 1.0)
    if len(wording.tokens) > _MOST_WORDS:
        return Support(Verdict.WEAK, "too long to check as one claim", _quote(source, 0, 0.0), 0.0)
    return _weigh(wording, source)


def _weigh(wording: Wording, source: _Source) -> Weighed | Support:
    figures = Figures(wording, tuple(quantities(wording.text)))
    counted = [(q.start, q.end) for q in figures.quantities]
    met = [
        m
        for m in meetings(wording, source.wording)
        if not any(start <= m.token.start < end for start, end in counted)
    ]
    coverage, best, sentences = _best_sentences(met, source)
    named = names(wording.text, counted)
    if not (met or named or figures.quantities):
        quote = _quote(source, best, 0.0)
        return Support(Verdict.WEAK, "says nothing that could be checked", quote, 0.0)
    pair = Pair(wording, source.wording, met, sentences, source.body)
    findings = [
        *check_figures(pair, figures, source.figures),
        *check_comparands(figures, source.figures),
        *check_bindings(figures, source.figures, names_of(wording)),
        *_check_names(named, wording.text, source.names),
        *check_copy(pair),
        *check_sweeping(pair),
        *_check_sameness(pair),
    ]
    lacking = _lacking(met, coverage)
    if lacking and coverage < _TOO_LITTLE:
        findings.append(contradicted(f"no sentence of this abstract says this ({lacking})"))
    quote = _quote(source, best, coverage)
    against = [f.why for f in findings if f.verdict is Verdict.UNSUPPORTED]
    if against:
        return Support(Verdict.UNSUPPORTED, against[0], quote, 0.0)
    return Weighed(
        _premise(source, sentences),
        wording.text,
        quote,
        odds=_LACKING * bool(lacking),
        doubts=tuple(filter(None, [*(f.why for f in findings), lacking])),
        capped=bool(findings),
    )


def _check_sameness(pair: Pair) -> Iterator[Finding]:
    """Yield when the claim meets the closest sentences by synonyms only, as any claim might.

    Without this, what is said of many papers ("existing methods are costly") passes for all.
    """
    tokens = pair.source.tokens
    same = sum(
        m.weight
        for m in pair.met
        if any(
            _same_word(m.token, tokens[i]) for i in m.places if tokens[i].sentence in pair.sentences
        )
    )
    if same < _SAME_WORDS * sum(m.weight for m in pair.met):
        yield doubtful("too little of its wording is in this abstract")


def _same_word(one: Token, other: Token) -> bool:
    return one.stem == other.stem or (len(one.stem) > 4 and one.stem[:5] == other.stem[:5])


def _lacking(met: Sequence[Meeting], coverage: float) -> str:
    """Return which terms of the trade, or which of much else, the abstract lacks; empty if none."""
    missing = [m for m in met if not m.places]
    terms = [m.token.word for m in missing if m.weight > 1]
    if not terms and coverage >= _ENOUGH:
        return ""
    words = terms or [m.token.word for m in missing]
    shown = ", ".join(f"“{word}”" for word in dict.fromkeys(words[:3]))
    return f"{shown} not found in this abstract" if shown else ""


def _premise(source: _Source, sentences: Sequence[int]) -> str:
    """Return the title and the closest sentences, which the model reads beside the claim."""
    spans = [source.wording.spans[i] for i in sentences if i < source.body]
    closest = " ".join(source.abstract[start:end] for start, end in spans)
    return f"{source.title}. {closest}"


def _judged(chance: float, weighed: Weighed) -> tuple[Verdict, str]:
    """Return the verdict and its reason: the first doubt of the rules, else what the model says."""
    why = next(iter(weighed.doubts), "")
    if chance < DENIED:
        return Verdict.UNSUPPORTED, why or "the abstract does not bear this out"
    if weighed.capped or chance < SUPPORTED:
        return Verdict.WEAK, why or "the abstract may not say this"
    return Verdict.SUPPORTED, ""


def _check_names(named: Sequence[Name], claim: str, index: NameIndex) -> Iterator[Finding]:
    """Yield the names that the paper lacks, or whose words it does not join."""
    for name in named:
        if not index.has(name):
            yield contradicted(f"“{name.text}” is not in this abstract")
    for one, other in pairwise(named):
        joint = claim[one.end : other.start]
        if joint in (" ", " of ") and not index.has_together(one, other):
            yield contradicted(f"“{claim[one.start : other.end]}” is not in this abstract")


@lru_cache(maxsize=256)
def _read_source(title: str, abstract: str) -> _Source:
    text = f"{abstract}\n\n{title}"
    wording = read_wording(text)
    body = sum(1 for start, _ in wording.spans if start < len(abstract))
    figures = Figures(wording, tuple(quantities(text)))
    return _Source(wording, figures, NameIndex(wording), title, abstract, body)


def _best_sentences(met: Sequence[Meeting], source: _Source) -> tuple[float, int, list[int]]:
    """Return the best coverage by two sentences, the best single one, and those with the title's."""
    titles = set(range(source.body, len(source.wording.spans)))
    tokens = source.wording.tokens
    where = [(m.weight, {tokens[i].sentence for i in m.places}) for m in met]
    total = sum(weight for weight, _ in where) or 1.0

    def coverage(chosen: set[int]) -> float:
        return sum(weight for weight, held in where if held & chosen) / total

    single = [coverage({i}) for i in range(source.body)]
    order = sorted(range(source.body), key=lambda i: (-single[i], i))
    first = order[0]
    pairs = [(i, j) for i in order[:_PAIRED] for j in order[:_PAIRED] if single[i] >= single[j]]
    rated = [
        (coverage({i, j} | titles) + 0.03 * single[i] + 0.001 * (i == j), i, j) for i, j in pairs
    ]
    _, i, j = max(rated, key=lambda r: (r[0], -r[1], -r[2]))
    return coverage({i, j} | titles), first, sorted({i, j} | titles)


def _quote(source: _Source, sentence: int, score: float) -> Evidence:
    start, end = source.wording.spans[sentence]
    return Evidence(source.abstract[start:end], start, end, round(score, 4))
