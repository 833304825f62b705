"""Read what a number is measured in: time, memory, length. "90 seconds" are "1.5 minutes"."""

import re

_SECONDS = {
    "ms": 1e-3, "millisecond": 1e-3, "second": 1.0, "sec": 1.0, "minute": 60.0, "min": 60.0,
    "hour": 3600.0, "hr": 3600.0, "day": 86_400.0, "week": 604_800.0, "month": 2_629_800.0,
    "year": 31_557_600.0,
}  # fmt: skip
_BYTES = {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}
_BYTES |= {"kilobyte": 1e3, "megabyte": 1e6, "gigabyte": 1e9, "terabyte": 1e12}
_METRES = {"mm": 1e-3, "cm": 1e-2, "meter": 1.0, "metre": 1.0, "km": 1e3, "kilometer": 1e3}
_MEASURES = (("second", _SECONDS), ("byte", _BYTES), ("metre", _METRES))
_SCALES = {word: (name, size) for name, sizes in _MEASURES for word, size in sizes.items()}
_MEASURE = re.compile(
    rf"[\s~-]{{0,2}}(?P<word>{'|'.join(sorted(_SCALES, key=len, reverse=True))})s?\b(?!-of)",
    re.IGNORECASE,
)
_RATE = re.compile(
    r"\s(?:[a-z]+\s)?[a-z]+(?:\s?/\s?|\sper\s)(?P<word>s|sec|second|min|minute|hour|day)\b",
    re.IGNORECASE,
)
_REACH = 16  # characters after a number in which its measure stands


def measured_in(text: str, end: int) -> tuple[str, float]:
    """Return the measure of the number that ends at ``end``, and its size; ("", 1) if none."""
    found = _MEASURE.match(text, end, end + _REACH)
    if found:
        return _SCALES[found["word"].lower()]
    rate = _RATE.match(text, end, end + 2 * _REACH)
    if rate:  # "2,146 tokens/s"
        word = rate["word"].lower()
        return "a second", 1 / (1.0 if word == "s" else _SCALES[word][1])
    return "", 1.0
