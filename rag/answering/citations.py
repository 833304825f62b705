"""Cut a model's answer into claims with their citation marks, whole or while it streams.

Thoughts (``<think>``), code, headings and reference lists are no claims; list items and
sentences are. However the text is cut into pieces, the claims are the same: every
decision waits until nothing that may still come can change it. Whether a claim is true
is left to ``support.py``.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from rag.answering.marks import MARK, judge, levelled, without_marks
from rag.text.sentences import sentence_spans

_LONGEST_ANSWER = 200_000  # characters; what follows is not read
_LONGEST_CLAIM = 4_000  # characters after which a sentence without end is cut
_WINDOWS = (90, 300, 1_200, _LONGEST_CLAIM)  # looked at in turn for the end of a sentence
_LOOK_AHEAD = 280  # characters that settle whether brackets after a full stop are a mark
_HEAD = 24  # characters of a line that settle what kind of line it is
_COMPACT = 65_536  # characters read of the buffer before it is copied

_TAG = re.compile(r"<(/?)think(?:ing)?>", re.IGNORECASE)
_TAG_BEGUN = re.compile(r"</?(?:t(?:h(?:i(?:n(?:k(?:i(?:n(?:g)?)?)?)?)?)?)?)?", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-*+•‣–]\s+|\(?\d{1,3}[.)]\s+|\(?[a-z]\)\s+){1,2}")
_QUOTED = re.compile(r"(?:>\s?)+")
_FENCE = re.compile(r"`{3}|~{3}")
_RULE = re.compile(r"[-*_=|:+\s]*")
_REFERENCES = re.compile(
    r"[\W_]*(?:references|sources|citations|bibliography)[\W_]*", re.IGNORECASE
)
_MARK_RUN = re.compile(
    rf"(?:\s?(?:{MARK.pattern.replace('?P<square>', '?:').replace('?P<lens>', '?:')}))+",
    re.IGNORECASE,
)
_OPENING = "[【(\"'“‘"
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]{1,200}?)(?<=\S)\*(?![\w*])")
_TITLED = re.compile(r"\*\*[^*]{1,120}\*\*:?|[^.!?]{1,200}:(?:\*\*)?")


@dataclass(frozen=True, slots=True)
class ParsedClaim:
    """A sentence without its marks, the offered numbers it cites, the marks that named none.

    ``text`` may be empty when only invalid marks stood there.
    """

    text: str
    numbers: tuple[int, ...]
    invalid: tuple[str, ...]


def parse_claims(text: str, offered: Collection[int]) -> list[ParsedClaim]:
    """Return the claims of a model's answer in order; ``offered`` are the numbers it may cite.

    A mark belongs to the sentence it stands in; one after the full stop to the sentence
    before, unless that has marks of its own. Never raises; linear in the text.
    """
    stream = ClaimStream(offered)
    return [*stream.feed(text), *stream.close()]


class ClaimStream:
    """Yields the claims of an answer as they are completed, the same ones as ``parse_claims``."""

    def __init__(self, offered: Collection[int]) -> None:
        """``offered`` are the numbers that the answer may cite."""
        self._offered = frozenset(offered)
        self._thoughts = _Thoughts()
        self._taken = 0
        self._line = ""  # the unfinished line, while its kind is not known
        self._open = False  # whether the unfinished line flows into the paragraph
        self._fence = ""  # the mark that will close the code block we are in
        self._listing = False  # whether we are in a list of references
        self._paragraph = _Paragraph()

    def feed(self, text: str) -> list[ParsedClaim]:
        """Take the next piece of the answer; return the claims that it completes."""
        text = text[: max(0, _LONGEST_ANSWER - self._taken)]
        self._taken += len(text)
        return list(self._read(self._thoughts.feed(text)))

    def close(self) -> list[ParsedClaim]:
        """Return what is left when the answer has ended; the stream takes no more text."""
        claims = list(self._read(self._thoughts.close()))
        if not self._open:
            claims += self._whole_line(self._line)
        self._line, self._open = "", False
        return [*claims, *self._end_paragraph()]

    def _read(self, text: str) -> Iterator[ParsedClaim]:
        first, *others = text.split("\n")
        yield from self._extend_line(first)
        for piece in others:
            yield from self._end_line()
            yield from self._extend_line(piece)

    def _extend_line(self, piece: str) -> Iterator[ParsedClaim]:
        if self._open:
            self._paragraph.add(piece)
        else:
            self._line += piece
            if not self._flows(self._line):
                return
            yield from self._begin(self._line)
            self._line, self._open = "", True
        yield from self._claims(final=False)

    def _end_line(self) -> Iterator[ParsedClaim]:
        if not self._open:
            yield from self._whole_line(self._line)
        self._line, self._open = "", False
        self._paragraph.add(" ")

    def _flows(self, line: str) -> bool:
        """Tell whether an unfinished line is surely prose, to be read on as it comes."""
        bare = line.lstrip()
        if len(bare) < _HEAD or self._fence or self._listing or bare[0] in "#|":
            return False
        head = bare[:_HEAD].rstrip()
        return not (_FENCE.match(head) or _RULE.fullmatch(head) or _REFERENCES.fullmatch(head))

    def _whole_line(self, line: str) -> Iterator[ParsedClaim]:
        bare = line.strip()
        fence = _FENCE.match(bare)
        if self._fence:
            self._fence = "" if bare.startswith(self._fence) else self._fence
        elif fence or not bare or _RULE.fullmatch(bare):
            self._fence = fence.group() if fence else ""
            yield from self._end_paragraph()
        elif len(bare) < 2 * _HEAD and _REFERENCES.fullmatch(bare):
            yield from self._end_paragraph()
            self._listing = True
        elif self._is_listed(bare):
            return
        elif bare[0] == "#" and not MARK.search(bare):
            yield from self._end_paragraph()
        else:
            yield from self._begin(bare.lstrip("#").strip("|") if bare[0] in "#|" else line)

    def _is_listed(self, bare: str) -> bool:
        """Tell whether a line is an entry of the list of references, which ends otherwise."""
        item = _ITEM.match(bare[:_HEAD])
        self._listing = self._listing and bool(item or MARK.match(bare))
        return self._listing

    def _begin(self, line: str) -> Iterator[ParsedClaim]:
        """Add a line to the paragraph; an item of a list begins a new one."""
        bare = line.lstrip()
        quoted = _QUOTED.match(bare[:_HEAD])
        bare = bare[quoted.end() :] if quoted else bare
        item = _ITEM.match(bare[:_HEAD])
        if item:
            yield from self._end_paragraph()
        self._paragraph.add(bare[item.end() :] if item else bare)

    def _end_paragraph(self) -> Iterator[ParsedClaim]:
        yield from self._claims(final=True)
        self._paragraph = _Paragraph()

    def _claims(self, *, final: bool) -> Iterator[ParsedClaim]:
        while sentence := self._paragraph.take(final=final):
            claim = _parsed(sentence, self._offered)
            if claim.text or claim.invalid:
                yield claim


class _Thoughts:
    """Leaves out what stands between ``<think>`` and ``</think>``, tags cut in two included."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False

    def feed(self, text: str) -> str:
        """Return what is surely no thought of the text so far not returned."""
        text, self._held = self._held + text, ""
        kept: list[str] = []
        position = 0
        for tag in _TAG.finditer(text):
            if not self._thinking:
                kept.append(text[position : tag.start()])
            self._thinking = not tag[1]
            position = tag.end()
        begun = max(text.rfind("<"), position)
        if text[begun : begun + 1] == "<" and _TAG_BEGUN.fullmatch(text, begun):
            text, self._held = text[:begun], text[begun:]
        if not self._thinking:
            kept.append(text[position:])
        return "".join(kept)

    def close(self) -> str:
        """Return what was held back because it might have become a tag."""
        held, self._held = self._held, ""
        return "" if self._thinking else held


class _Paragraph:
    """Running text with single spaces, from which sentences are taken off the front."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0

    def add(self, piece: str) -> None:
        """Append text; runs of white space become one space."""
        piece = re.sub(r"\s+", " ", piece)
        if self._text[-1:] in ("", " "):
            piece = piece.removeprefix(" ")
        if self._at > _COMPACT:
            self._text, self._at = self._text[self._at :], 0
        self._text += piece

    def take(self, *, final: bool) -> str:
        """Return the next sentence with its marks once it is settled, else an empty string."""
        known = len(self._text) - self._at
        for size in _WINDOWS:
            window = self._text[self._at : self._at + size]
            whole = final and known <= size
            length = _first_sentence(window, final=whole or known >= size == _LONGEST_CLAIM)
            if length:
                self._at += length
                return window[:length]
            if known <= size:
                break
        return ""


def _first_sentence(text: str, *, final: bool) -> int:
    """Return the length of the first sentence with its marks; 0 while that may still change."""
    spans = sentence_spans(levelled(text))
    if not spans:
        return len(text) if final else 0
    end = spans[0].end
    run = _MARK_RUN.match(text, end)
    after = run.end() if run else end
    rest = text[after:].lstrip()
    if not final and not (len(rest) > 1 and (rest[0] not in _OPENING or len(rest) >= _LOOK_AHEAD)):
        return 0
    return end if MARK.search(text[:end]) else after


def _parsed(sentence: str, offered: frozenset[int]) -> ParsedClaim:
    judged = judge(sentence, offered)
    bare = without_marks(sentence)
    if not MARK.search(sentence) and _TITLED.fullmatch(bare):
        return ParsedClaim("", (), ())
    text = _EMPHASIS.sub(r"\1", re.sub(r"\*\*|__|`", "", bare)).strip()
    if not any(c.isalnum() for c in text):
        text = ""
    return ParsedClaim(text, judged.numbers, judged.invalid)
