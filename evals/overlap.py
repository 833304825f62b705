"""How many of a question's content words the paper uses too: what makes a paraphrase one."""

from collections.abc import Iterable

from rag.text.terms import terms, words

# Words that carry no content in a question; the retriever's own list is shorter on purpose.
_FUNCTION_WORDS = frozenset(
    """
    about above across after again against all almost alone along already although always am among
    another any anybody anyone anything around away back because before below beside between beyond
    both but cannot could did does doing done down during each either else enough even ever every
    everything except far few from further gets getting give given go goes going got had hardly
    having her here hers him his however i'm i've i'd it's itself just keep least less let like
    likely little made make makes many may maybe me might mine more most much must my near need
    neither never no nobody none nor not nothing now off often once one only onto or other others
    ought ours out over own per perhaps please quite rather really s same say says see seem seems
    several shall she should since so some somebody someone something still t tell than that's
    themselves there's thing things those though through thus till to together too toward towards
    truly under unless until up upon us very via was wasn't what's when whenever wherever whether
    whichever whoever within without would yet your yours don't doesn't didn't isn't aren't can't
    won't wouldn't couldn't shouldn't hasn't haven't
    """.split()
)


def content_terms(text: str) -> set[str]:
    """Return the distinct stems of the content words of ``text``."""
    kept = (word for word in words(text) if word not in _FUNCTION_WORDS and len(word) > 1)
    return set(terms(" ".join(kept)))


def overlap(question: str, texts: Iterable[str]) -> float:
    """Return the share in [0, 1] of the question's content words that the texts use."""
    asked = content_terms(question)
    used = set().union(*(set(terms(text)) for text in texts))
    return len(asked & used) / len(asked) if asked else 0.0
