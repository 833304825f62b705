"""Hold the words of a claim against the words of an abstract: which are there, and where.

Words meet when their stems are equal, forms of one word, synonyms, or an acronym and its
expansion. Numbers and names are read elsewhere; the verdict is given in ``support.py``.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from rag.answering.support.acronyms import defined_acronyms, singular, standard_acronyms
from rag.answering.support.lexicon import (
    directions,
    glue,
    idioms,
    stem,
)
from rag.text.sentences import sentence_spans
from rag.text.terms import STOP_WORDS

_TOKEN = re.compile(
    r"(?i:out-performs?\b|out-performed|out-performing|speed-ups?\b)|\d+(?:[.,]\d+)*(?![^\W_])|[^\W_]+(?:['’][^\W_]+)?|[,;:()\[\]]|—|--"
)  # "out-performs" and "speed-up" are one word
# "Large" says nothing of size here, nor "well" of quality.
_SET_PHRASE = re.compile(r"(?i:large (?:language|multimodal|vision|reasoning|video)|well as)\b")
# What grows with a dimension, and which way: more latency is less speed.
_DIMENSIONS = {
    stem(word): pole
    for word, pole in {
        "length": ("length", 1), "latency": ("speed", -1), "speed": ("speed", 1),
        "throughput": ("speed", 1), "price": ("cost", 1), "size": ("size", 1),
    }.items()
}  # fmt: skip
_LENDING = 4  # words on either side of a dimension that may say more or less
_OWN = frozenset("we our i".split())
_THIS = [["paper"], ["work"], ["study"], ["report"], ["article"], ["survey"], ["research"]]
_DEGREES = frozenset("more most less least strongly".split())
_CLAUSE_WORDS = frozenset("while whereas but although though because since which so".split())


@dataclass(frozen=True, slots=True)
class Token:
    """A word with its stem and where it stands: ``index`` counts the words of the text.

    ``clause`` counts the punctuation and conjunctions passed in the sentence, ``segment``
    the same with "and" and "or" but without brackets. ``joined`` marks the second part of
    a hyphenated word, ``leading`` its first (of "slow-thinking", and "large" of "large language model"), ``shouted`` two capitals or more: an acronym that may look like a
    word. ``degree`` is -1 after "less" or "least", which turn what the word says; these, and
    "more", are ``idle`` there: "more robust" is not more of anything. ``lent`` is where a word
    like "length" points in "a reduction in length".
    """

    word: str
    stem: str
    start: int
    end: int
    sentence: int
    clause: int
    segment: int
    index: int
    joined: bool = False
    shouted: bool = False
    leading: bool = False
    degree: int = 0
    lent: tuple[str, int] | None = None
    idle: bool = False

    @property
    def directions(self) -> Mapping[str, int]:
        """The axes on which the word points up (+1) or down (-1).

        "Less effective" points down and "less" itself nowhere.
        """
        if self.shouted or self.leading or self.idle:
            return {}
        if self.lent:
            return dict([self.lent])
        pointed = directions(self.stem, self.word)
        return {axis: -sign for axis, sign in pointed.items()} if self.degree < 0 else pointed

    @property
    def shown(self) -> str:
        """The word for people, with the "less" that turns it."""
        return f"less {self.word}" if self.degree < 0 else self.word

    @property
    def heavy(self) -> bool:
        """Whether the word carries matter: no stop word, no glue, no bare number."""
        if len(self.word) < 2 or self.word in STOP_WORDS or self.stem in glue():
            return False
        return not self.word.isascii() or self.word.upper().isupper()


@dataclass(frozen=True, eq=False)
class Wording:
    """A text as tokens and sentences; ``spans`` are character ranges of the sentences.

    Two of them are never equal, so that what is read off one can be kept by it.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    tokens: tuple[Token, ...]
    acronyms: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def by_stem(self) -> dict[str, list[int]]:
        """Token indices of each stem; an acronym also stands for its expansion's stems."""
        found: dict[str, list[int]] = {}
        for index, token in enumerate(self.tokens):
            found.setdefault(token.stem, []).append(index)
            for part in self.acronyms.get(singular(token.word), ()):
                found.setdefault(part, []).append(index)
        for acronym, index in self._spelled_out():
            found.setdefault(acronym, []).append(index)
        return found

    @cached_property
    def own_from(self) -> int:
        """The sentence from which on an abstract tells of its own work; before, of the problem."""
        words = [t.word for t in self.tokens]
        for index, word in enumerate(words):
            if word in _OWN or (word == "this" and words[index + 1 : index + 2] in _THIS):
                return self.tokens[index].sentence
        return 0

    def _spelled_out(self) -> list[tuple[str, int]]:
        stems = [t.stem for t in self.tokens]
        where: dict[str, list[int]] = {}
        for index, word_stem in enumerate(stems):
            where.setdefault(word_stem, []).append(index)
        return [
            (stem(acronym), index)
            for acronym, parts in self.acronyms.items()
            for index in where.get(parts[0], ())
            if tuple(s for s in stems[index : index + len(parts) + 2] if s in parts)[: len(parts)]
            == parts
        ]


def read_wording(text: str, known: Sequence[str] = ()) -> Wording:
    """Return the tokens of ``text``; acronyms defined in it or in ``known`` texts are linked."""
    spans = tuple((s.start, s.end) for s in sentence_spans(text))
    tokens: list[Token] = []
    phrases = {m.start(): m for m in idioms().finditer(text)}
    for number, (start, end) in enumerate(spans):
        clause = segment = 0
        read_to = start
        for match in _TOKEN.finditer(text, start, end):
            if match.start() < read_to:
                continue
            word = unicodedata.normalize("NFKC", match.group().lower()).replace("’", "'")
            if not word[0].isalnum() or word in _CLAUSE_WORDS:
                clause, segment = clause + 1, segment + (word not in "()")
            segment += word in ("and", "or")
            if not word[0].isalnum():
                continue
            phrase = phrases.get(match.start())
            read_to = phrase.end() if phrase else match.end()
            word = (phrase and phrase.lastgroup) or word.removesuffix("'s").replace("-", "")
            where = (number, clause, segment)
            token = _token(text, (match.start(), read_to), word, where, tokens)
            if tokens and tokens[-1].word in _DEGREES and token.directions.keys() - {"cost"}:
                tokens[-1] = replace(tokens[-1], idle=True)
            tokens.append(token)
    for token in tokens:
        if token.stem in _DIMENSIONS:
            tokens[token.index] = replace(token, lent=_lent(tokens, token))
    acronyms = dict(standard_acronyms())
    for source in (*known, text):
        acronyms |= defined_acronyms(source)
    return Wording(text, spans, tuple(tokens), acronyms)


def _lent(tokens: Sequence[Token], here: Token) -> tuple[str, int] | None:
    """Return where a dimension points, by the nearest word near it that says more or less."""
    axis, sign = _DIMENSIONS[here.stem]
    near = tokens[max(0, here.index - _LENDING) : here.index + _LENDING]
    for other in sorted(near, key=lambda t: abs(t.index - here.index)):
        grows = other.directions.get("amount", 0)
        if grows and (other.sentence, other.clause) == (here.sentence, here.clause):
            return axis, sign * grows
    return None


def _token(
    text: str, span: tuple[int, int], word: str, where: tuple[int, int, int], before: list[Token]
) -> Token:
    """Return the token at ``span``, in the sentence, clause and segment of ``where``."""
    start, end = span
    leading = text[end : end + 1] in ("-", "‑") and text[end + 1 : end + 2].isalnum()
    return Token(
        word,
        stem(word),
        start,
        end,
        *where,
        len(before),
        joined=text[start - 1 : start] in ("-", "‑"),
        shouted=sum(c.isupper() for c in text[start:end]) > 1,
        leading=leading or bool(_SET_PHRASE.match(text, start)),
        degree=-1 if before and before[-1].word in ("less", "least") else 0,
    )
