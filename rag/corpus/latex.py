"""LaTeX to readable text: accents, commands, escapes. Mathematics in ``$…$`` stays as it is.

Two kinds of text come in. A *source* field (BibTeX) is LaTeX through and through: braces
group, ``~`` is a space. A *mixed* text (an abstract somewhere on the way from LaTeX to
plain text) only has commands left over, so that everything else in it is literal.
One pass, linear in the length; what is not understood is left as it stands.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from rag.corpus.latex_symbols import (
    ACCENTS,
    DECLARATIONS,
    DROPPED,
    ESCAPED,
    LETTERS,
    SYMBOLS,
    WRAPPERS,
)

_DEEPEST = 24
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?")
_MATH = re.compile(
    r"\$\$[^$]{1,2000}\$\$|\$(?![\s$])(?=[^$]{0,200}\\[A-Za-z])[^$]{1,400}(?<!\\)\$|"
    r"\$(?![\s$])(?:\\\$|[^$]){0,400}?(?<![\s\\])\$(?!\d)"
)
_MIXED = re.compile(r"[\\$]|\{(?=\\)")
_SOURCE = re.compile(r"[\\${}~]|---?|``|''")
_PLAIN = {"{": "", "}": "", "~": " ", "---": "—", "--": "–", "``": "“", "''": "”"}
_ACUTE = "aceilnorsuyzıȷ"
_UMLAUT = "aeiouyıwxh"
_OPENERS = ("", *" \n\t([{~\"'-–—/+")
_OPTION = re.compile(r"\[[^\[\]]{0,200}\]")


def latex_to_text(text: str, *, source: bool = False) -> str:
    r"""Return ``text`` with its LaTeX made readable; ``source`` for a field of a BibTeX file.

    >>> latex_to_text(r'na\"{\i}ve, 8.2\% of $x^2$')
    'naïve, 8.2% of $x^2$'
    """
    if "\\" not in text and not (source and _SOURCE.search(text)):
        return text
    converter = _Converter(text, _braces(text), _SOURCE if source else _MIXED)
    return unicodedata.normalize("NFC", converter.render(0, len(text)))


def math_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where ``$…$`` stands that is mathematics and no price, in order."""
    yield from (found.span() for found in _MATH.finditer(text))


def _braces(text: str) -> dict[int, int]:
    """Return the position of the closing brace for each opening one that has one."""
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for found in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        if found[0] == "{":
            stack.append(found.start())
        elif found[0] == "}" and stack:
            pairs[stack.pop()] = found.start()
    return pairs


@dataclass(frozen=True, slots=True)
class _Converter:
    text: str
    braces: dict[int, int]
    special: re.Pattern[str]

    def render(self, start: int, end: int, depth: int = 0) -> str:
        """Return the readable form of ``text[start:end]``."""
        if depth > _DEEPEST:
            return self.text[start:end]
        out: list[str] = []
        while found := self.special.search(self.text, start, end):
            out.append(self.text[start : found.start()])
            piece, start = self._special(found, end, depth)
            out.append(piece)
        out.append(self.text[start:end])
        return "".join(out)

    def _special(self, found: re.Match[str], end: int, depth: int) -> tuple[str, int]:
        at, mark = found.start(), found[0]
        if mark == "$":
            math = _MATH.match(self.text, at, end)
            return (math[0], math.end()) if math else ("$", at + 1)
        if mark == "{" and self.special is _MIXED:
            close = self.braces.get(at, end)
            if close >= end:
                return "{", at + 1
            return self.render(at + 1, close, depth + 1), close + 1
        if mark != "\\":
            return _PLAIN[mark], found.end()
        command = _COMMAND.match(self.text, at, end)
        if command:
            return self._command(command, end, depth)
        return self._escape(at, end, depth)

    def _escape(self, at: int, end: int, depth: int) -> tuple[str, int]:
        """Return what the backslash at ``at`` and the sign after it stand for."""
        sign = self.text[at + 1 : min(at + 2, end)]
        if sign in ("(", "["):
            closing = {"(": "\\)", "[": "\\]"}[sign]
            close = self.text.find(closing, at, min(end, at + 2000))
            if close > 0:
                return f"${self.text[at + 2 : close].strip()}$", close + 2
        if sign and sign in ACCENTS:
            return self._accent(sign, at + 2, end, depth) or (sign, at + 2)
        if sign in ESCAPED:
            return ESCAPED[sign], at + 2
        return "\\", at + 1

    def _accent(self, sign: str, at: int, end: int, depth: int) -> tuple[str, int] | None:
        """Return the accented letter at ``at``, or None where no letter follows."""
        if self.text[at : at + 1] == "{" and self.braces.get(at, end) < min(end, at + 20):
            letters, after = self.render(at + 1, self.braces[at], depth + 1), self.braces[at] + 1
        elif command := re.compile(r"\\([ij])(?![A-Za-z])\s?").match(self.text, at, end):
            letters, after = command[1], command.end()
        else:
            letters, after = self.text[at : min(at + 1, end)], at + 1
        if not letters[:1].isalpha() or self._is_quote(sign, letters[0], at, end):
            return None
        base = {"ı": "i", "ȷ": "j"}.get(letters[0], letters[0])
        return base + ACCENTS[sign] + letters[1:], after

    def _is_quote(self, sign: str, letter: str, at: int, end: int) -> bool:
        r"""Tell whether ``\'`` or ``\"`` is a needlessly escaped quotation mark."""
        if sign not in "'\"" or self.special is _SOURCE:
            return False
        if self.text[at : at + 1] in "{\\":
            return False
        follows = self.text[at + 1 : min(at + 2, end)]
        if sign == "'":
            return letter.lower() not in _ACUTE or (letter == "s" and not follows.isalpha())
        before = self.text[at - 3 : at - 2] if at > 2 else ""
        closing = re.compile(r'\\"(?![A-Za-z{])').search(self.text, at, min(at + 200, end))
        return letter.lower() not in _UMLAUT or (not before.isalpha() and closing is not None)

    def _command(self, command: re.Match[str], end: int, depth: int) -> tuple[str, int]:
        name, after = command[1], command.end()
        if name in ACCENTS:
            spaced = self.special is _SOURCE and self.text[after : min(after + 1, end)] == " "
            accented = self._accent(name, after + spaced, end, depth)
            if accented and (spaced or self.text[after] == "{"):
                return accented
        if name in DECLARATIONS:
            return "", after + (self.text[after : min(after + 1, end)] == " ")
        if name in LETTERS:
            return LETTERS[name], self._past_nothing(after, end, swallow=True)
        if name in SYMBOLS:
            symbol = SYMBOLS[name]
            doubled = symbol[-1:] == "." and self.text[after : min(after + 1, end)] == "."
            return symbol[: -1 if doubled else None], self._past_nothing(
                after, end, swallow=name.startswith("text")
            )
        return self._with_arguments(name, command, end, depth)

    def _with_arguments(
        self, name: str, command: re.Match[str], end: int, depth: int
    ) -> tuple[str, int]:
        after = command.end()
        option = _OPTION.match(self.text, after, end)
        arguments, stop = self._arguments(option.end() if option else after, end)
        if name in DROPPED:
            return "", arguments[0][1] + 1 if arguments else after
        if arguments:
            shown = [self.render(*span, depth + 1) for span in arguments]
            return _shown(name, shown), stop
        before = self.text[max(command.start() - 1, 0) : command.start()]
        if self.special is _MIXED and name not in WRAPPERS and before not in _OPENERS:
            return self.text[command.start() : after], after  # a path, not a command
        return name if name not in WRAPPERS else "", after

    def _arguments(self, at: int, end: int) -> tuple[list[tuple[int, int]], int]:
        spans: list[tuple[int, int]] = []
        while self.text[at : at + 1] == "{" and self.braces.get(at, end) < end and len(spans) < 3:
            spans.append((at + 1, self.braces[at]))
            at = self.braces[at] + 1
        return spans, at

    def _past_nothing(self, at: int, end: int, *, swallow: bool = False) -> int:
        if self.text.startswith("{}", at):
            return min(at + 2, end)
        return at + (swallow and self.text[at : min(at + 1, end)] == " ")


def _shown(name: str, arguments: list[str]) -> str:
    if name == "href" and len(arguments) > 1:
        address, label = arguments[:2]
        return address if label == address else f"{label} ({address})"
    if name == "footnote":
        return f" ({arguments[0]})"
    if name in ("textsuperscript", "sp"):
        return raised(arguments[0])
    if name in ("frac", "dfrac", "tfrac", "nicefrac") and len(arguments) > 1:
        return f"{arguments[0]}/{arguments[1]}"
    if name == "textcolor" and len(arguments) > 1:
        return "".join(arguments[1:])
    return "".join(arguments)


def raised(text: str) -> str:
    """Return raised text so that 10 to the fifth does not turn into 105.

    >>> raised("5"), raised("th")
    ('^5', 'th')
    """
    return f"^{text}" if re.fullmatch(r"[+−–-]?[\d.]+|[a-z]|[+−–-]", text.strip()) else text
