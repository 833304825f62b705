"""Render a run as one HTML file that needs no network and runs no script.

Everything foreign is escaped; a content security policy forbids all but the style below.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from evals.report.details import answer_details, ranking_details
from evals.report.figures import risk_coverage_svg
from evals.report.tables import FAKE_BANNER, Table, headline, report_tables
from evals.runs import RunFolder

_TEXT = 30  # characters, above which a cell is text
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def run_to_html(
    folder: RunFolder, report: Mapping[str, Any], earlier: RunFolder | None = None
) -> str:
    """Return the page of a run; ``earlier`` is shown beside it, question by question."""
    title = f"papers eval {report['kind']}: {report['set']}"
    parts = [html_lines(headline(report)), *map(html_table, report_tables(report))]
    if report["kind"] == "answers":
        parts.append(figures({"": report["abstention"]["risk_coverage"]}))
        parts.append(section("Answers", answer_details(folder, earlier)))
    else:
        parts.append(section("Rankings", ranking_details(folder, earlier)))
    parts.append(section("What the run rests on", [_manifest(report["manifest"])]))
    return page(title, parts)


_CURVE = (
    "Risk (share of wrong answers) as ever less confident answers are let through; the curve "
    "ends where the system itself stops answering."
)


def figures(curves: Mapping[str, Sequence[dict[str, Any]]]) -> str:
    """Return the risk–coverage curve of each named side, next to one another."""
    drawn = "".join(
        f"<figure>{f'<h4>{escape(name)}</h4>' if name else ''}{risk_coverage_svg(curve)}</figure>"
        for name, curve in curves.items()
    )
    return f'<section><h2>Risk and coverage</h2><div class="figures">{drawn}</div><p class="note">{_CURVE}</p></section>'


def page(title: str, parts: Sequence[str]) -> str:
    """Return the whole document."""
    style = files("evals.report").joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{''.join(parts)}</main></body></html>\n"
    )


def html_lines(lines: Iterable[str]) -> str:
    """Return the lines above the tables; that of a fake model stands out."""
    return "".join(
        f'<p class="{"banner" if line == FAKE_BANNER else "lead"}">{escape(line)}</p>'
        for line in lines
    )


def html_table(table: Table) -> str:
    """Return the table; its first column heads the rows."""
    if not table.rows:
        return ""
    kinds = [_kind(table, i) for i in range(len(table.header))]
    head = "".join(
        f'<th scope="col"{kind}>{escape(name)}</th>'
        for kind, name in zip(kinds, table.header, strict=True)
    )
    rows = "".join(
        f'<tr><th scope="row"{kinds[0]}>{escape(row[0])}</th>'
        + "".join(f"<td{k}>{escape(c)}</td>" for k, c in zip(kinds[1:], row[1:], strict=True))
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="scroll"><table><caption>{escape(table.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _kind(table: Table, column: int) -> str:
    """Return the attribute of a column of texts, which are wrapped; numbers never are."""
    return ' class="text"' if any(len(row[column]) > _TEXT for row in table.rows) else ""


def section(title: str, parts: Iterable[str]) -> str:
    """Return the parts under a heading."""
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def _manifest(manifest: Mapping[str, Any]) -> str:
    rows = [
        (name, str(value)) for name, value in manifest.items() if not isinstance(value, Mapping)
    ]
    for name in ("sha256", "versions", "counts"):
        rows += [(f"{name} · {key}", str(value)) for key, value in manifest[name].items()]
    return html_table(Table("Manifest", ("what", "value"), tuple(rows)))
