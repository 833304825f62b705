"""Find the words of a claim that go further than its abstract: always, every, only, proves."""

from collections.abc import Iterator, Sequence

from rag.answering.support.findings import Finding, Pair, doubtful
from rag.answering.support.lexicon import sweeping
from rag.answering.support.wording import Token

_IDLE_BEFORE = frozenset({"above", "after", "at"})
_IDLE_AFTER = frozenset({"longer", "more", "further", "less", "fewer", "later"})
_ALMOST = frozenset({"almost", "nearly", "virtually", "not"})
_DENIERS = frozenset("not without hardly barely scarcely rarely".split())
_DETERMINERS = frozenset({"all", "every", "any", "no", "always"})


def check_sweeping(pair: Pair) -> Iterator[Finding]:
    """Yield the sweeping words of the claim that the evidence does not bear out."""
    known = {t.stem for t in pair.source.tokens if t.sentence in pair.sentences}
    for token in pair.claim.tokens:
        licences = sweeping().get(token.word)
        if licences is None or _is_harmless(pair, token):
            continue
        nearby = _around(pair, token.index) if token.word in _DETERMINERS else known
        if licences.isdisjoint(nearby):
            yield doubtful(f"“{token.word}” goes beyond this abstract")


def _is_harmless(pair: Pair, token: Token) -> bool:
    """Tell whether the word sweeps nothing here: "above all", "no longer", "proves useful"."""
    tokens = pair.claim.tokens
    before = tokens[token.index - 1].word if token.index else ""
    after = tokens[token.index + 1].word if token.index + 1 < len(tokens) else ""
    if (before in _IDLE_BEFORE and token.word == "all") or (
        token.word in ("no", "any") and after in _IDLE_AFTER
    ):
        return True
    earlier = {t.word for t in tokens[max(0, token.index - 3) : token.index]}
    if token.word in ("no", "always") and earlier & _ALMOST:
        return True
    if token.word == "all" and before == "of":
        return True  # "most of all"
    if token.word == "any" and earlier & _DENIERS:
        return True  # "without any", "hardly costs any"
    return after[:1].isdigit() or (token.stem == "prove" and after != "that")


def _around(pair: Pair, at: int) -> set[str]:
    """Return the stems that stand near the abstract's word for what a determiner governs."""
    governed = [m for m in pair.met if at < m.token.index <= at + 4][:2]
    tokens = pair.source.tokens
    hedged = _is_hedged(pair.claim.tokens, at)
    return {
        t.stem
        for meeting in governed
        for i in meeting.places
        for t in tokens[max(0, i - 5) : i + 3]
        if t.sentence == tokens[i].sentence and (hedged or not _is_hedged(tokens, t.index))
    }


def _is_hedged(tokens: Sequence[Token], at: int) -> bool:
    return at > 0 and tokens[at - 1].word in _ALMOST
