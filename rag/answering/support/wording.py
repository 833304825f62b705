"""Hold the words of a claim against the words of an abstract: which are there, and where.

Words meet when their stems are equal, forms of one word, synonyms, or an acronym and its
expansion. Numbers and names are read elsewhere; the verdict is given in ``verdict.py``.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rag.answering.support.acronyms import defined_acronyms, singular, standard_acronyms
from rag.answering.support.lexicon import glue, idioms, stem
from rag.text.sentences import sentence_spans
from rag.text.terms import STOP_WORDS

_TOKEN = re.compile(
    r"(?i:out-performs?\b|out-performed|out-performing|speed-ups?\b)|\d+(?:[.,]\d+)*(?![^\W_])|[^\W_]+(?:['’][^\W_]+)?|[,;:()\[\]]|—|--"
)  # "out-performs" and "speed-up" are one word
_CLAUSE_WORDS = frozenset("while whereas but although though because since which so".split())


@dataclass(frozen=True, slots=True)
class Token:
    """A word with its stem and where it stands: ``index`` counts the words of the text.

    ``clause`` counts the punctuation and conjunctions passed in the sentence, ``segment``
    the same with "and" and "or" but without brackets. ``joined`` marks the second part of
    a hyphenated word.
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
        """Token indices of each stem; an acronym stands for its expansion's stems, too."""
        found: dict[str, list[int]] = {}
        for index, token in enumerate(self.tokens):
            found.setdefault(token.stem, []).append(index)
            for part in self.acronyms.get(singular(token.word), ()):
                found.setdefault(part, []).append(index)
            if token.joined and index:  # "roll-outs" is "rollouts"
                whole = stem(self.tokens[index - 1].word + token.word)
                found.setdefault(whole, []).append(index)
        for acronym, index in self._spelled_out():
            found.setdefault(acronym, []).append(index)
        return found

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
            joined = text[match.start() - 1 : match.start()] in ("-", "‑")
            span = (match.start(), read_to)
            tokens.append(Token(word, stem(word), *span, *where, len(tokens), joined))
    acronyms = dict(standard_acronyms())
    for source in (*known, text):
        acronyms |= defined_acronyms(source)
    return Wording(text, spans, tuple(tokens), acronyms)
