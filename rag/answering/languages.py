"""Tell a question in another language than the abstracts, to say so when it finds nothing.

By the share of function words, or by the script. Whether the answer abstains is decided
elsewhere; a language only explains it.
"""

import re
import unicodedata
from collections.abc import Iterable

from rag.text.terms import words

_FUNCTION_WORDS = {
    "English": "the of and to in a an as at or we our is are was what which how why who does do with for on by that "
    "this from it can be when where",
    "German": "der die das und ist sind wie was welche welcher welches wird werden warum wer mit "
    "von für auf ein eine einen einer den dem des nicht zu im bei oder gibt es hat über man aus durch nach kann "
    "können wieviel viele dass sich ich wann wo",
    "French": "le la les des et est sont comment quel quelle quels quelles pourquoi qui que avec "
    "pour dans sur une un du de au aux ce cette il par plus combien où quand ont "
    "peut",
    "Spanish": "el la los las de es son cómo como qué cuál cuáles por quién con para en un una "
    "del al se que más sobre cuánto cuántos "
    "cuándo dónde hay",
    "Italian": "il lo la gli le di è sono come che quale quali perché chi con per in un una del "
    "della dei delle nel al più quanto quanti dagli "
    "dai dalla si quando dove",
    "Portuguese": "os de é são como que qual quais por quem com para em um uma do da dos "
    "das no na mais sobre quanto quantos",
    "Dutch": "de het een en is zijn hoe wat welke waarom wie met van voor op in niet te bij of er "
    "wordt worden dat die hoeveel",
}
_LISTS = {language: frozenset(some.split()) for language, some in _FUNCTION_WORDS.items()}
_SCRIPTS = {
    "HIRAGANA": "Japanese", "KATAKANA": "Japanese", "CJK": "Chinese", "HANGUL": "Korean",
    "CYRILLIC": "Russian", "ARABIC": "Arabic", "HEBREW": "Hebrew", "GREEK": "Greek",
    "DEVANAGARI": "Hindi", "THAI": "Thai",
}  # fmt: skip
_ENOUGH = 0.25  # share of function words; telegrams and lists of terms stay below it
_ENOUGH_OF_LONG, _LONG = 0.15, 30  # the same for texts of at least so many words
_FEWEST = 2  # function words: one alone may be a name or a word of another language
_ALIEN = 0.5  # share of letters from another script


def language_of(text: str) -> str | None:
    """Return the language that ``text`` is plainly in, in English; None when it is not plain.

    >>> language_of("Wie lernen Roboter aus Fehlern und was ist daran neu?")
    'German'
    >>> language_of("robot learning benchmark")
    """
    return _by_script(text) or _by_words(text)


def other_language(question: str, abstracts: Iterable[str]) -> tuple[str, str] | None:
    """Return the languages of the question and of the abstracts where they plainly differ."""
    asked, read = language_of(question), language_of(" ".join(abstracts))
    return (asked, read) if asked and read and asked != read else None


def _by_words(text: str) -> str | None:
    found = words(re.sub(r"[’']", " ", text))
    shares = {name: sum(word in known for word in found) for name, known in _LISTS.items()}
    best = max(shares, key=lambda name: shares[name])
    most = shares[best]
    rivals = [name for name, share in shares.items() if share == most]
    enough = _ENOUGH_OF_LONG if len(found) >= _LONG else _ENOUGH
    plain = len(rivals) == 1 and most >= max(_FEWEST, enough * len(found))
    return best if plain else None


def _by_script(text: str) -> str | None:
    letters = [char for char in text if char.isalpha()]
    found = [
        language
        for char in letters
        if (language := _SCRIPTS.get(unicodedata.name(char, "").split(" ")[0].split("-")[0]))
    ]
    if not letters or len(found) < _ALIEN * len(letters):
        return None
    return "Japanese" if "Japanese" in found else max(set(found), key=found.count)
