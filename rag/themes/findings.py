"""What the papers of a theme find, in their own words: sentences of their abstracts.

Extractive, so each sentence is its own proof: verbatim, with offsets and one citation.
A good one reports a result, speaks of the theme's subject, comes from a typical paper
and can be understood alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.records import Citation, Claim, Paper, Verdict
from rag.text.instructions import find_instructions
from rag.text.sentences import Span, sentence_spans
from rag.themes.words import phrase_key

QUOTED = "quoted from the abstract"  # why such a sentence counts as supported
_LOOKED_AT = 25  # papers of a theme, the most typical first
_PUNCTUATION = re.compile(r"[^\w\s-]")
_LENGTHS = (60, 330)  # characters of a sentence that can be quoted
_RESULT = re.compile(
    r"\bwe (also |further |empirically |theoretically |then )?"
    r"(show|find|found|demonstrate|observe|reveal|prove|discover|identify|uncover|establish|report)\b"
    r"|\b(results?|experiments?|findings?|evaluations?|analys[ei]s|study|studies|work)\b[^.]{0,60}"
    r"\b(show|demonstrate|indicate|suggest|reveal|confirm|find|highlight|prove)s?\b"
    r"|\b(outperform|surpass|exceed|improv|achiev|reduc|increas|lead|yield|enabl|fail|degrad|boost)\w*\b",
    re.IGNORECASE,
)
_MEASURED = re.compile(r"\d+(\.\d+)?\s?(%|\\%|×|x\b|percent|points|times)|\bstate-of-the-art\b")
_BY_US = re.compile(
    r"\b[Ww]e\b|\b[Oo]ur\b|\b[Tt]his (paper|work|study|article|survey)\b|\b[Hh]ere\b"
)
_PROPOSES = re.compile(
    r"\b(we|this (paper|work|article|study)) (propose|introduce|present|develop|design|describe)s?\b",
    re.IGNORECASE,
)
_LEANS_ON_BEFORE = re.compile(
    r"^(It|This|These|They|Its|Their|Such|That|Those|There|He|She|Here|Then|Thus|Hence|Therefore|Also|"
    r"Besides|However|Moreover|Furthermore|Additionally|Finally|Specifically|First(ly)?|Second(ly)?|"
    r"Third(ly)?|Next|Instead|Meanwhile|Nevertheless|Nonetheless|Yet|But|And|Or|So|Both|Consequently|"
    r"Conversely|Similarly|Likewise|Accordingly|Subsequently|Further|Building|Inspired|Unlike|Based|"
    r"In (addition|this|these|contrast|particular|response|other|turn|so)|As (a result|such)|"
    r"For (example|instance|this|these)|On (the other|top)|By (doing|contrast|comparison)|"
    r"To (this|that|these|address|overcome|tackle|mitigate|bridge|fill|do|solve|remedy|achieve|further)|"
    r"At the same|With (this|these)|Through (this|these)|From (this|these)|Rather|Even|Among|"
    r"The (former|latter|second|third|other|key|two|proposed|resulting|code|dataset and)|Code|"
    r"Project|Despite (this|these)|Given (this|these)|After (this|that)|When (this|these)|"
    r"Under (this|these)|Across (these|all)|All|Each|Our)\b(?! (paper|work|study|article|survey)\b)"
)
_LEANS_INSIDE = re.compile(
    r"\b(this|these|such|those|that|the above|the former|the latter|said) (problem|issue|gap|challenge|"
    r"limitation|method|approach|question|difficult|finding|shortcoming|bottleneck|concern|setting|"
    r"insight|observation|phenomen|model|idea|reason|end|task)\w*\b|\bthe same time\b|\bdo so\b",
    re.IGNORECASE,
)
_UNNAMED = re.compile(
    r"\b(our|the proposed) (proposed |new |novel )?(method|approach|model|framework|algorithm|system|"
    r"technique|solution|agent|pipeline|design|strategy)s?\b", re.IGNORECASE
)  # fmt: skip
_BACKGROUND = re.compile(
    r"\b(have|has) (recently |increasingly |been |also )*(shown|demonstrated|achieved|emerged|become|"
    r"made|gained|led|attracted|enabled|proven|seen|garnered|excelled|advanced)\b|\brecent(ly)?\b|"
    r"\bexisting (methods|approaches|work|models|systems|benchmarks)\b|\bremains? (unclear|challenging|"
    r"underexplored|limited|difficult|a challenge|an open)\b", re.IGNORECASE,
)  # fmt: skip
_POINTS_BACK = re.compile(
    r"\b(this|these|those)\b(?! (paper|work|study|survey|article)\b)|\bsuch (?!as\b)"
)
_EMPTY_TALK = re.compile(
    r"\b(effectiveness|superiority|efficacy) of (our|the|this)\b|\b(extensive|comprehensive)( [\w-]+)? (experiments?|experimental|evaluations?)\b|"
    r"\bavailable (at|on|via)\b|\bhttps?:|\bgithub\b|\bopen-?sourced?\b|\bwill be released\b|\\[a-z]{2,}",
    re.IGNORECASE,
)
# One of these is in all that it matches: looking for them first takes a tenth of the time.
_EMPTY_CUES = (
    "effectiveness", "superiority", "efficacy", "extensive", "comprehensive", "available", "http",
    "github", "source", "released", "\\",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Candidate:
    paper: Paper
    span: Span
    phrases: frozenset[str]
    score: float

    @property
    def text(self) -> str:
        return self.paper.abstract[self.span.start : self.span.end]


def find_claims(
    papers: Sequence[Paper], phrases: Sequence[str], *, limit: int, first_number: int
) -> tuple[Claim, ...]:
    """Return up to ``limit`` quoted findings, each of another paper.

    ``papers`` are a theme's, the most typical first; ``phrases`` its phrases' keys, the
    most telling first. Citations are numbered from ``first_number``.
    """
    pool = [c for i, p in enumerate(papers[:_LOOKED_AT]) for c in _candidates(p, i, phrases)]
    chosen: list[_Candidate] = []
    while pool and len(chosen) < limit:
        said = frozenset[str]().union(*(c.phrases for c in chosen))
        best = max(pool, key=lambda c: c.score - 0.25 * len(c.phrases & said))
        if find_instructions(best.text):  # an order to the reader is no finding
            pool.remove(best)
            continue
        chosen.append(best)
        pool = [c for c in pool if c.paper is not best.paper and c.text != best.text]
    return tuple(_claim(c, first_number + i) for i, c in enumerate(chosen))


def _candidates(paper: Paper, rank: int, phrases: Sequence[str]) -> list[_Candidate]:
    found = []
    spans = sentence_spans(paper.abstract)
    own_work = _own_work_begins(paper.abstract, spans)
    for position, span in enumerate(spans):
        text = paper.abstract[span.start : span.end]
        if not stands_alone(text):
            continue
        said = _said(text, phrases)
        score = _result_score(text) + _topicality(said, phrases) - 0.03 * rank
        score -= 2.0 * (position < own_work)
        score += 0.3 * position / len(spans) + 0.4 * _names_its_subject(text, paper.title)
        found.append(_Candidate(paper, span, said, score))
    return found


def _own_work_begins(abstract: str, spans: Sequence[Span]) -> int:
    """Return the number of the first sentence on the paper's own work; before is background."""
    for position, span in enumerate(spans):
        if _BY_US.search(abstract, span.start, span.end):
            return position
    return 1


def stands_alone(sentence: str) -> bool:
    """Tell whether a sentence can be quoted without the ones around it."""
    short, long = _LENGTHS
    return (
        short <= len(sentence) <= long
        and sentence[-1] in ".!"
        and sentence[0].isupper()
        and not _LEANS_ON_BEFORE.match(sentence)
        and not _LEANS_INSIDE.search(sentence)
    )


def _said(text: str, phrases: Sequence[str]) -> frozenset[str]:
    words = f" {phrase_key(_PUNCTUATION.sub(' ', text))} "
    return frozenset(phrase for phrase in phrases if f" {phrase} " in words)


def _topicality(said: frozenset[str], phrases: Sequence[str]) -> float:
    """Return up to 2.0 for the theme's phrases in a sentence, the first counting most."""
    return min(2.0, sum(1.0 / (1 + 0.2 * i) for i, phrase in enumerate(phrases) if phrase in said))


def _result_score(text: str) -> float:
    score = 0.0
    if _RESULT.search(text):
        score += 1.5
    elif _PROPOSES.search(text):
        score += 0.8
    score += 0.5 * bool(_MEASURED.search(text))
    score -= 0.8 * bool(_UNNAMED.search(text))
    score -= 1.5 * _talks_emptily(text)
    score -= 1.5 * bool(_BACKGROUND.search(text) and not _BY_US.search(text))
    score -= 0.8 * bool(_POINTS_BACK.search(text))
    return score


def _talks_emptily(text: str) -> bool:
    folded = text.lower()
    return any(cue in folded for cue in _EMPTY_CUES) and bool(_EMPTY_TALK.search(text))


def _names_its_subject(text: str, title: str) -> bool:
    """Tell whether the sentence names what the title names before its colon."""
    name, colon, _ = title.partition(":")
    return bool(colon) and len(name) <= 30 and name.strip().lower() in text.lower()


def _claim(candidate: _Candidate, number: int) -> Claim:
    paper, span = candidate.paper, candidate.span
    citation = Citation(
        number,
        paper.paper_id,
        paper.title,
        candidate.text,
        span.start,
        span.end,
        Verdict.SUPPORTED,
        QUOTED,
    )
    return Claim(candidate.text, (citation,), Verdict.SUPPORTED, QUOTED)


def takeaway(paper: Paper) -> str:
    """Return the sentence of an abstract that best says what the paper found; "" if none."""
    spans = sentence_spans(paper.abstract)
    texts = [paper.abstract[s.start : s.end] for s in spans]
    if not texts:
        return ""
    own_work = _own_work_begins(paper.abstract, spans)
    scored = [
        _result_score(text) + 0.5 * stands_alone(text) + 0.3 * i / len(texts) - 2.0 * (i < own_work)
        for i, text in enumerate(texts)
    ]
    return texts[max(range(len(texts)), key=lambda i: scored[i])]
