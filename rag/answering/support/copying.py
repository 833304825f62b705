"""Compare a claim that copies a sentence, but for a few words, with that sentence word by word.

Where almost everything stands in the same order, what was exchanged, added or left out is
known exactly: another number, another name, an opposite, a lost "not" or a lost "may".
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from rag.answering.support.agreement import ROUNDING
from rag.answering.support.findings import Finding, Pair, contradicted, doubtful
from rag.answering.support.lexicon import directions, glue, sweeping, synonymous
from rag.answering.support.wording import Token
from rag.text.terms import FORMS_OF_BE

_LEAST = 5  # words that both share, in the same order
_SHARE = 0.7  # of the claim's words that these make up
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_ABOUT = frozenset("about around approximately roughly nearly almost some near".split())
_NUMERIC = re.compile(r"[\w.,]*\d[\w.,]*")  # a number, or the "7B" of a model
_OPENERS = ("", ".", "!", "?", ":", ")", '"', "“")  # after these a capital may be no name
_LINKING = frozenset("and or to from on in at by of the rightarrow arrow".split())
_UNSURE = frozenset("may might could potentially possibly perhaps".split())
_SOME = frozenset(
    "some many most several certain often sometimes usually frequently typically generally".split()
)
_DENIALS = frozenset(
    "not no never without cannot nor neither none nobody nothing unable isn't aren't don't doesn't "
    "didn't won't can't couldn't wasn't weren't".split()
)


@dataclass(frozen=True, slots=True)
class _Edit:
    """Words of the sentence (``old``) and the words of the claim that stand in their place."""

    old: Sequence[Token]
    new: Sequence[Token]

    @property
    def words(self) -> tuple[list[str], list[str]]:
        """The words of both sides."""
        return [t.word for t in self.old], [t.word for t in self.new]

    def alters_only(self, is_altered: Callable[[str], bool]) -> bool:
        """Tell whether nothing but such words (and words without matter) differs."""
        rest = [
            [t.stem for t in side if not is_altered(t.word) and t.stem not in glue()]
            for side in (self.old, self.new)
        ]
        return all(any(synonymous(a, b) for b in rest[1]) for a in rest[0])


def check_copy(pair: Pair) -> Iterator[Finding]:
    """Yield what the claim changed in the sentence that it copies, if it copies one."""
    edits = _edits(pair)
    moved = {t.word for e in edits for t in e.old} & {t.word for e in edits for t in e.new}
    yield from _reordered_numbers(edits)
    for edit in edits:
        yield from _exchanged_numbers(edit)
        if not moved or all(_has_only_names(e, pair) for e in edits):
            yield from _exchanged_names(edit, pair)
        yield from _opposites(edit)
        yield from _passive(edit)
        yield from _denials(edit)
        yield from _stretched(edit)


def _edits(pair: Pair) -> list[_Edit]:
    """Return the edits against the sentence that the claim copies; none if it copies none."""
    mine = pair.claim.tokens
    said = {t.word for t in mine}
    most, best = _LEAST - 1, list[_Edit]()
    for number in pair.sentences:
        theirs = [t for t in pair.source.tokens if t.sentence == number]
        if len(said & {t.word for t in theirs}) < _SHARE * len(said):
            continue
        matcher = SequenceMatcher(None, [t.word for t in theirs], [t.word for t in mine], False)
        copied = sum(block.size for block in matcher.get_matching_blocks())
        if copied > most and copied >= _SHARE * len(mine):
            most = copied
            changes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
            best = [_Edit(theirs[a:b], mine[c:d]) for _, a, b, c, d in changes]
    return best


def _exchanged_numbers(edit: _Edit) -> Iterator[Finding]:
    """Yield the numbers that stand where the sentence has another one."""
    old, new = ([w for w in side if _NUMBER.fullmatch(w)] for side in edit.words)
    if not old or not new or old == new:
        return
    values = [_value(word) for word in old]
    rounded = ROUNDING if _ABOUT & set(edit.words[1]) else 0.0
    for word in new:
        if all(abs(v - _value(word)) > rounded * abs(v) for v in values) or set(old) == set(new):
            yield contradicted(f"the abstract says “{old[0]}” where the claim says “{word}”")


def _reordered_numbers(edits: Sequence[_Edit]) -> Iterator[Finding]:
    """Yield a number that changed its place while every other word kept its own."""
    old = [w for e in edits for w in e.words[0]]
    new = [w for e in edits for w in e.words[1]]
    moved = [w for w in old if _NUMERIC.fullmatch(w) and w in new]
    touched = [
        w
        for e in edits
        if e.new or set(moved) & set(e.words[0])  # what is only left out matters not
        for side in e.words
        for w in side
    ]
    rest = [w for w in touched if not _NUMERIC.fullmatch(w) and w not in _LINKING]
    if not any(_NUMBER.fullmatch(w) for w in moved) and _is_one_list(edits):
        return  # "7B and 3B" are "3B and 7B"
    if moved and not rest:
        yield contradicted(f"the abstract has “{moved[0]}” in another place")


def _is_one_list(edits: Sequence[_Edit]) -> bool:
    """Tell whether what was edited stands side by side."""
    places = [t.index for edit in edits for t in edit.old]
    return not places or max(places) - min(places) <= len(places) + 1


def _value(word: str) -> float:
    return float(re.sub(r",(?=\d{3})", "", word).replace(",", "."))


def _exchanged_names(edit: _Edit, pair: Pair) -> Iterator[Finding]:
    """Yield a name that stands where the sentence has another one."""
    old = [t for t in edit.old if _is_name(t, pair.source.text)]
    new = [t for t in edit.new if _is_name(t, pair.claim.text)]
    if not old or not new or _is_own_name(edit, new, pair) or _same_name(old, new, pair):
        return
    yield contradicted(f"the abstract says “{old[0].word}” where the claim says “{new[0].word}”")


def _is_own_name(edit: _Edit, new: Sequence[Token], pair: Pair) -> bool:
    """Tell whether the claim opens with the paper's name in place of "our benchmark for olympiads"."""
    titled = {t.stem for t in pair.source.tokens if t.sentence >= pair.body}
    return edit.new[0].index == 0 and all(t.stem in titled for t in new)


def _same_name(old: Sequence[Token], new: Sequence[Token], pair: Pair) -> bool:
    """Tell whether the two sides write one name in two ways, or spell an acronym out."""
    for one, other in ((old, new), (new, old)):
        spelled = {part for t in one for part in pair.claim.acronyms.get(t.word, ())}
        if spelled & {t.stem for t in other}:
            return True
    whole, rest = ("".join(t.stem for t in side) for side in (old, new))
    return whole in rest or rest in whole


def _is_name(token: Token, text: str) -> bool:
    mixed = any(c.isdigit() for c in token.word) and any(c.isalpha() for c in token.word)
    inner = text[token.start + 1 : token.end]
    opens = text[: token.start].rstrip()[-1:] in _OPENERS
    return mixed or any(c.isupper() for c in inner) or (text[token.start].isupper() and not opens)


def _has_only_names(edit: _Edit, pair: Pair) -> bool:
    return all(_is_name(t, pair.source.text) for t in edit.old) and all(
        _is_name(t, pair.claim.text) for t in edit.new
    )


def _opposites(edit: _Edit) -> Iterator[Finding]:
    """Yield a word whose opposite stands there in the sentence."""
    if any(word in _DENIALS for side in edit.words for word in side):
        return
    for old in edit.old:
        for new in edit.new:
            one, other = directions(old.stem, old.word), directions(new.stem, new.word)
            shared = one.keys() & other.keys()
            if shared and all(one[axis] != other[axis] for axis in shared):
                yield contradicted(f"the abstract says “{old.word}”, the claim “{new.word}”")


def _passive(edit: _Edit) -> Iterator[Finding]:
    """Yield when a verb was turned round: "outperforms" became "is outperformed by"."""
    old, new = (set(side) for side in edit.words)
    verbs = {t.stem for t in edit.old} & {t.stem for t in edit.new} - glue()
    turned = any(
        "by" in one - other and FORMS_OF_BE & one for one, other in ((old, new), (new, old))
    )
    pairs = [pair for side in (edit.old, edit.new) for pair in pairwise(side)]
    if turned and any(t.stem in verbs and after.word == "by" for t, after in pairs):
        yield contradicted("the abstract says this the other way round")


def _denials(edit: _Edit) -> Iterator[Finding]:
    """Yield when a "not" or "without" was lost or added, and nothing makes up for it."""
    old, new = edit.words
    differs = sum(w in _DENIALS for w in old) % 2 != sum(w in _DENIALS for w in new) % 2
    if differs and "only" not in (*old, *new) and edit.alters_only(_DENIALS.__contains__):
        denied = next(w for w in (*old, *new) if w in _DENIALS)
        yield contradicted(f"claim and abstract differ in “{denied}”")


def _stretched(edit: _Edit) -> Iterator[Finding]:
    """Yield when "may" was lost, or "some" became "all"."""
    old, new = edit.words
    unsure = [w for w in old if w in _UNSURE and "only" not in old]  # "could only" is no doubt
    if unsure and not _UNSURE & set(new) and edit.alters_only(_UNSURE.__contains__):
        yield doubtful(f"the abstract says only “{unsure[0]}”")
    some = [w for w in old if w in _SOME]
    sweep = [w for w in new if w in sweeping()]
    if some and sweep:
        yield contradicted(f"the abstract says “{some[0]}”, the claim “{sweep[0]}”")
