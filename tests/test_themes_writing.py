"""Themes that a model writes: what it may say, what becomes of its lies, and what it may cost."""

import re
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.errors import BudgetError, ModelRefusedError, ModelUnavailableError
from rag.models import GuardedModel
from rag.pricing import Price
from rag.records import Verdict
from rag.settings import ModelSettings
from rag.themes import ThemeOptions, ThemeReport, build_themes
from rag.themes.asking import Purse, ThriftyModel
from rag.themes.estimate import estimate
from rag.themes.map import map_data
from rag.themes.naming import names_its_papers
from rag.themes.render import to_markdown
from rag.themes.replies import FOLDER, KeptReplies
from rag.themes.writing import write_themes
from tests import themes_script as script
from tests.fakes import ScriptedModel
from tests.themes_planted import SUBJECTS, planted

SETTINGS = ModelSettings(name="scripted")
CHEAP = Price(1.0, 1.0)  # a dollar per million tokens
Script = Callable[[str], str]


@pytest.fixture(scope="module")
def quoted() -> ThemeReport:
    corpus = planted()
    options = ThemeOptions(count=4, subsamples=0)
    return build_themes(corpus.papers, corpus.vectors, options=options)


class Asked:
    """A thrifty model over a script, with the prompts that reached the script."""

    def __init__(
        self, home: Path, says: Script = script.says, *, price: Price | None = CHEAP,
        limit: float | None = None,
    ) -> None:  # fmt: skip
        self.scripted = ScriptedModel(script=says)
        guarded = GuardedModel(self.scripted, name="scripted", timeout=60)
        self.model = ThriftyModel(guarded, SETTINGS, KeptReplies(home), Purse(price, limit))

    @property
    def prompts(self) -> list[str]:
        return self.scripted.prompts


def subject(prompt: str) -> str:
    """Return the planted subject that the abstracts of a theme's prompt are about."""
    return max(SUBJECTS, key=prompt.count)


def lying_about(name: str, lie: Script) -> Script:
    """Return a script that lies about one theme and is sound otherwise."""

    def says(prompt: str) -> str:
        about_theme = "What these papers have in common" in prompt
        return lie(prompt) if about_theme and subject(prompt) == name else script.says(prompt)

    return says


def failing(error: Exception) -> Script:
    def says(prompt: str) -> str:
        raise error

    return says


# -- the ordinary way ------------------------------------------------------------------------


def test_every_sentence_is_cited_to_a_paper_of_its_theme_and_holds(
    quoted: ThemeReport, tmp_path: Path
) -> None:
    report = write_themes(quoted, Asked(tmp_path).model)
    for theme in report.themes:
        papers = {paper.paper_id: paper for paper in theme.papers}
        assert theme.written_by == "scripted"
        assert len(theme.claims) == 3
        for claim in theme.claims:
            assert claim.verdict is Verdict.SUPPORTED
            for c in claim.citations:
                assert papers[c.paper_id].abstract[c.start : c.end] == c.quote
                assert papers[c.paper_id].title == c.title


def test_the_overview_cites_papers_under_the_numbers_that_they_have_in_the_themes(
    quoted: ThemeReport, tmp_path: Path
) -> None:
    report = write_themes(quoted, Asked(tmp_path).model)
    numbers = {
        c.n: c.paper_id for t in report.themes for claim in t.claims for c in claim.citations
    }
    assert len(report.overview) == 4
    for claim in report.overview:
        assert claim.verdict is Verdict.SUPPORTED
        assert [numbers[c.n] for c in claim.citations] == [c.paper_id for c in claim.citations]
    assert sorted(numbers) == list(range(1, 13))


def test_labels_are_refined_and_neighbours_go_by_their_new_names(
    quoted: ThemeReport, tmp_path: Path
) -> None:
    report = write_themes(quoted, Asked(tmp_path).model)
    labels = {theme.theme_id: theme.label for theme in report.themes}
    assert sorted(labels.values()) == sorted(f"Gains in {name}" for name in SUBJECTS)
    assert all(t.contrast and t.contrast.neighbour_label == labels[t.contrast.neighbour]
               for t in report.themes)  # fmt: skip


def test_papers_and_accounting_are_those_of_the_quoted_report(
    quoted: ThemeReport, tmp_path: Path
) -> None:
    report = write_themes(quoted, Asked(tmp_path).model)
    assert [t.papers for t in report.themes] == [t.papers for t in quoted.themes]
    assert report.matched == report.covered + len(report.uncovered)


def test_what_it_took_is_reported(quoted: ThemeReport, tmp_path: Path) -> None:
    asked = Asked(tmp_path)
    writing = write_themes(quoted, asked.model).to_dict()["writing"]
    assert writing["requests"] == len(asked.prompts) == 6  # four themes, labels, overview
    assert writing["cost_usd"] == pytest.approx(
        (writing["input_tokens"] + writing["output_tokens"]) / 1e6
    )


# -- lies ------------------------------------------------------------------------------------


def test_altered_numbers_are_marked_and_the_overview_never_sees_them(
    quoted: ThemeReport, tmp_path: Path
) -> None:
    def half_true(prompt: str) -> str:
        return f"{script.findings(prompt, 1)} {script.falsified(prompt).partition('. ')[2]}"

    asked = Asked(tmp_path, lying_about("glacier flow", half_true))
    report = write_themes(quoted, asked.model)
    (theme,) = (t for t in report.themes if "glacier" in t.label)
    assert [c.verdict for c in theme.claims] == [
        Verdict.SUPPORTED, Verdict.UNSUPPORTED, Verdict.UNSUPPORTED,
    ]  # fmt: skip
    (overview,) = (p for p in asked.prompts if "</findings>\n\nThe themes" in p)
    assert theme.claims[0].text.rstrip(".") in overview
    assert not any(claim.text.rstrip(".") in overview for claim in theme.claims[1:])
    assert "✗" in to_markdown(report)


def test_strict_drops_what_does_not_hold_and_counts_it(quoted: ThemeReport, tmp_path: Path) -> None:
    def half_true(prompt: str) -> str:
        return f"{script.findings(prompt, 1)} {script.falsified(prompt).partition('. ')[2]}"

    asked = Asked(tmp_path, lying_about("glacier flow", half_true))
    report = write_themes(quoted, asked.model, strict=True)
    (theme,) = (t for t in report.themes if "glacier" in t.label)
    assert [c.verdict for c in theme.claims] == [Verdict.SUPPORTED]
    assert report.writing
    assert report.writing.dropped == 2


def test_a_theme_of_which_nothing_holds_is_quoted_and_says_so(
    quoted: ThemeReport, tmp_path: Path
) -> None:
    asked = Asked(tmp_path, lying_about("glacier flow", script.falsified))
    report = write_themes(quoted, asked.model)
    (theme,) = (t for t in report.themes if not t.written_by)
    before = quoted.themes[report.themes.index(theme)]
    assert [c.text for c in theme.claims] == [c.text for c in before.claims]
    assert f"theme {theme.theme_id} is quoted, not written: no sentence" in report.notes[-1]
    assert len(report.overview) == 4  # the quoted sentences hold, and count
    assert "quoted)" in to_markdown(report)


@pytest.mark.parametrize(
    "marks", ["[99]", "[1-3000]", "", "(Smith 2024)"], ids=["unoffered", "range", "none", "prose"]
)
def test_citations_of_nothing_support_nothing(
    quoted: ThemeReport, tmp_path: Path, marks: str
) -> None:
    asked = Asked(tmp_path, lying_about("protein folding", lambda _: f"It gains 12% {marks}."))
    report = write_themes(quoted, asked.model)
    assert [bool(t.written_by) for t in report.themes].count(False) == 1


def test_an_overview_that_cites_themes_instead_of_papers_is_left_out(
    quoted: ThemeReport, tmp_path: Path
) -> None:
    def says(prompt: str) -> str:
        if "The themes:" in prompt:
            return "All themes report gains (theme 1, theme 2)."
        return script.says(prompt)

    report = write_themes(quoted, Asked(tmp_path, says).model)
    assert report.overview == ()
    assert report.notes[-1] == "there is no overview: no sentence of the model's held"


@pytest.mark.parametrize(
    "label",
    ["Teleportation of whales", "Ignore all previous instructions", "Gains " * 12, "", "…"],
)
def test_a_label_of_other_words_than_its_papers_use_is_refused(
    quoted: ThemeReport, label: str
) -> None:
    assert not names_its_papers(label, quoted.themes[0])


def test_one_name_for_two_themes_is_no_name(quoted: ThemeReport, tmp_path: Path) -> None:
    def says(prompt: str) -> str:
        if "</groups>" in prompt:
            return "1. Usual recipe\n2. Usual recipe\n3. Gains\n4) Slow progress"
        return script.says(prompt)

    report = write_themes(quoted, Asked(tmp_path, says).model)
    assert [t.label for t in report.themes] == [
        quoted.themes[0].label, quoted.themes[1].label, "Gains", "Slow progress",
    ]  # fmt: skip


def test_the_map_shows_the_overview_and_each_verdict(quoted: ThemeReport, tmp_path: Path) -> None:
    def half_true(prompt: str) -> str:
        return f"{script.findings(prompt, 1)} {script.falsified(prompt).partition('. ')[2]}"

    corpus = planted()
    report = write_themes(quoted, Asked(tmp_path, lying_about("glacier flow", half_true)).model)
    data = map_data(report, corpus.papers, np.zeros((len(corpus.papers), 2), np.float32))
    assert [claim["mark"] for claim in data["overview"]] == ["✓"] * 4
    assert data["wrote"].startswith("Written by scripted, every sentence checked")
    marks = [claim["mark"] for theme in data["themes"] for claim in theme["claims"]]
    assert (marks.count("✓"), marks.count("✗")) == (10, 2)


# -- failures --------------------------------------------------------------------------------


def test_a_failure_on_one_theme_leaves_it_quoted_and_the_others_written(
    quoted: ThemeReport, tmp_path: Path
) -> None:
    lie = failing(ModelUnavailableError("the server is down"))
    report = write_themes(quoted, Asked(tmp_path, lying_about("quantum annealing", lie)).model)
    assert [bool(t.written_by) for t in report.themes].count(False) == 1
    assert "the server is down" in report.notes[-1]
    assert report.overview
    assert report.writing
    assert not report.writing.complete


def test_after_a_refusal_nothing_more_is_asked(quoted: ThemeReport, tmp_path: Path) -> None:
    asked = Asked(tmp_path, failing(ModelRefusedError("the key is wrong")))
    report = write_themes(quoted, asked.model)
    assert len(asked.prompts) == 1
    assert [t.claims for t in report.themes] == [t.claims for t in quoted.themes]
    assert sum("the key is wrong" in note for note in report.notes) == 1


# -- money and memory ------------------------------------------------------------------------


def test_a_second_run_asks_nothing_and_says_the_same(quoted: ThemeReport, tmp_path: Path) -> None:
    first = write_themes(quoted, Asked(tmp_path).model)
    again = Asked(tmp_path)
    second = write_themes(quoted, again.model)
    assert again.prompts == []
    assert replace(second, writing=None) == replace(first, writing=None)
    assert second.writing
    assert (second.writing.reused, second.writing.cost_usd) == (6, 0.0)
    assert estimate(quoted, Asked(tmp_path).model, as_of="").requests == 0


def test_another_limit_on_length_is_another_question(quoted: ThemeReport, tmp_path: Path) -> None:
    write_themes(quoted, Asked(tmp_path).model)
    again = Asked(tmp_path)
    again.model.settings = SETTINGS.model_copy(update={"max_tokens": 300})
    write_themes(quoted, again.model)
    assert len(again.prompts) == 6


def test_replies_are_kept_for_their_owner_alone(quoted: ThemeReport, tmp_path: Path) -> None:
    write_themes(quoted, Asked(tmp_path).model)
    files = list((tmp_path / FOLDER).iterdir())
    assert len(files) == 6
    assert stat.S_IMODE((tmp_path / FOLDER).stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_damaged_reply_is_asked_for_again(quoted: ThemeReport, tmp_path: Path) -> None:
    first = write_themes(quoted, Asked(tmp_path).model)
    for file in (tmp_path / FOLDER).iterdir():
        file.write_bytes(b'{"text": 3')
    again = Asked(tmp_path)
    assert write_themes(quoted, again.model).overview == first.overview
    assert len(again.prompts) == 6


def test_the_estimate_counts_what_will_be_sent(quoted: ThemeReport, tmp_path: Path) -> None:
    asked = Asked(tmp_path)
    told = estimate(quoted, asked.model, as_of="2025-08-31")
    report = write_themes(quoted, asked.model)
    assert told.requests == len(asked.prompts)
    assert report.writing
    assert told.input_tokens == pytest.approx(report.writing.input_tokens, rel=0.25)
    assert re.search(r"6 requests, about [\d,]+ tokens to read .* at most \$0\.\d{4}", str(told))


def test_a_limit_below_the_estimate_is_refused_before_anything_is_sent(
    quoted: ThemeReport, tmp_path: Path
) -> None:
    told = estimate(quoted, Asked(tmp_path).model, as_of="")
    with pytest.raises(BudgetError, match="nothing was sent: this may cost"):
        told.check(0.001)


def test_a_limit_cannot_be_kept_without_a_price(quoted: ThemeReport, tmp_path: Path) -> None:
    told = estimate(quoted, Asked(tmp_path, price=None).model, as_of="")
    assert "cost unknown" in str(told)
    with pytest.raises(BudgetError, match="no price is known"):
        told.check(1.0)


def test_the_limit_stops_before_it_is_passed_and_keeps_what_was_written(
    quoted: ThemeReport, tmp_path: Path
) -> None:
    limit = 0.0035
    asked = Asked(tmp_path, limit=limit)
    report = write_themes(quoted, asked.model)
    written = [bool(t.written_by) for t in report.themes]
    assert 0 < written.count(True) < 4
    assert written == sorted(written, reverse=True)  # from some theme on, nothing was asked
    assert len(asked.prompts) == written.count(True)
    assert report.writing
    assert report.writing.cost_usd is not None
    assert report.writing.cost_usd <= limit
    assert "the limit of $0.0035 is reached" in report.notes[-1]
