"""Papers of a theme that say themselves that they contradict what was held before.

Only explicit words count: "contrary to common belief, we find …", "challenges the
assumption that …". Pairs of papers set against each other by shared words were tried and
left out: hardly one of them was a disagreement (docs/themes.md). Each sentence is quoted.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.records import Citation, Claim, Paper, Verdict
from rag.text.instructions import find_instructions
from rag.text.sentences import Span, sentence_spans
from rag.themes.findings import QUOTED
from rag.themes.records import Disagreement, Theme

_LENGTHS = (40, 420)  # characters of a sentence that is quoted
_EARLIER = (
    r"(?:prior|previous|earlier|existing|recent|past|other|several|many|some|most|common|these)"
)
_STUDIES = (
    r"(?:works?|stud(?:y|ies)|findings?|results?|research|reports?|claims?|literature|papers?)"
)
_BELIEF = (
    r"(?:assumptions?|beliefs?|wisdom|notions?|views?|narratives?|consensus|intuitions?|premises?|"
    r"expectations?|understanding|hypothes[ei]s|conclusions?|perception|necessity|supposition|dogma)"
)
_FINDS = (
    r"(?:(?:we|our|this|the|these)(?: \w+){0,2} (?:find|found|show|observe|demonstrate|reveal|report|prove|"
    r"discover|underscore|indicate|suggest|conclude)(?:s|ed)?\b|[^,;.]{0,40}\bevidence\b)"
)
_HELD = (
    r"(?:the|an?|some|common(?:ly)?|prevail(?:ing|ent)|wide(?:ly|spread)|conventional|existing|prior|"
    r"previous|earlier|long-(?:held|standing)|traditional|popular|recent|current|established)"
)
_AUTHORS = (
    r"(?:\bwe(?: \w+ly)?|\b(?:findings?|results?|work|study|paper|research|evidence|analysis|insights?|observations?"
    r"|experiments?|data|investigation)(?: \w+ly| also)?|\bthis|\bwhich|\bthat|,|\band|\bto)"
)
_VERB = (
    r"(?:challeng(?:e|es|ed|ing)|contradict(?:s|ed|ing)?|refut(?:e|es|ed|ing)|overturn(?:s|ed|ing)?|question(?:s|ed|ing)?|"
    r"disprov(?:e|es|ed|ing)|debunk(?:s|ed|ing)?|dispel(?:s|led|ling)?|call(?:s|ing)? into question|"
    r"casts?(?:ing)? doubt (?:on|upon)|runs? counter to)"
)
_WISHES = re.compile(
    r"\b(?:hope|inspires?|encourages?|may|might|could) \b.*\b(?:challenge|question)", re.IGNORECASE
)
_VERB_THEN_BELIEF = (
    rf"(?<=[\w,]) ?{_AUTHORS} {_VERB} (?:{_HELD} (?:(?!of\b|in\b|and\b)[\w-]+ ){{0,4}})?"
    rf"(?:{_BELIEF}|claims?|findings?)\b"
    r"(?: (?:that|about|of|in|on|on which|is|are|behind|underlying)\b|[.,;])"
)
_UNLIKE_STUDIES = (
    rf"\b(?:unlike|in contrast (?:to|with)|as opposed to) (?:[\w-]+ )?{_EARLIER} (?:[\w-]+ )?"
    rf"{_STUDIES} (?:that|which) (?:show|find|found|report|suggest|claim|argue|conclude)(?:s|ed)?\b"
    rf"(?=.*{_FINDS})"
)
_AT_ODDS = (
    rf"\b(?:inconsistent|at odds|in conflict|disagrees?|conflicts?) with (?:[\w-]+ )?{_EARLIER} "
    rf"(?:[\w-]+ )?(?:{_STUDIES}|{_BELIEF})\b"
)
_CONTRARY_TO_BELIEF = rf"\bcontrary to (?:(?!we\b|our\b)[\w-]+ ){{0,5}}{_BELIEF}\b"
_CONTRARY_TO_STUDIES = rf"\bcontrary to (?:(?!we\b|our\b)[\w-]+ )?{_EARLIER} (?:[\w-]+ )?{_STUDIES}\b[^,;.]*,? {_FINDS}"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        _CONTRARY_TO_BELIEF,
        _CONTRARY_TO_STUDIES,
        _VERB_THEN_BELIEF,
        _UNLIKE_STUDIES,
        _AT_ODDS,
    )
)
# Where any of the patterns can begin: looking for these first is what makes it quick.
_VERB_BEGINS = re.compile(rf"{_VERB} (?:{_HELD}|{_BELIEF}|claims?|findings?)\b", re.IGNORECASE)
_BEGINNINGS = {
    **dict.fromkeys(("contrary to",), _PATTERNS[:2]),
    **dict.fromkeys(("unlike", "in contrast", "as opposed"), _PATTERNS[3:4]),
    **dict.fromkeys(("inconsistent", "at odds", "in conflict", "disagree", "conflict"), _PATTERNS[4:]),
    **dict.fromkeys(
        ("challeng", "contradict", "refut", "overturn", "question", "disprov", "debunk", "dispel",
         "call", "cast", "run counter", "runs counter"), (_VERB_BEGINS,),
    ),
}  # fmt: skip


def with_disagreements(themes: Sequence[Theme]) -> list[Theme]:
    """Return the themes with the sentences of their papers that contradict earlier findings.

    One of each paper, in the papers' order. Citations go on from the numbers of the
    themes' sentences; a paper that has a number keeps it.
    """
    cited = [c for theme in themes for claim in theme.claims for c in claim.citations]
    numbers = {citation.paper_id: citation.n for citation in cited}
    last = max(numbers.values(), default=0)
    done = []
    for theme in themes:
        found = []
        for paper in theme.papers:
            if contradiction := _contradiction(paper):
                last += paper.paper_id not in numbers
                n = numbers.setdefault(paper.paper_id, last)
                found.append(_quoted(paper, *contradiction, n))
        done.append(replace(theme, disagreements=tuple(found)))
    return done


def contradicts(sentence: str) -> str:
    """Return the words by which a sentence says that it contradicts what was held; "" if none."""
    if _WISHES.search(sentence):
        return ""
    for pattern in _PATTERNS:
        if match := pattern.search(sentence):
            return " ".join(match.group().strip(" ,").split())
    return ""


def _may_contradict(abstract: str) -> bool:
    """Tell, quickly, whether it is worth looking at the abstract's sentences."""
    folded = abstract.lower()
    for beginning, patterns in _BEGINNINGS.items():
        at = folded.find(beginning)
        while at >= 0:
            if any(pattern.match(folded, at) for pattern in patterns):
                return True
            at = folded.find(beginning, at + 1)
    return False


def _contradiction(paper: Paper) -> tuple[Span, str] | None:
    """Return the first sentence of an abstract that contradicts something, and its cue."""
    if not _may_contradict(paper.abstract):
        return None
    short, long = _LENGTHS
    for span in sentence_spans(paper.abstract):
        text = paper.abstract[span.start : span.end]
        cue = contradicts(text) if short <= len(text) <= long else ""
        if cue and not find_instructions(text):
            return span, cue
    return None


def _quoted(paper: Paper, span: Span, cue: str, n: int) -> Disagreement:
    text = paper.abstract[span.start : span.end]
    citation = Citation(
        n, paper.paper_id, paper.title, text, span.start, span.end, Verdict.SUPPORTED, QUOTED
    )
    return Disagreement((Claim(text, (citation,), Verdict.SUPPORTED, QUOTED),), cue)
