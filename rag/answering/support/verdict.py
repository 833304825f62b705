"""Decide whether one cited abstract bears out one claim, by rules that can be read.

Numbers, names, directions, negations, comparisons and sweeping words are each held
against the abstract by the modules imported here; what is left is how much of the
claim's wording the best sentences share. The thresholds were fitted on the development
half of ``evals/questions/claims.jsonl``. Knows nothing of models, indexes or prompts.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.answering.support.bindings import check_bindings
from rag.answering.support.comparands import check_comparands
from rag.answering.support.comparisons import check_comparisons
from rag.answering.support.copying import check_copy
from rag.answering.support.counted import Figures
from rag.answering.support.effects import check_effects
from rag.answering.support.exchange import check_exchange
from rag.answering.support.figures import check_figures
from rag.answering.support.findings import Finding, Pair, contradicted, doubtful
from rag.answering.support.meetings import Meeting, meetings
from rag.answering.support.members import check_members
from rag.answering.support.names import Name, NameIndex, names, names_of
from rag.answering.support.negation import check_negation
from rag.answering.support.owners import Owner, check_owners, owners
from rag.answering.support.quantities import quantities
from rag.answering.support.relations import check_directions, check_results, check_sweeping
from rag.answering.support.strays import check_strays
from rag.answering.support.verbatim import verbatim_sentence
from rag.answering.support.wording import Token, Wording, read_wording
from rag.records import Evidence, Verdict

ENOUGH = 0.72  # share of the claim's weighty wording that the best two sentences must hold
SAME_WORDS = 0.45  # share of it that must meet its own word there, not only a synonym
TOO_LITTLE = 0.45  # below this the abstract is about something else
UNLIKE = 0.45  # cosine below which claim and evidence are about different things
_MOST_WORDS = 150  # of a claim; a longer one is no single claim
_LONGEST = 8_000  # characters that are read of a claim or an abstract
_YES_NO = re.compile(r"^\s*(?:yes|no)[,:;.–—]\s+(?=\S)", re.IGNORECASE)  # answers the question
_PAIRED = 12  # best single sentences that are tried in pairs


@dataclass(frozen=True, slots=True)
class Support:
    """The verdict on a claim against one abstract.

    ``why`` is a reason for people, empty when supported. ``quote`` is the sentence of the
    abstract that comes closest, verbatim. ``score`` in [0, 1] is the share of the claim's
    wording that the evidence holds; higher is better.
    """

    verdict: Verdict
    why: str
    quote: Evidence
    score: float


@dataclass(frozen=True)
class _Source:
    """An abstract with its title after it, read once: ``body`` counts the abstract's sentences."""

    wording: Wording
    figures: Figures
    names: NameIndex
    abstract: str
    body: int
    owners: Sequence[Owner]


def verify(
    claim: str, paper_title: str, abstract: str, *, similarity: float | None = None
) -> Support:
    """Return how far the abstract (or title) of a paper bears out ``claim``.

    ``claim`` is one sentence without citation marks. ``similarity``, where known, is the
    cosine of the claim with its closest sentence in the space of the default embedder; a
    low one makes a supported claim weak, a high one excuses nothing.
    """
    source = _read_source(paper_title, abstract[:_LONGEST])
    if source.body == 0:
        return Support(Verdict.UNSUPPORTED, "this paper has no abstract", Evidence("", 0, 0), 0.0)
    wording = read_wording(_YES_NO.sub("", claim[:_LONGEST]), (source.abstract,))
    exact = verbatim_sentence(wording, source.wording, source.body)
    if exact is not None:
        return Support(Verdict.SUPPORTED, "", _quote(source, exact, 1.0), 1.0)
    if len(wording.tokens) > _MOST_WORDS:
        return Support(Verdict.WEAK, "too long to check as one claim", _quote(source, 0, 0.0), 0.0)
    return _weigh(wording, source, similarity)


def _weigh(wording: Wording, source: _Source, similarity: float | None) -> Support:
    figures = Figures(wording, tuple(quantities(wording.text)))
    counted = [(q.start, q.end) for q in figures.quantities]
    met = [
        m
        for m in meetings(wording, source.wording)
        if not any(start <= m.token.start < end for start, end in counted)
    ]
    coverage, best, sentences = _best_sentences(met, source)
    pair = Pair(wording, source.wording, met, sentences, source.body)
    named = names(wording.text, counted)
    findings = [
        *check_figures(pair, figures, source.figures),
        *check_comparands(figures, source.figures),
        *check_bindings(figures, source.figures, names_of(wording)),
        *_check_names(named, wording.text, source.names),
        *_check_relations(pair),
        *check_owners(pair, source.owners),
        *check_strays(pair, named),
        *check_members(pair, named),
        *_check_wording(met, coverage, similarity),
        *_check_sameness(pair),
    ]
    quote = _quote(source, best, coverage)
    if not (met or named or figures.quantities):
        return Support(Verdict.WEAK, "says nothing that could be checked", quote, 0.0)
    for verdict in (Verdict.UNSUPPORTED, Verdict.WEAK):
        reasons = [f.why for f in findings if f.verdict is verdict]
        if reasons:
            return Support(verdict, reasons[0], quote, round(coverage, 4))
    return Support(Verdict.SUPPORTED, "", quote, round(coverage, 4))


def _check_names(named: Sequence[Name], claim: str, index: NameIndex) -> Iterator[Finding]:
    """Yield the names that the paper lacks, or whose words it does not join."""
    for name in named:
        if not index.has(name):
            yield contradicted(f"“{name.text}” is not in this abstract")
    for one, other in pairwise(named):
        joint = claim[one.end : other.start]
        if joint in (" ", " of ") and not index.has_together(one, other):
            yield contradicted(f"“{claim[one.start : other.end]}” is not in this abstract")


def _check_relations(pair: Pair) -> Iterator[Finding]:
    exchanged, mirrored = check_comparisons(pair)
    yield from exchanged
    yield from check_exchange(pair)
    if not mirrored:
        yield from check_directions(pair)
        yield from check_effects(pair)
    yield from check_results(pair)
    yield from check_negation(pair)
    yield from check_sweeping(pair)
    yield from check_copy(pair)


def _check_wording(
    met: Sequence[Meeting], coverage: float, similarity: float | None
) -> Iterator[Finding]:
    if not met:
        return
    missing = list(dict.fromkeys(m.token.word for m in met if not m.places))
    shown = ", ".join(f"“{word}”" for word in missing[:3])
    if coverage < TOO_LITTLE:
        yield contradicted(f"no sentence of this abstract says this ({shown} not found)")
    elif coverage < ENOUGH:
        yield doubtful("only part of this is in the abstract" + (f": not {shown}" if shown else ""))
    matter = [m.token.word for m in met if not m.places and m.weight > 1]
    if matter:
        yield doubtful(f"“{matter[0]}” is not in this abstract")
    if similarity is not None and similarity < UNLIKE:
        yield doubtful("no sentence of this abstract is close to this")


def _check_sameness(pair: Pair) -> Iterator[Finding]:
    """Yield when the claim meets the evidence by everyday synonyms only, as any claim might."""
    tokens = pair.source.tokens
    total = sum(m.weight for m in pair.met)
    same = sum(
        m.weight
        for m in pair.met
        if any(
            _same_word(m.token, tokens[i]) for i in m.places if tokens[i].sentence in pair.sentences
        )
    )
    if same < SAME_WORDS * total:
        yield doubtful("too little of its wording is in this abstract")


def _same_word(one: Token, other: Token) -> bool:
    return one.stem == other.stem or (len(one.stem) > 4 and one.stem[:5] == other.stem[:5])


@lru_cache(maxsize=256)
def _read_source(title: str, abstract: str) -> _Source:
    text = f"{abstract}\n\n{title}"
    wording = read_wording(text)
    body = sum(1 for start, _ in wording.spans if start < len(abstract))
    return _Source(
        wording,
        Figures(wording, tuple(quantities(text))),
        NameIndex(wording),
        abstract,
        body,
        owners(wording, body),
    )


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
