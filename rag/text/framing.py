"""Put foreign text into a prompt as data: nothing in it can pass for the frame around it."""

import re
import unicodedata

_NUMBERED = re.compile(r"[\[【]\s*([^\]\[】【]{0,40}?)\s*[\]】]")
_HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs"}  # control, format, unassigned, private, surrogate


def as_data(text: str) -> str:
    """Return foreign text on one line, with nothing in it that frames a prompt.

    Line breaks, tags, fences, numbers in square brackets and invisible letters go.
    """
    seen = "".join(c if unicodedata.category(c) not in _HIDDEN else " " * c.isspace() for c in text)
    line = " ".join(seen.split()).replace("<", "‹").replace(">", "›").replace("```", "'''")
    return _NUMBERED.sub(r"(\1)", line)
