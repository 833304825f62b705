"""Tell whether a question is about something that no paper of the corpus has a word for.

A name, or in a question of few words its subject. A long question in other words than the
papers' says little by the words they lack; nor do everyday words and misspelt ones, nor
the names in a statement, which come from a paper elsewhere and are often written otherwise.
"""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches

from rag.answering.answer_type import names
from rag.answering.support.lexicon import is_plain, stem
from rag.retrieval.naming import names as written_names
from rag.retrieval.requests import without_request
from rag.text.terms import FORMS_OF_BE, terms, words

Known = Callable[[str], bool]

_ASKS = re.compile(
    r"\?|^\s*(?:how|what|which|who|whose|whom|when|where|why|is|are|was|were|do|does|did|can|could|"
    r"has|have|will|would|should|explain|describe|tell|give|show|compare|list|find|define|name)\b",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"\.\s*$|\b(?:is|are|was|were|has|have|does|do|can|cannot|may|not|causes?|(?:in|de)creases|"
    r"prevents|induces|requires|leads)\b",
    re.IGNORECASE,
)
_CONCISE = 8  # terms up to which each of them matters
# How verbs, adverbs and some adjectives end: what is done, and how, is told in many words.
_NO_NOUN = ("ed", "ing", "ly", "able", "ible", "ful", "less")
_DEGREES = re.compile(r"(?:i?er|i?est)$")
_ALIKE = 0.8  # of difflib's ratio: "traind", "defence"
_STEM, _ENDING = 5, 2  # letters that relatives share at least, and in which they may differ


def all_known(_term: str) -> bool:
    """Return True: for a corpus that cannot be asked."""
    return True


def names_the_unheard(question: str, found: frozenset[str], known: Known) -> bool:
    """Return whether ``question`` has a name or subject that no paper has.

    ``found`` are the terms of the papers found, ``known`` tells whether any other has one.
    """
    if _STATES.search(question) and not _ASKS.search(question):
        return False
    called = [*written_names(question), *(t for name in names(question) for t in terms(name))]
    subjects = (
        term
        for term in _subjects(question)
        if term not in found and not known(term) and not _has_relative(term, found)
    )
    return any(term not in found and not known(term) for term in called) or any(subjects)


def _subjects(question: str) -> list[str]:
    """Return the terms of a concise question that are no everyday words."""
    found = words(without_request(question))
    asked = [
        (term, word)
        for before, word in zip(["", *found], found, strict=False)
        for term in terms(word)
        if not (before in FORMS_OF_BE or word.endswith(_NO_NOUN))
    ]
    if len(set(terms(without_request(question)))) > _CONCISE:
        return []
    return [t for t, word in asked if not (_is_everyday(t, word) or t.isdigit())]


def _is_everyday(term: str, word: str) -> bool:
    """Return whether a word, or what it is a degree of ("cheaper", "safest"), is everyday wording."""
    base = _DEGREES.sub("", word)
    degrees = () if base == word else (base, base + "e", base + "y", base[:-1])
    return any(map(is_plain, (term, stem(word), *degrees)))


def _has_relative(term: str, found: Iterable[str]) -> bool:
    """Return whether one of the terms is a form or a spelling of ``term``."""
    found = list(found)
    beginning = term[: max(_STEM, len(term) - _ENDING)]
    if any(other.startswith(beginning) for other in found):
        return True
    return bool(get_close_matches(term, found, n=1, cutoff=_ALIKE))
