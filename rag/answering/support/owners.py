"""Find claims that say of one thing what the abstract says of another.

Abstracts speak of earlier work ("existing methods rely on …") and of several parts ("the
Pose Module …; the Anchor Module …"). Each word of an abstract is owned by what was named
last before it; what a claim says of its subject must not all be owned by something else.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rag.answering.support.findings import Finding, Pair, contradicted
from rag.answering.support.lexicon import stem
from rag.answering.support.meetings import Meeting
from rag.answering.support.names import Name, is_common, names, names_of, parts
from rag.answering.support.nearness import affinity, context_of_word
from rag.answering.support.negation import denial
from rag.answering.support.wording import Token, Wording

OWN, OTHERS = "the paper", "others"
Owner = str  # OWN, OTHERS, or a name in lower case
EARLIER = frozenset(
    "existing prior previous conventional traditional earlier current common".split()
)
WORKS = frozenset(
    stem(w)
    for w in "method approach work model technique system study framework solution algorithm "
    "strategy research practice effort pipeline agent benchmark dataset literature".split()
)
_SELVES = frozenset("we our it its ours".split())
_SUBJECTS = frozenset(stem(w) for w in "method model approach framework system paper".split())
_REMEDIES = frozenset(
    stem(w)
    for w in "address tackle overcome solve mitigate alleviate handle reduce avoid remove eliminate "
    "bridge fill close improve target counter resolve relieve extend challenge limit problem issue "
    "combat eliminates prevents prevent replace break circumvent bypass fix outperform surpass".split()
)
_FRONTS = frozenset("like unlike as by through with".split())
_LEADS = frozenset("the this its their in a an".split())
_CONTRASTS = frozenset("than unlike instead rather while whereas but although though".split())
_LEAST, _STRAY = 1.5, 0.25  # weight that must be owned by others, and share that need not be
_BREAK = re.compile(r";|\(\w{1,3}\)")  # what parts the items of a list of sentences
_PROPOSED = re.compile(r"\b(?:propose|introduce|present|develop|call|called|dubbed|named|termed)\b")
_SOON = 120  # characters after such a word in which the paper's own name may stand
_ALIAS = 5  # words after the paper's own name: "NOVER, No-Verifier Reinforcement Learning"
_ALIKE = 0.7  # of the best fit, that a place must have to count
_LONGEST_NAME = 4  # words of a title's head that may be a name: "Representation Shift"
_CORE = 2  # words after the subject that tell what it does
_BESIDE = 3  # words before a name that may still be said of it: "a robust Pose Module"


@lru_cache(maxsize=512)
def main_names(source: Wording, body: int) -> frozenset[str]:
    """Return the names, in lower case, that the title gives to the paper's own work."""
    start = source.spans[body][0] if body < len(source.spans) else len(source.text)
    head, colon, _ = source.text[start:].partition(":")
    own = {_key(n) for n in names(head)} if colon else set[str]()
    for match in _PROPOSED.finditer(source.text, 0, start):
        text = source.text[match.end() : match.end() + _SOON].partition(". ")[0]
        found = [n for n in names(text) if not is_common(n)]
        own |= {_key(n) for n in found if n is found[0] or text[n.start - 1] == "("}
    words = head.split()
    titled = colon and len(words) <= _LONGEST_NAME and all(w[0].isupper() for w in words)
    whole = " ".join(parts(head)) if titled else ""
    return frozenset(own | {whole} - {""})


def _key(name: Name) -> str:
    return " ".join(name.parts)


def owners(source: Wording, body: int) -> Sequence[Owner]:
    """Return for each token of an abstract what it is said of."""
    tokens = source.tokens
    own = main_names(source, body)
    named = _phrases(source, own)
    first = min((tokens[i].sentence for i, by in named.items() if by == OWN), default=len(tokens))
    begins = min(source.own_from, first)
    result: list[Owner] = []
    current: Owner = OWN
    alike = range(0)  # where another name of the paper's own work may stand
    for token in tokens:
        opens = token.index == 0 or tokens[token.index - 1].sentence != token.sentence
        between = source.text[tokens[token.index - 1].end : token.start] if not opens else ""
        if opens or _BREAK.search(between):
            current = OWN if token.sentence >= begins else OTHERS
        if token.index in named and token.sentence >= begins:
            alias = current == OWN and token.index in alike
            current = current if alias else named[token.index]
            alike = range(token.index, token.index + _ALIAS) if current == OWN else range(0)
        elif token.word in _SELVES:
            current = OWN if token.sentence >= begins else current
        elif _opens_others(tokens, token.index):
            current = OTHERS
        result.append(current)
    return result


def _opens_others(tokens: Sequence[Token], at: int) -> bool:
    if tokens[at].word not in EARLIER:
        return False
    return any(t.stem in WORKS for t in tokens[at + 1 : at + 5])


def _phrases(wording: Wording, own: frozenset[str]) -> dict[int, Owner]:
    """Return the names of a text at the token where each begins; adjacent ones are one."""
    starts = {t.start: t.index for t in wording.tokens}
    found: dict[int, Owner] = {}
    merged: list[list[Name]] = []
    for name in names_of(wording):
        if is_common(name):
            continue
        if merged and wording.text[merged[-1][-1].end : name.start] == " ":
            merged[-1].append(name)
        else:
            merged.append([name])
    for run in merged:
        if run[0].start in starts:
            text = " ".join(_key(n) for n in run)
            if len(run) == 1 and text not in own and not re.search(r"[\d-]", run[0].text):
                continue  # "ViT" of "ViT encoding" does nothing
            mine = text in own or _key(run[0]) in own
            found[starts[run[0].start]] = OWN if mine else text
    return found


def _core_is_theirs(said: Sequence[Meeting], pair: Pair, owned: Sequence[Owner]) -> bool:
    """Tell whether what the claim says first of its subject is only told of earlier work."""
    core = said[:_CORE]
    return len(core) == _CORE and all(
        _owners_of(m, pair, owned, alike=0.0) == {OTHERS} for m in core
    )


def check_owners(pair: Pair, owned: Sequence[Owner]) -> Iterator[Finding]:
    """Yield when what the claim says of its subject is, in the abstract, said of something else."""
    own = main_names(pair.source, pair.body)
    for at, subject in _subjects(pair, own):
        yield from _misattributed(pair, owned, at, subject)


def _misattributed(
    pair: Pair, owned: Sequence[Owner], at: int, subject: Owner
) -> Iterator[Finding]:
    said = _said(pair, at)
    speaks_of_earlier = any(t.word in EARLIER for t in pair.claim.tokens[at:])
    if subject == OWN and (speaks_of_earlier or any(m.token.stem in _REMEDIES for m in said)):
        return
    if subject != OWN and subject not in owned:
        return
    if subject == OWN and _core_is_theirs(said, pair, owned):
        yield contradicted("the abstract says this of earlier work")
        return
    rival = kept = words = 0.0
    shown = ""
    for meeting in said:
        by = _owners_of(meeting, pair, owned)
        if not by:
            continue
        told = by != {OTHERS} if subject == OWN else subject in by
        if told or (subject != OWN and _beside(meeting, subject, pair, owned)):
            kept += meeting.weight
        elif subject == OWN or not by & {OWN, OTHERS}:
            rival += meeting.weight
            words += 1
            shown = shown or min(by)
    if words >= 2 and rival >= _LEAST and kept <= _STRAY * rival:
        yield contradicted(
            "the abstract says this of earlier work"
            if subject == OWN
            else f"the abstract says this of “{shown}”"
        )


def _subjects(pair: Pair, own: frozenset[str]) -> Iterator[tuple[int, Owner]]:
    """Yield whom the claim speaks of: what opens it, or follows its opening phrase."""
    claim = pair.claim
    at, subject = _subject(claim, own, 0)
    if not subject and claim.tokens and claim.tokens[0].word in _FRONTS:
        comma = next((t.index for t in claim.tokens[:10] if t.clause > claim.tokens[0].clause), 0)
        at, subject = _subject(claim, own, comma) if comma else (0, "")
    if subject:
        yield at, subject


def _subject(claim: Wording, own: frozenset[str], first: int) -> tuple[int, Owner]:
    """Return the subject that stands at token ``first`` and the token after it; "" if none."""
    tokens = claim.tokens
    named = _phrases(claim, own)
    for token in tokens[first : first + 4]:
        if token.index in named:
            after = _after_name(claim, token.index)
            if named[token.index] == OWN and after in named:
                continue  # "LongSplat's Pose Module"
            return after, named[token.index]
        for name in own:  # one capital at the head of a sentence is no name yet
            size = len(name.split())
            if " ".join(t.word for t in tokens[token.index : token.index + size]) == name:
                return token.index + size, OWN
        if token.word == "it" or (token.stem in _SUBJECTS and token.index <= first + 2):
            return token.index + 1, OWN
        if token.word not in _LEADS:
            break
    return 0, ""


def _after_name(claim: Wording, at: int) -> int:
    """Return the first token after the name that begins at token ``at``."""
    end = claim.tokens[at].end
    if claim.text[claim.tokens[at].start : end].endswith(("'s", "’s")):
        return at + 1
    for name in names_of(claim):
        if name.start <= end + 1:
            end = max(end, name.end)
    return next((t.index for t in claim.tokens if t.start >= end), len(claim.tokens))


def _said(pair: Pair, at: int) -> list[Meeting]:
    """Return what the claim says after token ``at``, up to a contrast, without names."""
    end = next(
        (t.index for t in pair.claim.tokens[at:] if t.word in _CONTRASTS), len(pair.claim.tokens)
    )
    text = pair.claim.text
    return [
        m
        for m in pair.met
        if at <= m.token.index < end and m.places and not text[m.token.start].isupper()
    ]


def _owners_of(
    meeting: Meeting, pair: Pair, owned: Sequence[Owner], *, alike: float = _ALIKE
) -> set[Owner]:
    """Return whose the best places of a word are, where it is denied as in the claim."""
    denied = denial(pair.claim.tokens, meeting.token.index) == 1
    tokens = pair.source.tokens
    context = context_of_word(pair, meeting.token.index, pair.met)
    fits = {
        i: affinity(context, tokens, i)
        for i in meeting.places
        if tokens[i].sentence < pair.body and (denial(tokens, i) == 1) == denied
    }
    least = alike * max(fits.values(), default=0.0)
    return {owned[i] for i, fit in fits.items() if fit >= least}


def _beside(meeting: Meeting, subject: Owner, pair: Pair, owned: Sequence[Owner]) -> bool:
    """Tell whether a word stands right before the subject, in its sentence."""
    tokens = pair.source.tokens
    return any(
        owned[k] == subject and tokens[k].sentence == tokens[i].sentence
        for i in meeting.places
        for k in range(i + 1, min(i + 1 + _BESIDE, len(tokens)))
    )
