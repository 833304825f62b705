"""Answers and themes as HTML for notebooks: what ``_repr_html_`` of the records returns.

Self-contained (no script, nothing fetched), legible on light and dark pages, and every
foreign text escaped by ``rag/text/safe.py``. Links lead only to doi.org and arxiv.org,
and are built from identifiers; addresses that came with a paper are not used.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from rag.records import Answer, Citation, Claim, Paper, Verdict
from rag.text.safe import for_html

if TYPE_CHECKING:
    from rag.themes.records import Theme, ThemeReport, Trend

_ARXIV = re.compile(r"\d{4}\.\d{4,5}|[A-Za-z.-]+/\d{7}")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_MARKS = {Verdict.SUPPORTED: "✓", Verdict.WEAK: "~", Verdict.UNSUPPORTED: "✗"}
_LISTED = 12  # papers in a list that is folded away; the rest is counted

# Colours are mixed from the page's own text colour; the three verdicts are of middling
# lightness, so that they have a contrast of at least 4 to white and to near-black.
_STYLE = """<style>
.papers-nb{max-width:52em;line-height:1.5;font-family:inherit}
.papers-nb ol,.papers-nb ul{margin:.4em 0;padding-left:1.6em}
.papers-nb ul.claims{list-style:none;padding-left:0}
.papers-nb ul.claims>li{margin:.35em 0;padding-left:1.6em;text-indent:-1.6em}
.papers-nb .mark{display:inline-block;width:1.6em;text-indent:0;text-align:center;font-weight:700}
.papers-nb .supported{color:#2a8a4a}.papers-nb .weak{color:#a56a00}.papers-nb .unsupported{color:#d2453c}
.papers-nb .dim{opacity:.72;font-size:.92em;text-indent:0}.papers-nb .date{white-space:nowrap}
.papers-nb a{color:#3b78d8;text-decoration:none}.papers-nb a:hover{text-decoration:underline}
.papers-nb h4{margin:1em 0 .2em}.papers-nb details{margin:.3em 0}
.papers-nb summary{cursor:pointer;opacity:.72;font-size:.92em}
.papers-nb blockquote{margin:.2em 0 .2em .4em;padding-left:.7em;border-left:2px solid #8886;text-indent:0}
.papers-nb .bar{display:inline-block;height:.6em;background:#3b78d8;border-radius:2px;vertical-align:baseline}
</style>"""


def answer_html(answer: Answer) -> str:
    """Return the answer as an HTML fragment: marked claims, quotes on demand, linked sources."""
    papers = {source.paper.paper_id: source.paper for source in answer.sources}
    parts = [f"<p><b>{for_html(answer.question)}</b></p>"]
    if answer.abstained:
        parts.append(f"<p>{for_html(answer.explanation)}</p>")
        parts.append(_folded("Nearest papers", answer.nearest, open_=True))
        return _framed(parts)
    parts.append(_claims(answer.claims, papers))
    if not answer.complete:
        parts.append('<p class="unsupported">The model’s answer broke off here.</p>')
    if answer.sources:
        items = (f'<li value="{s.n}">{_about(s.paper)}</li>' for s in answer.sources)
        parts.append(f"<ol>{''.join(items)}</ol>")
    parts.append(_quotes(answer.claims))
    parts += [_dim(text) for text in _remarks(answer)]
    return _framed(parts)


def themes_html(themes: "ThemeReport") -> str:
    """Return a report on themes as an HTML fragment: every theme, its findings, its trend."""
    counts = f"{themes.covered} in {len(themes.themes)} themes + {len(themes.uncovered)} in none"
    about = f" on “{for_html(themes.query)}”" if themes.query else ""
    parts = [f"<p><b>{themes.matched} papers{about}</b> = {counts}</p>"]
    papers = {p.paper_id: p for theme in themes.themes for p in theme.papers}
    if themes.overview:
        parts.append(_claims(themes.overview, papers))
    trends = {trend.theme_id: trend for trend in themes.trends.themes} if themes.trends else {}
    largest = max((theme.size for theme in themes.themes), default=1)
    parts += [_theme(theme, trends, papers, largest) for theme in themes.themes]
    parts.append(_folded("In no theme", [u.paper for u in themes.uncovered]))
    parts += [_dim(note) for note in themes.notes]
    return _framed(parts)


def known_address(paper: Paper) -> str | None:
    """Return the paper's page at doi.org or arxiv.org, or None when it has no such id."""
    if paper.doi and _DOI.fullmatch(paper.doi):
        return f"https://doi.org/{quote(paper.doi, safe='/()')}"
    if paper.arxiv_id and _ARXIV.fullmatch(paper.arxiv_id):
        return f"https://arxiv.org/abs/{quote(paper.arxiv_id)}"
    return None


def _theme(
    theme: "Theme", trends: Mapping[str, "Trend"], papers: Mapping[str, Paper], largest: int
) -> str:
    width = max(0.3, 8 * theme.size / largest)
    bar = f'<span class="bar" style="width:{width:.1f}em"></span>'
    heading = f"{for_html(theme.theme_id)}. {for_html(theme.label)}"
    size = f"{theme.size} papers · cohesion {theme.cohesion:.2f}{_direction(trends, theme)}"
    children = (f"{c.theme_id}. {c.label}: {c.size} papers" for c in theme.children)
    parts = [
        f'<h4>{heading}</h4><div class="dim">{bar} {size}</div>',
        _claims(theme.claims, papers),
        _dim(theme.contrast.text) if theme.contrast else "",
        *map(_dim, children),
        _folded("Papers", theme.papers),
    ]
    return "".join(parts)


def _direction(trends: Mapping[str, "Trend"], theme: "Theme") -> str:
    trend = trends.get(theme.theme_id)
    if trend is None or trend.direction not in ("rising", "falling"):
        return ""
    arrow = "↑" if trend.direction == "rising" else "↓"
    return f" · {arrow} {trend.direction} {100 * trend.slope:+.1f} points a year"


def _claims(claims: Iterable[Claim], papers: Mapping[str, Paper]) -> str:
    items = []
    for claim in claims:
        verdict = claim.verdict.value
        mark = f'<span class="mark {verdict}" title="{verdict}">{_MARKS[claim.verdict]}</span>'
        cited = "".join(_citation(citation, papers) for citation in claim.citations)
        why = _dim(claim.why) if claim.why and claim.verdict is not Verdict.SUPPORTED else ""
        items.append(f"<li>{mark}{for_html(claim.text)} {cited}{why}</li>")
    return f'<ul class="claims">{"".join(items)}</ul>' if items else ""


def _citation(citation: Citation, papers: Mapping[str, Paper]) -> str:
    paper = papers.get(citation.paper_id)
    return _linked(paper, f"[{citation.n}]", citation.title)


def _about(paper: Paper) -> str:
    details = [for_html(name) for name in paper.organisations]
    if paper.published:
        details.insert(0, f'<span class="date">{for_html(paper.published)}</span>')
    title = _linked(paper, paper.title or paper.paper_id)
    return f'{title} <span class="dim">{" · ".join(details)}</span>' if details else title


def _linked(paper: Paper | None, text: str, hover: str = "") -> str:
    hint = f' title="{for_html(hover)}"' if hover else ""
    address = known_address(paper) if paper else None
    if address is None:
        return f"<span{hint}>{for_html(text)}</span>"
    return (
        f'<a href="{for_html(address)}"{hint} target="_blank" rel="noopener">{for_html(text)}</a>'
    )


def _quotes(claims: Sequence[Claim]) -> str:
    """Return the quotes that the claims do not show already, folded away."""
    said = " ".join(claim.text for claim in claims)
    cited = ((c.n, c.quote) for claim in claims for c in claim.citations)
    quotes = dict.fromkeys((n, text) for n, text in cited if text and text not in said)
    if not quotes:
        return ""
    shown = "".join(f"<blockquote>[{n}] {for_html(quote_)}</blockquote>" for n, quote_ in quotes)
    return f"<details><summary>Quotes ({len(quotes)})</summary>{shown}</details>"


def _folded(title: str, papers: Iterable[Paper], *, open_: bool = False) -> str:
    listed = list(papers)
    if not listed:
        return ""
    items = "".join(f"<li>{_about(paper)}</li>" for paper in listed[:_LISTED])
    more = len(listed) - _LISTED
    rest = f"<li>… and {more} more</li>" if more > 0 else ""
    state = " open" if open_ else ""
    return f"<details{state}><summary>{title} ({len(listed)})</summary><ul>{items}{rest}</ul></details>"


def _remarks(answer: Answer) -> list[str]:
    remarks = []
    if answer.invalid_citations:
        listed = " ".join(answer.invalid_citations)
        remarks.append(f"Not counted: citations of papers that were not offered: {listed}")
    if answer.dropped:
        remarks.append(f"Dropped as unsupported: {len(answer.dropped)}")
    return remarks


def _dim(text: str) -> str:
    return f'<div class="dim">{for_html(text)}</div>'


def _framed(parts: Iterable[str]) -> str:
    """Return the fragment in a box that no mathematics typesetter looks into."""
    return f'{_STYLE}<div class="papers-nb tex2jax_ignore mathjax_ignore">{"".join(parts)}</div>'
