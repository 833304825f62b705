"""Papers to text for other tools: BibTeX, RIS, JSON Lines, Markdown references.

What each format carries comes back through the readers unchanged. Counts of votes and
comments have no place in BibTeX and RIS; JSON Lines carries everything.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from rag.corpus.latex import math_spans
from rag.corpus.markup import one_line
from rag.corpus.normalise import hashed_id
from rag.records import Paper, paper_to_dict

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "#": r"\#", "%": r"\%",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "&": r"\&{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "`": r"\textasciigrave{}",
}  # fmt: skip
_TO_ESCAPE = re.compile(r"[\\{}$#%_~^&<>`]|-(?=-)|'(?=')")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|!~$])")
_GROUP = re.compile(
    r"\b(?:of|for|team|group|consortium|collaboration|committee)\b|^\S+$", re.IGNORECASE
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
)


def to_bibtex(papers: Iterable[Paper]) -> str:
    """Return BibTeX entries (UTF-8) that BibTeX, BibLaTeX and our reader understand."""
    used: set[str] = set()
    return _visible("\n".join(_bibtex_entry(paper, _key(paper, used)) for paper in papers))


def to_ris(papers: Iterable[Paper]) -> str:
    """Return RIS records, one after the other."""
    lines: list[str] = []
    for paper in papers:
        pairs = (f"{tag}  - {one_line(_printable(value))}" for tag, value in _ris_fields(paper))
        lines += [*pairs, "ER  - ", ""]
    return _visible("\n".join(lines))


def to_jsonl(papers: Iterable[Paper]) -> str:
    """Return one JSON object a line, with every known field; the reader takes them as they are."""
    rows = ({**paper_to_dict(paper), "sources": list(paper.sources)} for paper in papers)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def to_markdown_references(papers: Iterable[Paper]) -> str:
    """Return a numbered Markdown list: authors, title, year, link. Titles are literal text."""
    return _visible("".join(f"{n}. {_reference(paper)}\n" for n, paper in enumerate(papers, 1)))


def _visible(text: str) -> str:
    """Return the text without characters that act on a terminal or hide from a reader."""
    return _HIDDEN.sub("", text)


def escape_latex(text: str) -> str:
    """Return ``text`` as LaTeX source that reads back as it is; ``$…$`` stays mathematics."""
    text = _printable(text)
    out: list[str] = []
    start = 0
    for begin, end in math_spans(text):
        if _balanced(text[begin:end]):
            out += [_escaped(text[start:begin]), text[begin:end]]
            start = end
    return "".join([*out, _escaped(text[start:])])


def _bibtex_entry(paper: Paper, key: str) -> str:
    kind = "article" if paper.doi else "misc"
    body = "".join(f"  {name} = {value},\n" for name, value in _bibtex_fields(paper))
    return f"@{kind}{{{key},\n{body}}}\n"


def _bibtex_fields(paper: Paper) -> Iterator[tuple[str, str]]:
    if paper.title:
        yield "title", f"{{{{{escape_latex(paper.title)}}}}}"
    if paper.authors:
        more = ["others"] if (paper.author_count or 0) > len(paper.authors) else []
        named = [_guarded(author, ",") for author in paper.authors]
        yield "author", f"{{{' and '.join([*named, *more])}}}"
    yield from _bibtex_date(paper)
    if paper.doi:
        yield "doi", f"{{{_address(paper.doi)}}}"
    if paper.arxiv_id:
        yield from (("eprint", f"{{{paper.arxiv_id}}}"), ("archiveprefix", "{arXiv}"))
    if paper.url:
        yield "url", f"{{{_address(paper.url)}}}"
    if paper.organisations:
        yield (
            "institution",
            f"{{{' and '.join(_guarded(o, ';') for o in paper.organisations)}}}",
        )
    if paper.categories:
        yield "keywords", f"{{{', '.join(_guarded(c, ',;') for c in paper.categories)}}}"
    if paper.abstract:
        yield "abstract", f"{{{escape_latex(paper.abstract)}}}"
    if not _derivable(paper):
        yield "x-paper-id", f"{{{escape_latex(paper.paper_id)}}}"


def _bibtex_date(paper: Paper) -> Iterator[tuple[str, str]]:
    if not paper.published:
        return
    yield "date", f"{{{paper.published}}}"
    yield "year", f"{{{paper.published[:4]}}}"
    month = paper.published[5:7]
    if month.isdecimal() and 1 <= int(month) <= 12:
        yield "month", _MONTHS[int(month) - 1]


def _ris_fields(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "TY", "JOUR" if paper.doi else "GEN"
    if paper.title:
        yield "TI", paper.title
    yield from (("AU", _last_first(author)) for author in paper.authors)
    if paper.published:
        yield "PY", paper.published[:4]
        yield "DA", paper.published.replace("-", "/")
    if paper.doi:
        yield "DO", paper.doi
    if paper.arxiv_id:
        yield "C1", f"arXiv:{paper.arxiv_id}"
    if paper.url:
        yield "UR", paper.url
    yield from (("AD", organisation) for organisation in paper.organisations)
    yield from (("KW", category) for category in paper.categories)
    yield from (("AB", part) for part in paper.abstract.split("\n\n") if part.strip())
    if not _derivable(paper):
        yield "AN", f"paper-id:{paper.paper_id}"


def _reference(paper: Paper) -> str:
    names = list(paper.authors[:3]) + (["et al."] if len(paper.authors) > 3 else [])
    parts = [", ".join(_markdown(name) for name in names)] if names else []
    title = _markdown(paper.title or paper.paper_id)
    address = _link(paper)
    parts.append(f"[{title}]({address})" if address else f"*{title}*")
    year = f" ({paper.published[:4]})" if paper.published else ""
    return ". ".join(part.rstrip(".") for part in parts) + f"{year}."


def _link(paper: Paper) -> str:
    if paper.doi:
        address = f"https://doi.org/{paper.doi}"
    elif paper.arxiv_id:
        address = f"https://arxiv.org/abs/{paper.arxiv_id}"
    else:
        url = paper.url or ""
        address = url if url.startswith(("https://", "http://")) else ""
    return quote(address, safe=":/?#@!$&'*+,;=%-._~")


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", one_line(_printable(text)))


def _derivable(paper: Paper) -> bool:
    """Tell whether the reader finds the same id again without being told."""
    if paper.arxiv_id or paper.doi:
        return paper.paper_id == (paper.arxiv_id or paper.doi)
    return paper.paper_id == hashed_id(paper.title, paper.authors)


def _key(paper: Paper, used: set[str]) -> str:
    """Return an ASCII citation key such as ``vaswani2017attention``, not used before."""
    author = paper.authors[0].split()[-1] if paper.authors and paper.authors[0].split() else ""
    word = next((w for w in re.findall(r"\w{4,}", paper.title)), "paper")
    plain = unicodedata.normalize("NFKD", f"{author}{(paper.published or '')[:4]}{word}".lower())
    stem = re.sub(r"[^a-z0-9]", "", plain) or "paper"
    key, number = stem, 2
    while key in used:
        key, number = f"{stem}-{number}", number + 1
    used.add(key)
    return key


def _guarded(text: str, separators: str) -> str:
    """Return a list's item escaped, in braces where it holds what separates items."""
    escaped = escape_latex(one_line(text))
    clash = re.search(rf"[{separators}]|\sand\s", f" {text} ", re.IGNORECASE)
    return f"{{{escaped}}}" if clash else escaped


def _last_first(author: str) -> str:
    """Return "Last, First" for a person, "Last, First, Jr" with a suffix, a group as it is."""
    name, _, suffix = author.partition(", ")
    first, _, last = name.rpartition(" ")
    if not first or (_GROUP.search(author) and not suffix):
        return author
    return f"{last}, {first}, {suffix}" if suffix else f"{last}, {first}"


def _address(text: str) -> str:
    return text.translate({ord(sign): quote(sign) for sign in "{}\\ \n"})


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(lambda m: _ESCAPES.get(m[0], f"{m[0]}{{}}"), text)


def _balanced(text: str) -> bool:
    depth = 0
    for sign in re.findall(r"\\.|[{}]", text):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0


def _printable(text: str) -> str:
    return _CONTROLS.sub(" ", text)
