"""Hold the words of a claim against the words of an abstract: which are there, and where.

Words meet when their stems are equal, forms of one word, synonyms, or an acronym and its
expansion. Numbers and names are read elsewhere; the verdict is given in ``support.py``.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rag.answering.support.lexicon import directions, glue, is_matter, is_plain, stem, synonymous
from rag.text.sentences import sentence_spans
from rag.text.terms import STOP_WORDS

_TOKEN = re.compile(
    r"(?i:out-performs?\b|out-performed|out-performing|speed-ups?\b)|\d+(?:[.,]\d+)*(?![^\W_])|[^\W_]+(?:['’][^\W_]+)?|[,;:()\[\]]|—|--"
)  # "out-performs" and "speed-up" are one word
# "Large" says nothing of size here, nor "well" of quality.
_SET_PHRASE = re.compile(r"(?i:large (?:language|multimodal|vision|reasoning|video)|well as)\b")
_PLACES = 32  # places of the abstract that one word of a claim is followed to
_BASE = 5  # letters that two forms of a word of the trade share
_CLAUSE_WORDS = frozenset("while whereas but although though because since which so".split())
# Acronyms that abstracts use without spelling them out.
_STANDARD = {
    "ai": "artificial intelligence", "bc": "behavior cloning", "cot": "chain of thought",
    "gui": "graphical user interface", "icl": "in-context learning", "il": "imitation learning",
    "kl": "kullback leibler", "llm": "large language model", "lm": "language model",
    "lrm": "large reasoning model", "mcts": "monte carlo tree search",
    "mdp": "markov decision process", "ml": "machine learning",
    "mllm": "multimodal large language model", "nlp": "natural language processing",
    "ood": "out of distribution", "orm": "outcome reward model", "pde": "partial differential equation",
    "pomdp": "partially observable markov decision process", "prm": "process reward model",
    "qa": "question answering", "rag": "retrieval augmented generation",
    "rl": "reinforcement learning", "rlhf": "reinforcement learning from human feedback",
    "rlvr": "reinforcement learning with verifiable rewards", "rm": "reward model",
    "sft": "supervised fine-tuning", "slm": "small language model", "sota": "state of the art",
    "stem": "science technology engineering mathematics", "tom": "theory of mind",
    "vla": "vision language action", "vlm": "vision language model", "vqa": "visual question answering",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A word with its stem and where it stands: ``index`` counts the words of the text.

    ``clause`` counts the punctuation and conjunctions passed in the sentence, ``segment``
    the same with "and" and "or" but without brackets. ``joined`` marks the second part of
    a hyphenated word, ``leading`` its first (of "slow-thinking", and "large" of "large language model"), ``shouted`` two capitals or more: an acronym that may look like a word.
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

    @property
    def directions(self) -> Mapping[str, int]:
        """The axes on which the word points up (+1) or down (-1)."""
        return {} if self.shouted or self.leading else directions(self.stem, self.word)

    @property
    def heavy(self) -> bool:
        """Whether the word carries matter: no stop word, no glue, no bare number."""
        if len(self.word) < 2 or self.word in STOP_WORDS or self.stem in glue():
            return False
        return not self.word.isascii() or self.word.upper().isupper()


@dataclass(frozen=True)
class Wording:
    """A text as tokens and sentences; ``spans`` are character ranges of the sentences."""

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
            for part in self.acronyms.get(_singular(token.word), ()):
                found.setdefault(part, []).append(index)
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
    for number, (start, end) in enumerate(spans):
        clause = segment = 0
        for match in _TOKEN.finditer(text, start, end):
            word = unicodedata.normalize("NFKC", match.group().lower()).replace("’", "'")
            if not word[0].isalnum() or word in _CLAUSE_WORDS:
                clause, segment = clause + 1, segment + (word not in "()")
            segment += word in ("and", "or")
            if word[0].isalnum():
                word = word.removesuffix("'s").replace("-", "")
                after = text[match.end() : match.end() + 2]
                leading = after[:1] in ("-", "‑") and after[1:].isalnum()
                leading |= bool(_SET_PHRASE.match(text, match.start()))
                shouted = sum(c.isupper() for c in match.group()) > 1
                joined = text[match.start() - 1 : match.start()] in ("-", "‑")
                tokens.append(
                    Token(
                        word,
                        stem(word),
                        *match.span(),
                        number,
                        clause,
                        segment,
                        len(tokens),
                        joined,
                        shouted,
                        leading,
                    )
                )
    acronyms = {a: _stems(p) for a, p in _STANDARD.items()}
    for source in (*known, text):
        acronyms |= defined_acronyms(source)
    return Wording(text, spans, tuple(tokens), acronyms)


def _stems(phrase: str) -> tuple[str, ...]:
    return tuple(stem(w) for w in re.findall(r"[^\W_]+", phrase.lower()) if w not in STOP_WORDS)


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 2 else word


_DEFINED = re.compile(
    r"(?<![\w'’])((?:[\w'’]{1,40}[\s-]{1,3}){1,8})\(\W?([A-Za-z][\w*]{1,11})\W?[),;]"
)


def defined_acronyms(text: str) -> dict[str, tuple[str, ...]]:
    """Return the acronyms of ``text`` defined as in "supervised fine-tuning (SFT)", lower case."""
    found: dict[str, tuple[str, ...]] = {}
    for match in _DEFINED.finditer(text):
        acronym = _singular(match[2]) if match[2][-1:] == "s" else match[2]
        if sum(c.isupper() for c in acronym) < 2:
            continue
        words = re.findall(r"[^\W_]+", match[1])
        start = _expansion_start(words, acronym)
        if start is not None:
            found[acronym.lower()] = _stems(" ".join(words[start:]))
    return found


def _expansion_start(words: Sequence[str], acronym: str) -> int | None:
    """Return where the expansion begins: its initials, in order, lie in the acronym."""
    first = acronym[0].lower()
    letters = [c for c in acronym.lower() if c.isalpha()]
    for size in range(1, min(len(words), len(letters) + 2) + 1):
        part = words[-size:]
        if part[0][0].lower() != first:
            continue
        initials = [w[0].lower() for w in part if w.lower() not in STOP_WORDS]
        if _is_subsequence(initials, letters) and len(initials) * 2 >= len(letters) - 1:
            return len(words) - size
    return None


def _is_subsequence(short: Sequence[str], long: Sequence[str]) -> bool:
    rest = iter(long)
    return all(letter in rest for letter in short)


@dataclass(frozen=True, slots=True)
class Meeting:
    """One word of the claim: its weight, and the tokens of the abstract that it meets."""

    token: Token
    weight: float
    places: tuple[int, ...]


def meetings(claim: Wording, source: Wording) -> list[Meeting]:
    """Return how each weighty word of the claim meets the words of the source."""
    result = []
    stems = source.by_stem
    expanded = _expansions(claim)
    for index, token in enumerate(claim.tokens):
        if not token.heavy:
            continue
        own = token.stem
        places = {i for known, at in stems.items() if _meet(token, known) for i in at}
        for part in expanded.get(index, ()):
            places.update(stems.get(part, ()))
        own_first = sorted(places, key=lambda i: (source.tokens[i].stem != own, i))
        result.append(Meeting(token, weight(token), tuple(sorted(own_first[:_PLACES]))))
    return result


def _meet(token: Token, known: str) -> bool:
    """Tell whether a word of the claim meets a stem; words of the trade take no everyday synonym."""
    if is_matter(token.word) and token.stem[:_BASE] != known[:_BASE]:
        return False
    return synonymous(token.stem, known)


def _expansions(claim: Wording) -> dict[int, tuple[str, ...]]:
    """Return for the claim's acronyms and spelled-out phrases what else they may be called."""
    found: dict[int, tuple[str, ...]] = {}
    stems = [t.stem for t in claim.tokens]
    for index, token in enumerate(claim.tokens):
        if _singular(token.word) in claim.acronyms:
            found[index] = (stem(_singular(token.word)),)
    for acronym, parts in claim.acronyms.items():
        for index in (i for i, s in enumerate(stems) if s == parts[0]):
            if tuple(stems[index : index + len(parts)]) == parts:
                for step in range(len(parts)):
                    found[index + step] = (*found.get(index + step, ()), stem(acronym))
    return found


def weight(token: Token) -> float:
    """Return how much a claim's word weighs: everyday wording less than matter."""
    return 0.5 if is_plain(token.stem) and not is_matter(token.word) else 1.5
