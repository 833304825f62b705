"""The one boundary that foreign text crosses on its way out: terminal, HTML, Markdown, CSV.

Titles, abstracts, file names and model answers are data. What could act on a terminal, a
page or a spreadsheet is taken out or made visible here; everything else stays as it was.
Reporting text that gives orders to a model is done in ``instructions.py``.
"""

import html
import re

from rag.text.instructions import find_instructions

__all__ = [
    "find_instructions",
    "for_csv",
    "for_file",
    "for_html",
    "for_markdown",
    "for_terminal",
    "strip_links",
]

_MOST = 4_000  # characters a terminal sequence may span; longer ones lose only their start
# CSI; OSC, DCS, SOS, PM and APC up to their end; other escapes of two or three characters.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]"
    rf"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n\x9d\x90\x98\x9e\x9f]{{0,{_MOST}}}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]{1,3}[0-~]|\x1b[0-Z\\^_`a-~]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Soft hyphen, bidi controls, zero-width and filler characters, annotations, tags and
# variation selectors of the upper planes: all of them hide text or reorder it.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
# Joiners shape Persian, Indic scripts and emoji; between ASCII they only hide things.
_STRAY_JOINER = re.compile("(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])")
_SURROGATE = re.compile("[\ud800-\udfff]")

_IMAGE = re.compile(r"!\[[^\[\]]{0,500}\](?:\([^()]{0,2000}\)|\[[^\[\]]{0,200}\])?")
_TARGET = r"\((?:[^()\n]|\([^()\n]{0,300}\)){0,2000}\)"
_LINK = re.compile(rf"\[([^\[\]]{{0,500}})\]{_TARGET}")
_REFERENCE_LINK = re.compile(r"\[([^\[\]\d][^\[\]]{0,500})\]\[[^\[\]\d][^\[\]]{0,200}\]")
_DEFINITION = re.compile(r"^[ \t]{0,3}\[[^\[\]]{1,200}\]:[ \t]+\S+.*$", re.MULTILINE)
_TAG = re.compile(
    r"</?(?:a|abbr|audio|base|body|button|canvas|details|div|embed|font|form|frame|frameset|h[1-6]|head"
    r"|html|iframe|img|image|input|link|marquee|meta|object|script|source|span|style|summary|svg|table"
    r"|template|textarea|title|video)(?:[\s/][^<>]{0,2000})?>|</?[bisup]>|<!--.{0,2000}?-->",
    re.IGNORECASE | re.DOTALL,
)
_ADDRESS = re.compile(
    r"<?\b(?:[a-z][a-z0-9+.-]{1,20}:(?=//)|javascript:|vbscript:|data:(?=\w+/)|mailto:(?=\S+@))[^\s<>]{1,2000}>?"
    r"|\bwww\.[^\s<>]{1,2000}",
    re.IGNORECASE,
)
_REMOVED = "(link removed)"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#|~!@&])")
_LEADING = re.compile(r"^(\s*)([-+=>]|\d{1,9}[.)])", re.MULTILINE)
_NUMBER = re.compile(r"[-+]?\d[\d.,]*(?:e[-+]?\d+)?%?", re.IGNORECASE)


def for_terminal(text: str) -> str:
    """Return ``text`` without terminal sequences and hidden characters.

    Of the control characters only newline and tab remain; others are shown as their
    pictures (``␇``), C1 controls as ``�``. Lone surrogates become ``�``.
    """
    text = _SEQUENCE.sub("", text.replace("\r\n", "\n"))
    text = _CONTROL.sub(_picture, text)
    text = _INVISIBLE.sub("", text)
    text = _STRAY_JOINER.sub("", text)
    text = re.sub("[\u2028\u2029]", " ", text)
    return _SURROGATE.sub("\ufffd", text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 0x7F:
        return "\u2421"
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"


def for_file(document: str) -> str:
    """Return a whole document without control and hidden characters but newline and tab.

    Each goes on its own: what stands between two of them, perhaps a closing tag or brace
    of the document, stays. For text that is put together already; escape the parts before.
    """
    document = _INVISIBLE.sub("", _CONTROL.sub("", document))
    return _SURROGATE.sub("\ufffd", _STRAY_JOINER.sub("", document))


def for_html(text: str) -> str:
    """Return ``text`` as HTML that shows it, safe inside elements and quoted attributes."""
    return html.escape(for_terminal(text), quote=True)


def for_markdown(text: str) -> str:
    """Return ``text`` as one paragraph of Markdown that shows it: no links, images or HTML."""
    shown = " ".join(line.strip() for line in for_terminal(text).split("\n") if line.strip())
    shown = _MARKDOWN.sub(r"\\\1", shown).replace("<", "&lt;").replace(">", "&gt;")
    shown = re.sub(r"(?i)\b(www)\.", r"\1\\.", shown.replace("://", "\\://"))
    return _LEADING.sub(lambda m: f"{m[1]}{m[2][:-1]}\\{m[2][-1]}", shown)


def for_csv(text: str) -> str:
    """Return ``text`` as a cell that no spreadsheet takes for a formula; numbers stay numbers.

    Quoting of commas and newlines is left to the csv module.
    """
    shown = for_terminal(text)
    first = shown.lstrip()[:1]
    if (first and first in "=+-@|%＝＋－＠") or shown[:1] in ("\t", "\n"):
        return shown if _NUMBER.fullmatch(shown) else f"'{shown}"
    return shown


def strip_links(text: str) -> str:
    """Return a model's answer with links reduced to their words, and no images or addresses.

    Nothing that a Markdown or HTML renderer would fetch or make clickable remains.
    Citation marks such as ``[1][2]`` stay.
    """
    text = for_terminal(text)
    for _ in range(8):
        before = text
        text = _DEFINITION.sub("", _TAG.sub("", _IMAGE.sub("", text)))
        text = _REFERENCE_LINK.sub(r"\1", _LINK.sub(_words_of_link, text))
        if text == before:
            break
    text = _ADDRESS.sub(_REMOVED, text)
    return text.replace("![", "! [").replace("](", "] (").replace("://", ": //")


def _words_of_link(match: re.Match[str]) -> str:
    words = match[1]
    return f"[{words}]" if words.strip().isdigit() else words
