"""What an abstract states on the points that papers are compared by, in its own sentences.

Cue words decide, so that nothing is made up: a point without a sentence is "not stated".
"""

import re
from collections.abc import Callable, Mapping, Sequence

from rag.answering.support.quantities import quantities
from rag.records import Paper
from rag.text.sentences import sentence_spans

NOT_STATED = "not stated"
POINTS = ("problem", "method", "data", "result", "numbers")

_ENUMERATOR = re.compile(
    r"(?:^|(?<=\s)|\()(?:\d{1,2}|[ivx]+)\)(?=\s)"
)  # "1) …, 2) …" counts nothing

_CUES: Mapping[str, re.Pattern[str]] = {
    "problem": re.compile(
        r"\b(however|challeng\w*|remains?|limit(?:s|ed|ations?)|struggl\w*|lacks?|fails?|problem"
        r"|suffers?|bottleneck|difficult\w*|expensive|costly|unclear|poorly|yet|hinder\w*"
        r"|gap|overlook\w*|under-?explored|vulnerab\w*|despite)\b",
        re.IGNORECASE,
    ),
    "method": re.compile(
        r"\b(we|this (?:paper|work|study)|our (?:work|method|approach|framework|model))\b.{0,40}?"
        r"\b(propos\w+|introduc\w+|present\w*|develop\w*|design\w*|build|describe\w*|train\w*"
        r"|study|investigat\w+|formulat\w+|stud(?:y|ies)|leverag\w+|use|explore\w*)\b"
        r"|\b(to (?:address|tackle|overcome|bridge|fill) (?:this|these|the))\b",
        re.IGNORECASE,
    ),
    "data": re.compile(
        r"\b(data\s?sets?|benchmarks?|corpus|corpora|trained on|evaluat\w+ (?:on|across)|examples"
        r"|samples|trajectories|annotat\w+|participants|test sets?|logs?|experiments (?:on|across)"
        r"|tasks? (?:from|across|in))\b",
        re.IGNORECASE,
    ),
    "result": re.compile(
        r"\b(outperform\w*|achiev\w+|improv\w+|results?|we (?:find|show|demonstrate|observe)"
        r"|show(?:s|ed|ing)? that|demonstrat\w+|surpass\w*|reduc\w+|gains?|state-of-the-art"
        r"|exceed\w*|reveal\w*|experiments)\b",
        re.IGNORECASE,
    ),
}


def compare(papers: Sequence[Paper]) -> list[tuple[str, tuple[str, ...]]]:
    """Return (point, what each paper states on it) for every point, in a fixed order."""
    stated = [points_of(paper) for paper in papers]
    return [(point, tuple(s[point] for s in stated)) for point in POINTS]


def points_of(paper: Paper) -> dict[str, str]:
    """Return what the abstract states on each point, "not stated" where it does not.

    The result is sought from the end, the rest from the front. A sentence serves a second
    point only where no other states it.
    """
    sentences = [paper.abstract[a:b] for a, b in sentence_spans(paper.abstract)]
    found: dict[str, str] = {}
    for point, choose in _ORDER:
        stating = [s for s in sentences if _CUES[point].search(s)]
        if stating:
            found[point] = choose([s for s in stating if s not in found.values()] or stating)
    counted = (quantities(_ENUMERATOR.sub(" ", sentence)) for sentence in sentences)
    figures = [q.text.strip() for found_here in counted for q in found_here if _is_figure(q.text)]
    if figures:
        found["numbers"] = ", ".join(dict.fromkeys(figures))
    return {point: found.get(point, NOT_STATED) for point in POINTS}


def _first(sentences: Sequence[str]) -> str:
    return sentences[0]


def _with_figures(sentences: Sequence[str]) -> str:
    """Return the last sentence with the most figures: results are told late and in numbers."""
    return max(reversed(sentences), key=lambda s: len(re.findall(r"\d", s)) > 0)


_ORDER: tuple[tuple[str, Callable[[Sequence[str]], str]], ...] = (
    ("method", _first),
    ("result", _with_figures),
    ("data", _first),
    ("problem", _first),
)


def _is_figure(text: str) -> bool:
    return any(sign.isdigit() for sign in text)
