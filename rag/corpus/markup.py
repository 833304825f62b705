"""Clean texts: HTML, JATS and MathML tags, entities, LaTeX, hard-wrapped lines.

Only tags that are known to be markup go: ``<think>`` in a title is a word. Which of these
steps a text needs is the reader's decision; what changed is kept by ``rag.corpus.drafts``.
"""

import html
import re

from rag.corpus.latex import latex_to_text, raised

_ATTRIBUTES = (
    r"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]{0,2000}"|'[^'<>]{0,2000}'|[^\s>"'<]{1,2000})){0,20}"""
)
_INLINE = (
    "a|abbr|b|bold|cite|code|del|dfn|em|fixed-case|font|i|img|inline-formula|ins|italic|kbd|"
    "mark|monospace|named-content|q|s|samp|sc|scp|small|span|strike|strong|styled-content|tex-math|"
    "tt|u|underline|var|xref|ext-link|uri|sans-serif|roman|inf|"
    "mml:[a-z]+|math|mi|mn|mo|mrow|msub|msup|msubsup|mfrac|mtext|mover|munder|mspace|mstyle|semantics"
)
_BLOCK = "abstract|article-title|blockquote|br|dd|disp-formula|div|dl|dt|h[1-6]|hr|li|list|list-item|ol|p|pre|sec|table|td|tr|ul"
_TAG = re.compile(
    rf"<(?P<close>/?)(?:jats:)?(?P<name>{_INLINE}|{_BLOCK}|sub|sup|title){_ATTRIBUTES}\s*/?>",
    re.IGNORECASE,
)
_RAISED = re.compile(r"<(?:jats:)?sup>([^<>]{0,200})</(?:jats:)?sup>", re.IGNORECASE)
_HEADING = re.compile(
    r"<(?:jats:)?title>([^<>]{0,300})</(?:jats:)?title>(?:\s*<(?:jats:)?p>)?", re.IGNORECASE
)
_HIDDEN = re.compile(
    r"<(mml:annotation|annotation|mml:annotation-xml|script|style)\b[^<>]{0,500}>[^<]{0,20000}</\1\s*>"
    r"|<!--(?:[^<]|<(?!!--)){0,20000}?-->",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK_NAME = re.compile(rf"(?:{_BLOCK}|title)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_AFTER_OPENING = re.compile(r"\(\n\s*")
_BEFORE_CLOSING = re.compile(r"(?<=\S)\n\s*\)")
_SPACE = re.compile(r"\s+")


def clean_text(text: str, *, latex_source: bool = False) -> str:
    """Return ``text`` without markup: tags, entities and LaTeX commands made readable.

    White space is left alone unless a tag stood there. ``latex_source`` is for BibTeX.
    """
    return latex_to_text(html_to_text(text), source=latex_source)


def html_to_text(text: str) -> str:
    """Return ``text`` with known tags removed and entities replaced, twice-escaped ones too.

    >>> html_to_text("CO<sub>2</sub> &amp;amp; 10<sup>5</sup>")
    'CO2 & 10^5'
    """
    for _ in range(2):
        if "<" in text:
            text = _without_tags(text)
        if "&" not in text:
            return text
        text = _ENTITY.sub(_character, text)
    return _without_tags(text) if "<" in text else text


def unwrap(text: str) -> str:
    r"""Return the text with one line a paragraph, paragraphs set apart by a blank line.

    >>> unwrap("hard\nwrapped\n\n  next ")
    'hard wrapped\n\nnext'
    """
    paragraphs = (one_line(p) for p in _PARAGRAPH.split(text))
    return "\n\n".join(p for p in paragraphs if p)


def one_line(text: str) -> str:
    """Return the text with every run of white space as one space."""
    return _SPACE.sub(" ", text).strip()


def _without_tags(text: str) -> str:
    text = _HIDDEN.sub(" ", text)
    text = _RAISED.sub(lambda m: raised(m[1]), text)
    text = _HEADING.sub(_heading, text)
    bare = _TAG.sub(lambda m: "\n\n" if _BLOCK_NAME.fullmatch(m["name"]) else "", text)
    if bare == text:
        return text
    return _PARAGRAPH.sub("\n\n", _AFTER_OPENING.sub("(", _BEFORE_CLOSING.sub(")", bare)))


def _heading(found: re.Match[str]) -> str:
    heading = one_line(found[1]).rstrip(":.")
    plain = heading.casefold() in ("abstract", "summary", "")
    return "\n\n" if plain else f"\n\n{heading}: "


def _character(entity: re.Match[str]) -> str:
    character = html.unescape(entity[0])
    return " " if character == "\xa0" else character
