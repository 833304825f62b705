"""Find the acronyms that a text defines, as in "Certainty-Guided Reflection Suppression (CGRS)".

Letters must fit the words, so that what merely stands in brackets is no definition. Who
uses the pairs to expand queries is not decided here. After Schwartz and Hearst, "A simple
algorithm for identifying abbreviation definitions in biomedical text" (PSB 2003), but
stricter: each word of an expansion contributes its first letter or is a small word.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from math import inf

_SMALL_WORDS = frozenset("a an and as at by for from in into of on or the to via with".split())
# Digits that are read aloud as small words: T4D, Image2Text.
_SPOKEN_DIGITS = {"for": "4", "to": "2"}
_ACRONYM = r"[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)?|[a-z][A-Z0-9][A-Za-z0-9]*"
_IN_BRACKETS = re.compile(rf"\((?P<acronym>{_ACRONYM})(?:[,;:][^()]*)?\)")
_BEFORE_BRACKETS = re.compile(rf"(?<![\w-])(?P<acronym>{_ACRONYM}) \((?P<inside>[^()]{{4,120}})\)")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_PART_ENDS = re.compile(r"[-'’]|(?<=[a-z])(?=[A-Z])")  # also VisualAgentBench
_BREAKS = re.compile(r"[.;:!?()\[\]]|,(?! and\b)")
_LETTERS = range(2, 11)
_WINDOW = 160  # characters before a bracket in which its expansion must begin


def find_definitions(text: str) -> dict[str, str]:
    """Return the acronyms defined in ``text`` with their expansions, verbatim.

    The first definition of an acronym counts; a plural s is taken off it ("LLMs" gives
    "LLM"). Both orders are read, "expansion (ACRONYM)" and "ACRONYM (expansion)".

    >>> find_definitions("a process reward model (PRM) scores steps")
    {'PRM': 'process reward model'}
    """
    found: dict[str, str] = {}
    for acronym, expansion in _definitions(text):
        found.setdefault(acronym, expansion)
    return found


def _definitions(text: str) -> Iterator[tuple[str, str]]:
    for match in _IN_BRACKETS.finditer(text):
        for acronym in _forms(match.group("acronym")):
            before = text[max(0, match.start() - _WINDOW) : match.start()]
            if expansion := _expansion_at_end(acronym, before):
                yield acronym, expansion
                break
    for match in _BEFORE_BRACKETS.finditer(text):
        inside = re.split(r"[,;:]", match.group("inside"))[0].strip()
        for acronym in _forms(match.group("acronym")):
            if _misfit(acronym, _WORD.findall(inside)) is not None:
                yield acronym, inside
                break


def _forms(acronym: str) -> tuple[str, ...]:
    """Return the acronym without its plural s and as it stands; none when it is no acronym."""
    forms = (acronym[:-1], acronym) if re.search(r"[A-Z0-9]s$", acronym) else (acronym,)
    return tuple(form for form in forms if _is_acronym(form))


def _is_acronym(form: str) -> bool:
    capitals = sum(sign.isupper() or sign.isdigit() for sign in form)
    return capitals >= 2 and len(form.replace("-", "")) in _LETTERS


def _expansion_at_end(acronym: str, before: str) -> str:
    """Return the run of words at the end of ``before`` that fits best, or "".

    Among several the one that needs the fewest letters from within words, so that "(IIG)"
    takes in "imperfect" before "information games"; then the shortest.
    """
    words = list(_WORD.finditer(before))
    longest = min(2 * len(acronym) + 2, len(words))
    found: list[tuple[int, int]] = []
    for count in range(1, longest + 1):
        start = words[-count].start()
        if _BREAKS.search(before, start):
            break
        misfit = _misfit(acronym, [word.group() for word in words[-count:]])
        if misfit is not None:
            found.append((misfit, count))
    return before[words[-min(found)[1]].start() : words[-1].end()] if found else ""


def _misfit(acronym: str, words: Sequence[str]) -> int | None:
    """Return how many letters must come from within words to spell the acronym, or None.

    Every word gives its first letter, and may give later ones; small words and the later
    parts of hyphenated ones may give none. The first word must give the first letter.
    """
    letters = _spelt_out(acronym)
    parts = [
        (part.lower(), place > 0)
        for word in words
        for place, part in enumerate(_PART_ENDS.split(word))
        if part
    ]
    first = parts[0][0]
    if len(parts) < 2 or first[0] != letters[0] or _SMALL_WORDS & {first, parts[-1][0]}:
        return None

    @cache
    def cheapest(index: int, position: int) -> float:
        if index == len(parts):
            return 0 if position == len(letters) else inf
        part, is_later = parts[index]
        costs = [
            end - position - 1 + cheapest(index + 1, end) for end in _taken(part, letters, position)
        ]
        if index > 0 and (is_later or part in _SMALL_WORDS):
            costs.append(cheapest(index + 1, position))
        return min(costs, default=inf)

    cost = cheapest(0, 0)
    return None if cost == inf else int(cost)


def _spelt_out(acronym: str) -> str:
    """Return the letters in lower case; a final number repeats one: R3 is rrr, but T4D t4d."""
    letters = acronym.replace("-", "").lower()
    if re.fullmatch(r"[a-z][2-5]", letters):
        return letters[0] * int(letters[1])
    return letters


def _taken(part: str, letters: str, position: int) -> Iterator[int]:
    """Yield where the letters go on after ``part`` gave one or more of them."""
    if position == len(letters):
        return
    if _SPOKEN_DIGITS.get(part) == letters[position]:
        yield position + 1
    if part[0] != letters[position]:
        return
    yield position + 1
    inside = 1
    for end in range(position + 1, len(letters)):
        inside = part.find(letters[end], inside) + 1
        if not inside:
            return
        yield end + 1
