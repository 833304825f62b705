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

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def run_to_html(
    folder: RunFolder, report: Mapping[str, Any], earlier: RunFolder | None = None
) -> str:
    """Return the page of a run; ``earlier`` is shown beside it, question by question."""
    title = f"papers eval {report['kind']}: {report['set']}"
    parts = [_lines(headline(report)), *map(html_table, report_tables(report))]
    if report["kind"] == "answers":
        curve = report["abstention"]["risk_coverage"]
        parts.append(
            f"<figure>{risk_coverage_svg(curve)}<figcaption>{_CURVE}</figcaption></figure>"
        )
        parts.append(_section("Answers", answer_details(folder, earlier)))
    else:
        parts.append(_section("Rankings", ranking_details(folder, earlier)))
    parts.append(_section("What the run rests on", [_manifest(report["manifest"])]))
    return _page(title, parts)


_CURVE = (
    "Risk (share of wrong answers) as ever less confident answers are let through; the curve "
    "ends where the system itself stops answering."
)


def _page(title: str, parts: Sequence[str]) -> str:
    style = files("evals.report").joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{''.join(parts)}</main></body></html>\n"
    )


def _lines(lines: Iterable[str]) -> str:
    return "".join(
        f'<p class="{"banner" if line == FAKE_BANNER else "lead"}">{escape(line)}</p>'
        for line in lines
    )


def html_table(table: Table) -> str:
    """Return the table; its first column heads the rows."""
    if not table.rows:
        return ""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.header)
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="scroll"><table><caption>{escape(table.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _section(title: str, parts: Iterable[str]) -> str:
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def _manifest(manifest: Mapping[str, Any]) -> str:
    rows = [
        (name, str(value)) for name, value in manifest.items() if not isinstance(value, Mapping)
    ]
    for name in ("sha256", "versions", "counts"):
        rows += [(f"{name} · {key}", str(value)) for key, value in manifest[name].items()]
    return html_table(Table("Manifest", ("what", "value"), tuple(rows)))
