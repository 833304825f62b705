"""Reports: the same numbers in every format, and nothing foreign that acts."""

import io
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from evals.answers import score_answers
from evals.compare import compare_runs, compare_sides, open_sides
from evals.gate import gate_runs
from evals.report.compare_html import compare_to_html
from evals.report.compare_tables import compare_lines, compare_tables, gate_lines, gate_tables
from evals.report.figures import risk_coverage_svg
from evals.report.html import html_table, run_to_html
from evals.report.junit import gate_to_junit, run_to_junit
from evals.report.markdown import run_to_markdown, to_markdown
from evals.report.tables import FAKE_BANNER, Table, headline, report_tables
from evals.report.terminal import blocks, print_report
from evals.retrieval import score_retrieval
from evals.runs import open_run
from tests.evals_runs import make_run
from tests.test_evals_runs import answered, answers_run

GOLD = {"q1": "a", "q2": "b", "none": None}
NASTY = "<script>alert(1)</script> [/b] \x1b[31m | **x**"


@pytest.fixture
def run(tmp_path):
    return open_run(make_run(tmp_path / "r", GOLD, {"q1": ["a"], "q2": ["x"] * 1 + ["b"]}))


@pytest.fixture
def answers(tmp_path):
    return answers_run(tmp_path / "ans", answered)


def shown(lines, tables) -> Any:
    stream = io.StringIO()
    print_report(Console(file=stream, width=100, markup=False, highlight=False), lines, tables)
    return stream.getvalue()


def test_the_terminal_shows_measures_n_and_what_was_left_out(run):
    report = score_retrieval(run)
    text = shown(headline(report), report_tables(report))
    assert "n = 2 questions; 1 without a relevant paper" in text
    assert "nDCG@10" in text
    assert "0.815" in text


def test_what_was_not_measured_is_a_dash():
    table = report_tables({"kind": "x", "systems": {"s": {"measures": {"RR": 1.0}, "by_type": {}},
                                                     "t": {"measures": {"RR": None}, "by_type": {}}}})[0]  # fmt: skip
    assert table.rows == (("RR", "1.000", "–"),)


def test_markdown_holds_the_table_and_escapes_foreign_text(run):
    assert "| nDCG@10 | 0.815 |" in run_to_markdown(score_retrieval(run))
    text = to_markdown("T", [NASTY], [Table("C", ("a", "b"), ((NASTY, "1"),))])
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "\x1b" not in text
    assert all(line.count(" | ") == 1 for line in text.splitlines() if line.endswith("| 1 |"))


def test_html_needs_no_network_runs_no_script_and_escapes(run, answers):
    for folder, score in ((run, score_retrieval), (answers, score_answers)):
        page = run_to_html(folder, score(folder))
        assert "default-src 'none'" in page
        assert "<script" not in page
        assert "http://" not in page
        assert "https://" not in page
    assert "<script" not in html_table(Table(NASTY, (NASTY,), ((NASTY,),)))


def test_html_shows_rankings_side_by_side_with_an_earlier_run(run, tmp_path):
    earlier = open_run(make_run(tmp_path / "e", GOLD, {"q1": ["b"]}))
    page = run_to_html(run, score_retrieval(run), earlier)
    assert "earlier run" in page
    assert '<li class="g2" title="grade 2">Title of a</li>' in page


def test_html_marks_the_cited_span_in_its_abstract(answers):
    page = run_to_html(answers, score_answers(answers))
    assert "<mark>Abstract of a.</mark>" in page
    assert '<svg viewBox="0 0' in page


def test_the_risk_coverage_plot_places_points_by_hand():
    svg = risk_coverage_svg([{"coverage": 0.5, "risk": 0.25, "threshold": 0.8}])
    assert 'points="210.0,175.0"' in svg
    assert "<svg" not in risk_coverage_svg([])


def test_junit_counts_cases_and_failures(run):
    suite = ET.fromstring(run_to_junit(run, score_retrieval(run)))  # noqa: S314 - our own output
    assert suite.attrib["tests"] == "3"
    assert suite.attrib["failures"] == "0"


def test_junit_of_a_gate_fails_what_did_not_pass(tmp_path):
    gold = {f"q{i}": "a" for i in range(20)}
    good = make_run(tmp_path / "g", gold, {t: ["a"] for t in gold})
    bad = make_run(tmp_path / "b", gold, {t: ["x", "y", "a"] for t in gold})
    suite = ET.fromstring(gate_to_junit(gate_runs(good, bad, measures=["RR", "nope"])))  # noqa: S314
    assert (suite.attrib["failures"], suite.attrib["errors"]) == ("1", "1")


def test_junit_is_well_formed_whatever_the_text():
    found = {"set": NASTY, "measures": {}, "reasons": [], "margin": 0}
    assert ET.fromstring(gate_to_junit(found)).attrib["tests"] == "0"  # noqa: S314


def test_comparisons_and_gates_print(run):
    compared = compare_runs(run.path, run.path)
    assert "+0.000…+0.000" in shown(compare_lines(compared), compare_tables(compared))
    gated = gate_runs(run.path, run.path)
    assert "gate: pass" in shown(gate_lines(gated), gate_tables(gated))


def test_a_fake_model_carries_a_banner_in_every_format(tmp_path):
    folder = answers_run(tmp_path / "f", answered, model="fake")
    report = score_answers(folder)
    assert FAKE_BANNER in shown(headline(report), []).replace("\n", " ")
    assert "FAKE MODEL" in run_to_markdown(report)
    assert 'class="banner"' in run_to_html(folder, report)
    assert 'name="fake_model"' in run_to_junit(folder, report)


# -- narrow terminals ----------------------------------------------------------

SEVEN = Table(
    "By type", ("measure", *(f"type_number_{n}" for n in range(7))),
    (("nDCG@10", *(f"0.{n}23" for n in range(7))), ("Success@5", *(f"0.{n}56" for n in range(7)))),
)  # fmt: skip


@pytest.mark.parametrize("width", [200, 80, 60, 40])
def test_a_wide_table_is_printed_in_blocks_and_nothing_is_cut(width):
    stream = io.StringIO()
    print_report(Console(file=stream, width=width), [], [SEVEN])
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    words = stream.getvalue().split()
    assert all(cell in words for row in (SEVEN.header, *SEVEN.rows) for cell in row)


def test_every_block_names_its_rows_and_the_first_has_the_caption():
    parts = list(blocks(SEVEN, 60))
    assert len(parts) > 1
    assert {part.header[0] for part in parts} == {"measure"}
    assert [part.rows[0][0] for part in parts] == ["nDCG@10"] * len(parts)
    assert [part.caption for part in parts[:2]] == ["By type", "By type, continued"]


@pytest.mark.parametrize("width", [200, 80, 60, 40, 10])
def test_blocks_are_of_like_breadth(width):
    sizes = [len(part.header) - 1 for part in blocks(SEVEN, width)]
    assert max(sizes) - min(sizes) <= 1
    assert sum(sizes) == 7


def test_a_table_of_texts_stays_whole():
    table = Table("Worst", ("question", "ranks"), (("why " * 20, "1 → 2"),))
    assert list(blocks(table, 40)) == [table]


# -- comparisons as a page -------------------------------------------------------


def test_a_page_of_a_comparison_shows_both_rankings_most_lost_first(tmp_path):
    one = make_run(tmp_path / "one", GOLD, {"q1": ["a", "x"], "q2": ["b"]})
    two = make_run(tmp_path / "two", GOLD, {"q1": ["x", NASTY, "a"], "q2": ["b"]})
    sides = open_sides(one, two, "papers:papers")
    page = compare_to_html(*sides, compare_sides(*sides))
    assert "nDCG@10 1.000 → 0.500" in page
    assert page.index("<code>q1</code>") < page.index("<code>q2</code>")
    assert "before: papers" in page
    assert "after: papers" in page
    assert "<script" not in page


def test_a_page_of_compared_answers_has_both_curves_and_marked_quotes(answers, tmp_path):
    other = answers_run(tmp_path / "other", answered)
    sides = open_sides(answers.path, other.path, "papers:papers")
    page = compare_to_html(*sides, compare_sides(*sides))
    assert page.count("<svg") == 2
    assert "<mark>" in page
    assert page.index("<h4>before</h4>") < page.index("<h4>after</h4>")
