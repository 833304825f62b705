"""People and months as reference managers write them."""

import re

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def month_number(text: str) -> int | None:
    """Return 1 to 12 for a month's number or English name in any usual spelling."""
    text = text.strip().strip(".").lower()
    if text.isdecimal():
        return int(text) if len(text) < 3 and 1 <= int(text) <= 12 else None
    return _MONTHS.index(text[:3]) + 1 if text[:3] in _MONTHS else None


def first_last(name: str) -> str:
    """Return "First Last" of "Last, First" and "First Last, Jr" of "Last, Jr, First".

    >>> first_last("van der Berg, Jan")
    'Jan van der Berg'
    """
    parts = [part.strip() for part in name.split(",")]
    if len(parts) == 2 and all(parts):
        return f"{parts[1]} {parts[0]}"
    if len(parts) == 3 and all(parts):
        return f"{parts[2]} {parts[0]}, {parts[1]}"
    return name.strip().strip(",").strip()


def split_outside_braces(text: str, separator: str) -> list[str]:
    """Return the parts of a BibTeX value between matches of ``separator`` outside braces."""
    parts: list[str] = []
    depth = start = 0
    for found in re.finditer(rf"\\.|[{{}}]|{separator}", text, re.IGNORECASE | re.DOTALL):
        mark = found[0]
        if mark == "{":
            depth += 1
        elif mark == "}":
            depth = max(0, depth - 1)
        elif depth == 0 and not mark.startswith("\\"):
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]
