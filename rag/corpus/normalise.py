"""Make identifiers, titles and dates comparable. The texts themselves are never rewritten here."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

from rag.corpus.latex import latex_to_text
from rag.corpus.latex_symbols import GREEK_NAMES

_OLD_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|"
    "cond-mat|cs|dg-ga|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|"
    "nucl-ex|nucl-th|patt-sol|physics|plasm-ph|q-alg|q-bio|quant-ph|solv-int|supr-con"
)
_ARXIV = re.compile(
    r"(?:^|arxiv[:./]|arxiv\.org/(?:abs|pdf|html)/|huggingface\.co/papers/)\s*"
    rf"(\d{{4}}\.\d{{4,5}}|(?:{_OLD_ARCHIVES})(?:\.[A-Z]{{2}})?/\d{{7}})(?:v\d{{1,3}})?(?:\.pdf)?/?$",
    re.IGNORECASE,
)
_DOI = re.compile(r"(10\.\d{4,9}/\S+)$")
# Shorter folded titles ("introduction", "errata") may name more than one paper.
TELLING_TITLE = 16
_NOT_WORD = re.compile(r"[\W_]+")
_MARKUP = re.compile(r"[\\${}^]")
_BROKEN_COMMAND = re.compile(r"(?<![a-z\\])text(?:bf|it|tt|sc|rm|sf)(?=\{)")
_DATE_FORMATS = (
    ("%Y-%m-%d", "day"), ("%Y/%m/%d", "day"), ("%d %B %Y", "day"), ("%d %b %Y", "day"),
    ("%B %d, %Y", "day"), ("%b %d, %Y", "day"), ("%Y %b %d", "day"), ("%Y %B %d", "day"),
    ("%Y-%m", "month"), ("%B %Y", "month"), ("%b %Y", "month"), ("%Y %b", "month"),
    ("%Y %B", "month"), ("%Y/%m", "month"), ("%Y/%B", "month"), ("%Y/%b", "month"),
    ("%B, %Y", "month"), ("%b, %Y", "month"), ("%Y", "year"),
)  # fmt: skip
_MAIL_DATE = re.compile(r"(?:[A-Z][a-z]{2}, )?(\d{1,2} [A-Z][a-z]{2} \d{4}) \d\d:\d\d.{0,20}")
_LEADING_YEAR = re.compile(
    r"((?:1[5-9]|20)\d\d)(?=[ /-])|(?:Spring|Summer|Fall|Autumn|Winter) (\d{4})"
)


def title_key(title: str) -> str:
    r"""Return what titles are matched by: equal for two spellings of one title.

    Case, punctuation, white space, hyphens, LaTeX and the spelling of Greek letters do
    not count; words do, so a subtitle makes another title.

    >>> title_key(r"$\pi_0$: {P}re-training") == title_key("π0 – Pretraining")
    True
    """
    if _MARKUP.search(title):
        bare = _BROKEN_COMMAND.sub("", title).replace("$", "")
        title = latex_to_text(bare, source=True)
    folded = _folded(title)
    if not folded.isascii():
        folded = "".join(GREEK_NAMES.get(letter, letter) for letter in folded)
    return folded.replace(" ", "")


def hashed_id(title: str, authors: Sequence[str] = ()) -> str:
    """Return the ``paper_id`` of a paper that brings none: a hash of its folded title.

    Many papers are called "Introduction": a short title counts with its first author.
    """
    named = _folded(title)
    if authors and len(title_key(title)) < TELLING_TITLE:
        named = f"{named} / {family_name(authors[0])}"
    digest = hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()
    return f"t-{digest[:12]}"


def is_hashed_id(paper_id: str) -> bool:
    """Tell whether the id was derived from the title, so that no source vouches for it."""
    return re.fullmatch(r"t-[0-9a-f]{12}", paper_id) is not None


def family_name(author: str) -> str:
    """Return the folded family name of "First Last", "First Last, Jr" or "Last, First"."""
    before, comma, after = author.partition(",")
    suffix = after.strip().strip(".").lower() in ("jr", "sr", "ii", "iii", "iv")
    words = before.split()
    if not words:
        return ""
    return title_key(before if comma and not suffix else words[-1])


def arxiv_id(text: str) -> str | None:
    """Return the bare arXiv id named by an id or an address, without its version."""
    found = _ARXIV.search(text.strip()[:500].partition(" [")[0])
    return found.group(1) if found else None


def doi(text: str) -> str | None:
    """Return the bare, lower-case DOI named by an id or an address."""
    found = _DOI.search(text.strip()[:500].replace("%2F", "/").replace("%2f", "/"))
    return found.group(1).rstrip(".,;").lower() if found else None


def parse_date(text: str) -> tuple[str, str] | None:
    """Return (ISO date cut to its precision, precision), or None for what is no date.

    >>> parse_date("December 1958"), parse_date("2001/09/01/")
    (('1958-12', 'month'), ('2001-09-01', 'day'))
    """
    text = text.strip()[:64].rstrip("/.")
    if re.match(r"\d{4}-\d\d-\d\d[T ]", text):
        text = text[:10]
    mail = _MAIL_DATE.fullmatch(text)
    text = mail[1] if mail else text
    for pattern, precision in _DATE_FORMATS:
        try:
            parsed = datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
        return cut_date(parsed, precision), precision
    year = _LEADING_YEAR.match(text)
    return (year[1] or year[2], "year") if year else None


def cut_date(day: date, precision: str) -> str:
    """Return the ISO form of ``day`` down to "year", "month" or "day"."""
    return day.isoformat()[: {"year": 4, "month": 7, "day": 10}[precision]]


def _folded(title: str) -> str:
    folded = unicodedata.normalize("NFKC", title).casefold()
    return _NOT_WORD.sub(" ", folded).strip() or folded.strip()
