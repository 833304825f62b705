"""Make a follow-up self-contained, by rules alone: the same turn gives the same question.

A follow-up points at papers ("compare it with the second one"), narrows ("only those
from 2025"), leaves words out ("on which data sets?") or moves on ("what about GUI
agents?"). What names its own subject is a new question and stays as typed. What words
point at is settled in ``mentions``.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from rag.chat.mentions import Shown, point, point_pronoun
from rag.text.terms import terms

LONGEST_TOPIC = 300  # characters of the earlier question that are carried along


class Kind(StrEnum):
    """What made a question need its context."""

    NEW = "a new question"
    POINTS = "points at a paper shown"
    NARROWS = "narrows the last question"
    MOVES = "moves the last question to another subject"
    CONTINUES = "goes on from the last question"


@dataclass(frozen=True, slots=True)
class Context:
    """What a follow-up may rest on: the topic of the thread, its narrowings, what was shown."""

    topic: str = ""
    narrowings: tuple[str, ...] = ()
    shown: Shown = field(default_factory=Shown)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A question that stands alone, and the topic and narrowings of what may follow it."""

    question: str
    kind: Kind
    topic: str
    narrowings: tuple[str, ...] = ()
    worded_by: str = ""  # the model that put it into words; "" when rules did

    @property
    def changed(self) -> bool:
        """Whether something else is asked than what was typed."""
        return self.kind is not Kind.NEW


_JOINING = re.compile(
    r"^(?:(?:and|but|or|so|then|also|ok(?:ay)?|now|plus|yes|no)\b[,\s]+)+(?=\S)", re.IGNORECASE
)
# What is written short in a chat and read long by retrieval.
_SHORTHAND = {
    "w/o": "without",
    "w/": "with ",
    "abt": "about",
    "vs": "compared with",
    "diff": "difference",
}
_WRITTEN_SHORT = re.compile(r"(?<![\w/])(?:w/o\b|w/\s*|(?:abt|vs|diff)\b\.?)", re.IGNORECASE)
_ANEW = re.compile(
    r"^(?:(?:ok(?:ay)?|now|so|and)\b[,\s]+)*(?:(?:a\s+)?(?:different|new|another|unrelated|other)"
    r"\s+(?:thing|topic|question|subject)|unrelated|changing\s+(?:the\s+)?(?:topic|subject))\s*[:,–-]\s*(?=\S)",
    re.IGNORECASE,
)
_CORRECTING = re.compile(
    r"^(?:(?:no|nope|sorry|wait|well|actually)\b[,.\s]+)*i\s+(?:meant|mean|was\s+(?:thinking\s+of"
    r"|asking\s+(?:about|for)))\s+(?P<to>[^?]+?)\s*\??$",
    re.IGNORECASE,
)
_REJECTING = re.compile(
    r"^(?:(?:no|nope)\b[,\s]+)*not\s+(?:that|this)(?:\s+(?:one|paper))?\s*[,;:–-]\s*(?=\S)",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(r"^(?:for|in|of|on|with|by|about)\b\s*", re.IGNORECASE)
_OPENING = re.compile(
    r"^(?:(?:what|how)\s+(?:about|if)|same\s+(?:for|with)|why(?=\s*\??$)|anything"
    r"|any(?=\s+(?:others?|more))|on|in|for|with|without|from|by|at|to|of|under|compared"
    r"|besides|except)\b",
    re.IGNORECASE,
)
_NARROWING = re.compile(
    r"^(?:only|just|since|before|after|until|limit(?:ed)?|restrict(?:ed)?|exclud(?:e|ing)|those"
    r"|not\s+the|without\s+the|(?:from|in|by)\s+(?:19|20)\d\d|the\s+(?:newest|latest|oldest)\s+ones"
    r")\b",
    re.IGNORECASE,
)
_MOVING = re.compile(
    r"^(?:(?:what|how)\s+about|same\s+(?:for|with))\s+(?P<to>[^?]+?)\s*\??$", re.IGNORECASE
)
_TAIL = re.compile(
    r"^(?P<head>.*\b(?:for|in|of|on|with|by))\s+(?!which|what|whom|how)(?:\S+\s+){0,2}\S+$",
    re.IGNORECASE,
)
_DEPENDING = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|those|these|this|one|ones|instead|else|others?"
    r"|another|same|similar|different|differs?|also|too|as\s+well|either|better|worse|newer|older"
    r"|both|above|former|latter|again|there(?=\s*[?.]?$)|more(?=\s*\??$)"
    r"|that(?=\s*(?:[?.]|$|(?:paper|method|work|save|help|mean|compare)\b))"
    r"|abstract\s+(?:say|state|mention)s?|the\s+(?:papers?|authors?|abstract|method|results?|first|second|third))\b",
    re.IGNORECASE,
)
_DEFINING = re.compile(
    r"^(?:explain|define|describe|summari[sz]e|(?:what|who)\s+(?:is|are)|tell\s+me\s+about"
    r"|show\s+me|find|search|list|(?:papers?|work|research|literature)\s+(?:on|about|that|which))\b",
    re.IGNORECASE,
)
_DATE = re.compile(r"\b(?:19|20)\d\d\b|newest|latest|oldest|month|year|week", re.IGNORECASE)
# Words that ask for a property of something, and words of asking: neither names a subject.
_NO_SUBJECT = """
    abstract accuracy author baseline benchmark bring code cost data dataset date domain evaluate
    experiment explain figure happen help human kind label limitation limits long main many
    measure method metric much need number often organisation organization pair paper percent
    performance publish question real release report require result run sample save say scenario
    score set setting show size source split state task test time token train try two used work
    would year yes no wrong go goes good bad well like still most least any some all not really
    actually exactly should may might must just only very about
"""
_LEANING = (_JOINING, _OPENING, _NARROWING, _CORRECTING, _REJECTING)
_FEW = 2  # subject words up to which a question leans on the last one


def rewrite(typed: str, context: Context) -> Rewrite:
    """Return the self-contained form of what was typed after ``context``."""
    text = " ".join(typed.split())
    anew = _ANEW.match(text)
    if not context.topic or anew or not _leans(text, context.shown):
        text = text[anew.end() :] if anew and context.topic else text
        return Rewrite(text, Kind.NEW, text)
    if corrected := _corrected(text, context):
        return corrected
    bare = _WRITTEN_SHORT.sub(_in_full, _JOINING.sub("", _REJECTING.sub("", text)))
    if _NARROWING.match(bare):
        return _narrowed(bare, context)
    pointed = point(bare, context.shown)
    if not pointed.papers and (moved := _moved(bare, context)):
        return moved
    # What was turned down is not what "it" means in the rest of the line.
    turned_down = context.shown.papers[:1] if _REJECTING.match(text) else ()
    taken = (*pointed.papers, *turned_down)
    resolved = point_pronoun(pointed.text, context.shown.papers, taken)
    kind = Kind.POINTS if pointed.papers or resolved.papers else Kind.CONTINUES
    question = f"{_open_ended(resolved.text)} — {_together(context.topic, context.narrowings)}"
    return Rewrite(question, kind, context.topic, context.narrowings)


def _in_full(match: re.Match[str]) -> str:
    return _SHORTHAND[match.group().lower().strip(" .")]


def _corrected(text: str, context: Context) -> Rewrite | None:
    """Ask the last question of what was meant; a subject of its own is a question of its own."""
    match = _CORRECTING.match(text)
    if not match:
        return None
    to = match["to"]
    if len(subject_terms(to)) > _FEW + 1:
        return Rewrite(to, Kind.MOVES, to)
    return _moved(f"what about {_PREPOSITION.sub('', to)}", context) or Rewrite(
        f"{to} — {_together(context.topic, ())}", Kind.MOVES, f"{to} {_open_ended(context.topic)}"
    )


def subject_terms(text: str) -> set[str]:
    """Return the stems in a question that say what it is about."""
    return set(terms(text)) - _no_subject()


@lru_cache(maxsize=1)
def _no_subject() -> frozenset[str]:
    return frozenset(terms(_NO_SUBJECT))


def _leans(text: str, shown: Shown) -> bool:
    if any(rule.match(text) for rule in _LEANING):
        return True
    if point(text, shown).papers:
        return True
    for marker in _DEPENDING.finditer(text):
        # After a subject of its own, "it" and "better" speak of that subject.
        if len(subject_terms(text[: marker.start()])) <= _FEW:
            return True
    return len(subject_terms(text)) <= _FEW and not _DEFINING.match(text)


def _narrowed(text: str, context: Context) -> Rewrite:
    """Ask the topic again with one more condition; a new date replaces an old one."""
    condition = _open_ended(text)
    kept = context.narrowings
    if _DATE.search(condition):
        kept = tuple(k for k in kept if not _DATE.search(k))
    narrowings = (*kept, condition)
    question = _together(context.topic, narrowings)
    return Rewrite(question, Kind.NARROWS, context.topic, narrowings)


def _moved(text: str, context: Context) -> Rewrite | None:
    """Put a short new subject in the place of the one that the topic ends with."""
    match, tail = _MOVING.match(text), _TAIL.match(_open_ended(context.topic))
    if not match or not tail or len(match["to"].split()) > 3:
        return None
    topic = f"{tail['head']} {match['to']}"
    question = _together(topic, context.narrowings)
    return Rewrite(question, Kind.MOVES, topic, context.narrowings)


def _together(topic: str, narrowings: tuple[str, ...]) -> str:
    return ", ".join([_open_ended(topic[:LONGEST_TOPIC]), *narrowings])


def _open_ended(text: str) -> str:
    return text.rstrip(" ?.!,;")
