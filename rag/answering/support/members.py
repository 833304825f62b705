"""Find a name that a claim counts among a kind to which, in its abstract, others belong.

"SSMs (Mamba2)" and "SSMs such as Mamba2" say what Mamba2 is; "SSMs such as Llama3" says
otherwise when the abstract has "Transformers (Llama3 and Qwen2.5)".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.answering.support.findings import Finding, Pair, contradicted
from rag.answering.support.lexicon import glue, stem
from rag.answering.support.names import Name, names_of
from rag.answering.support.wording import Wording
from rag.text.terms import STOP_WORDS

_OPENS = re.compile(
    r"\s*(?:\((?:e\.g\.,?|i\.e\.,?|such as|including)?\s*|,?\s*(?:such as|including|like|namely)\s+"
    r"|\s+(?:in (?:the|this) \w+ )?(?:are|is|were|was)\s+)$"
)
_JOINT = re.compile(r"[\s,]*(?:and|or|the|as well as)?\s*")
_KIND = re.compile(r"(?:[\w-]+\s+){0,3}[\w-]+$")
_FAR = 60  # characters before a list in which its kind stands


@dataclass(frozen=True, slots=True)
class _Member:
    name: Name
    kind: frozenset[str]


def check_members(pair: Pair, named: Sequence[Name]) -> Iterator[Finding]:
    """Yield the names that the claim puts under a kind that the abstract gives other members."""
    mine = _read_members(pair.claim, named)
    if not mine:
        return
    theirs = _members(pair.source)
    for member in mine:
        own = [m for m in theirs if m.name.parts == member.name.parts]
        right = any(member.kind & m.kind for m in own)
        if own and not right and any(member.kind & m.kind for m in theirs):
            yield contradicted(f"the abstract does not count “{member.name.text}” among these")


@lru_cache(maxsize=512)
def _members(source: Wording) -> Sequence[_Member]:
    return _read_members(source, names_of(source))


def _read_members(wording: Wording, named: Sequence[Name]) -> list[_Member]:
    """Return the names listed after a kind, with the stem of the word that tells the kind."""
    text = wording.text
    found: list[_Member] = []
    for name in named:
        last = found[-1] if found else None
        if last and _JOINT.fullmatch(text[last.name.end : name.start]):
            found.append(_Member(name, last.kind))
            continue
        opening = _OPENS.search(text[max(0, name.start - _FAR) : name.start])
        if opening:
            before = text[max(0, name.start - _FAR) : name.start][: opening.start()]
            kind = _KIND.search(before.rstrip())
            words = re.findall(r"[^\W_]+", kind.group()) if kind else []
            stems = [stem(w) for w in words if w.lower() not in STOP_WORDS]
            heads = [s for s in stems if s not in glue()][-1:]
            found.append(_Member(name, frozenset(heads)))
    return [m for m in found if m.kind]
