"""Stream the records of an XML file, with line numbers, in bounded memory.

``defusedxml`` refuses entity declarations, so neither bombs nor external entities get in;
external DTDs are never fetched. Depth and size of what is kept are bounded here.
"""

import re
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_external_ges

from rag.corpus.opening import open_bytes, source_name
from rag.errors import InputError

DEEPEST = 64
LARGEST_RECORD = 16 * 2**20
MOST_ELEMENTS = 50_000
_CHUNK = 1 << 16


@dataclass(slots=True)
class Element:
    """An element of a record: local name, attributes, and children in their order."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: list["Element | str"] = field(default_factory=list)

    def text(self) -> str:
        """Return all text within, raised and lowered type marked as in HTML."""
        parts: list[str] = []
        for child in self.children:
            inner = child if isinstance(child, str) else child.text()
            if isinstance(child, Element) and child.tag in ("sup", "sub"):
                inner = f"<{child.tag}>{inner}</{child.tag}>"
            elif isinstance(child, Element) and child.tag == "tex-math":
                inner = f"${inner.strip()}$"
            parts.append(inner)
        return "".join(parts)

    def find(self, *path: str) -> "Element | None":
        """Return the first element reached by ``path`` of local names, or None."""
        return next(self.every(*path), None)

    def every(self, *path: str) -> Iterator["Element"]:
        """Yield all elements reached by ``path`` of local names."""
        for child in self.children:
            if isinstance(child, Element) and child.tag == path[0]:
                if len(path) == 1:
                    yield child
                else:
                    yield from child.every(*path[1:])

    def said(self, *path: str) -> str:
        """Return the text of the first element reached by ``path``, or ""."""
        found = self.find(*path)
        return found.text().strip() if found else ""


@dataclass(frozen=True, slots=True)
class Record:
    """A record with the attributes of the elements around it, outermost first."""

    element: Element
    around: tuple[tuple[str, dict[str, str]], ...]


class _Collector(ContentHandler):
    """Builds an element for every wanted record and forgets everything else."""

    def __init__(self, wanted: Collection[str], source: str) -> None:
        super().__init__()
        self._wanted, self._source = wanted, source
        self._around: list[tuple[str, dict[str, str]]] = []
        self._open: list[Element] = []
        self._size = self._elements = 0
        self._locator: Any = None
        self.ready: deque[Record] = deque()

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 - the interface's name
        self._locator = locator

    @property
    def line(self) -> int:
        """The line that is being parsed."""
        return int(self._locator.getLineNumber() or 0) if self._locator else 0

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802 - the interface's name
        tag = name.rpartition(":")[2]
        if len(self._around) + len(self._open) >= DEEPEST:
            raise InputError(f"{self._source}:{self.line}: nested deeper than {DEEPEST} elements")
        attributes = {key.rpartition(":")[2]: attrs[key] for key in attrs.getNames()}
        self._weigh(sum(map(len, attributes.values())), 1)
        if self._open:
            element = Element(tag, attributes, self.line)
            self._open[-1].children.append(element)
            self._open.append(element)
        elif tag in self._wanted:
            self._open.append(Element(tag, attributes, self.line))
        else:
            self._around.append((tag, attributes))

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802 - the interface's name
        if not self._open:
            self._around.pop()
            self._size = self._elements = 0
            return
        element = self._open.pop()
        if not self._open:
            self.ready.append(Record(element, tuple(self._around)))
            self._size = self._elements = 0

    def characters(self, content: str) -> None:
        if self._open:
            self._weigh(len(content), 0)
            self._open[-1].children.append(content)

    def skippedEntity(self, name: str) -> None:  # noqa: N802 - the interface's name
        self.characters(f"&{name};")

    def _weigh(self, size: int, elements: int) -> None:
        self._size += size
        self._elements += elements
        if self._size > LARGEST_RECORD or self._elements > MOST_ELEMENTS:
            raise InputError(f"{self._source}:{self.line}: one record is absurdly large")


def iter_records(path: Path, wanted: Collection[str]) -> Iterator[Record]:
    """Yield the outermost elements of ``path`` whose local name is ``wanted``.

    Raises InputError, with the line, for what is not well formed, for declared entities,
    and for records too deep or too large.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.sax import make_parser

    name = source_name(path)
    collector = _Collector(wanted, name)
    parser = make_parser()
    parser.forbid_external = False  # an external DTD is skipped, see the next line
    parser.setFeature(feature_external_ges, False)
    parser.setContentHandler(collector)
    collector.setDocumentLocator(parser)  # fed piece by piece, the parser does not say it itself
    with open_bytes(path) as source:
        try:
            while chunk := source.read(_CHUNK):
                parser.feed(chunk)
                while collector.ready:
                    yield collector.ready.popleft()
            parser.close()
        except InputError:
            yield from collector.ready
            raise
        except DefusedXmlException as exc:
            why = "declares entities, which are refused"
            raise InputError(f"{name}:{collector.line}: {why}") from exc
        except (SAXException, ValueError, LookupError, AssertionError) as exc:
            yield from collector.ready
            raise InputError(f"{name}:{_line_of(exc, collector)}: {_reason(exc)}") from exc
    yield from collector.ready


def root_of(head: str) -> str:
    """Return the local name of the first element that starts in ``head``, or ""."""
    bare = re.sub(
        r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", "", head, flags=re.DOTALL
    )
    found = re.match(r"\s*<(?:[\w.-]+:)?([\w.-]+)[\s/>]", bare)
    return found[1] if found else ""


def _line_of(exc: BaseException, collector: _Collector) -> int:
    number = getattr(exc, "getLineNumber", None)
    return int(number() or 0) if number else collector.line


def _reason(exc: BaseException) -> str:
    message = getattr(exc, "getMessage", None)
    return f"not well-formed XML: {message() if message else exc}"
