"""Find the names of a claim (models, methods, data sets, organisations) and look them up.

A name is known by its shape: digits among letters, capitals inside a word, an acronym, a
capital letter where no sentence begins. "GPT-4" is not "GPT-4o"; "MATH500" is "MATH-500".
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.answering.support.acronyms import singular, standard_acronyms
from rag.answering.support.lexicon import glue, is_plain, stem, synonymous
from rag.answering.support.numbered import belongs_to_name
from rag.answering.support.wording import Wording
from rag.text.sentences import sentence_spans
from rag.text.terms import STOP_WORDS

_TOKEN = re.compile(r"[^\W_][\w@+*^’'.-]*")
_PART = re.compile(r"\d+(?:\.\d+)*[a-z]?(?![^\W\d_])|[^\W\d_]+|\d+")
_BY = re.compile(r"(?<=\d)\s?(?:\\?times|×)\s?(?=\d)")  # "256times256" of some sources
_FONT = re.compile(r"\\(?:text|math)[a-z]{0,3}\s*\{([^{}]{0,40})\}")  # "$\text{F}_\text{1}$"
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>()]{1,200}")
_GREEK = str.maketrans(
    {letter: unicodedata.name(letter).split()[-1].lower() for letter in "αβγδεθκλμνπρστφχψω"}
)
_JOINERS = frozenset({"and", "or", "model", "models", "with"})
_GAP = 6  # parts that may stand between "Qwen2.5" and "7B" in "Qwen2.5 (3B and 7B)"


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it stands at ``text[start:end]``; ``parts`` are what is compared."""

    text: str
    start: int
    end: int
    parts: tuple[str, ...]


def parts(text: str) -> tuple[str, ...]:
    """Return the lower-case runs of letters and numbers: "Qwen2.5-7B" is qwen, 2.5, 7b."""
    if "\\" in text:
        text = _FONT.sub(r"\1", text)
    return tuple(_PART.findall(_BY.sub("x", text.lower().translate(_GREEK))))


def names(text: str, skip: Collection[tuple[int, int]] = ()) -> list[Name]:
    """Return the names of ``text`` in order; those that begin in a ``skip`` span are none."""
    openings = {span.start for span in sentence_spans(text)}
    tokens = [(m.start(), _trimmed(m.group())) for m in _TOKEN.finditer(text)]
    found = []
    for i, (start, token) in enumerate(tokens):
        if any(a <= start < b for a, b in skip) or not parts(token):
            continue
        opens = start in openings or text[max(0, start - 2) : start].strip() in ('"', "“", "(", ":")
        following = tokens[i + 1][1] if i + 1 < len(tokens) else ""
        end = start + len(token)
        if _is_numbered(text, start, end, following):
            end += 1 + len(following)
        elif not (_is_name(token) or _is_capitalised(token, following, opens=opens)):
            continue
        found.append(Name(text[start:end], start, end, parts(text[start:end])))
    return found


def _trimmed(token: str) -> str:
    return re.sub(r"(?:['’]s?)$", "", token.rstrip(".-'’")).rstrip(".-'’")


def _is_name(word: str) -> bool:
    letters = any(c.isalpha() for c in word)
    if letters and ("@" in word or any(c.isdigit() for c in word)):
        return True
    pieces = re.split(r"[-.+*^]", word)
    if any(sum(c.isupper() for c in piece) >= 2 for piece in pieces):
        return True
    if any(c.isupper() for piece in pieces for c in piece[1:]):
        return True
    return len(word) == 1 and word.isupper() and word not in "AI"


def _is_numbered(text: str, start: int, end: int, following: str) -> bool:
    if not following[:1].isdigit() or text[end : end + 1] != " " or not text[start].isupper():
        return False
    return belongs_to_name(text, end + 1, end + 1 + len(following))


def _is_capitalised(token: str, following: str, *, opens: bool) -> bool:
    if not token[0].isupper() or len(token) < 2:
        return False
    if token.lower() in STOP_WORDS or stem(token) in glue():
        return False
    if not opens:
        return True
    if re.search(r"-[A-Z]", token):
        return True
    return following[:1].isupper() and following[1:2].islower() and not is_plain(stem(token))


def is_common(name: Name) -> bool:
    """Tell whether the name is a word of the field: "LLMs", "3D", "CAD", "LLM-generated"."""
    text = name.text
    known = singular(text.lower()) in standard_acronyms()
    return known or bool(re.fullmatch(r"\d+D|[A-Z]{2,4}|[A-Z]{2,6}s|[A-Z]+-[a-z]+", text))


@lru_cache(maxsize=512)
def names_of(wording: Wording) -> Sequence[Name]:
    """Return the names of a wording, read once."""
    return tuple(names(wording.text))


class NameIndex:
    """The parts of a paper's title and abstract, to look names up in."""

    def __init__(self, source: Wording) -> None:
        """Read the parts of ``source`` once."""
        self._source = source
        self._parts = parts(source.text)
        self._at: dict[str, list[int]] = {}
        for index, part in enumerate(self._parts):
            self._at.setdefault(part, []).append(index)
        words = re.findall(r"[^\W\d_]+", source.text)
        self._initials = "".join(w[0].lower() for w in words if w.lower() not in STOP_WORDS)
        self._links = " ".join(_LINK.findall(source.text)).lower()
        self._capitals = "".join(w[0].lower() if w[0].isupper() else " " for w in words)

    def has(self, name: Name) -> bool:
        """Tell whether the paper names it: as it stands, a form of it, or an expansion."""
        wanted = name.parts
        if any(
            self._follows(i, wanted) for first in _forms(wanted[0]) for i in self._at.get(first, ())
        ):
            return True
        if len(wanted) == 1:
            return self._has_form(name.text, wanted[0])
        return self._fused(wanted) or self._has_all_words(wanted)

    def has_together(self, one: Name, other: Name) -> bool:
        """Tell whether two names that the claim joins stand near each other here too."""
        places = [self._at.get(form, []) for form in _forms(one.parts[-1])]
        others = [i for form in _forms(other.parts[0]) for i in self._at.get(form, ())]
        found = [i for at in places for i in at]
        if not found or not others:
            return True  # known by another form or an expansion, whose place is not known
        return any(abs(i - j) <= _GAP for i in found for j in others)

    def _follows(self, at: int, wanted: Sequence[str]) -> bool:
        """Tell whether ``wanted`` stands at ``at``, only joining words and numbers between."""
        position = at
        for part in wanted[1:]:
            following = self._next(position, part)
            if following is None:
                return False
            position = following
        return True

    def _next(self, position: int, part: str) -> int | None:
        forms = _forms(part)
        for i in range(position + 1, min(position + 2 + _GAP, len(self._parts))):
            here = self._parts[i]
            if here in forms:
                return i
            if not (here in _JOINERS or here[0].isdigit()):
                return None
        return None

    def _fused(self, wanted: Sequence[str]) -> bool:
        """Tell whether the paper writes it as one word: "Self Refine" for "SelfRefine"."""
        whole = "".join(wanted)
        return whole.isalpha() and whole in self._at

    def _has_all_words(self, wanted: Sequence[str]) -> bool:
        """Tell whether every part of a hyphenated wording stands in the paper as a word."""
        if any(part[0].isdigit() for part in wanted):
            return False
        return all(self._has_word(part) for part in wanted) and self._near(wanted)

    def _near(self, wanted: Sequence[str]) -> bool:
        """Tell whether the parts that stand here as they are stand near each other."""
        places = [at for part in wanted if (at := self._at.get(part))]
        return all(
            any(abs(i - j) <= _GAP for i in one for j in other) for one, other in pairwise(places)
        )

    def _has_form(self, shown: str, part: str) -> bool:
        initials = self._initials if len(part) > 3 else self._capitals
        is_acronym = part.isalpha() and len(part) >= 3 and shown[:-1].isupper()
        if is_acronym and part in initials:
            return True
        if stem(part) in self._source.by_stem:
            return True
        if len(part) > 3 and part in self._links:
            return True  # "Hugging Face" of huggingface.co
        capitals = sum(c.isupper() for c in shown)
        return capitals == 1 and shown[0].isupper() and self._has_word(part)

    def _has_word(self, part: str) -> bool:
        own = stem(part)
        return any(own == known or _same_word(own, known) for known in self._source.by_stem)


def _same_word(one: str, other: str) -> bool:
    return one[:4] == other[:4] and synonymous(one, other)


def _forms(part: str) -> tuple[str, ...]:
    if part.isalpha() and len(part) > 2:
        return (part, part[:-1]) if part.endswith("s") else (part, part + "s")
    if re.fullmatch(r"20\d\d", part):
        return (part, part[2:])  # "AIME 2024" is also "AIME24"
    if re.fullmatch(r"[012]\d", part):
        return (part, f"20{part}")
    return (part,)
