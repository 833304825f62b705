"""The soak judges fairly: what it calls growth grows, what it misses it explains."""

import random
from pathlib import Path

import pytest

from benchmarks.soak import FLAT, Reader
from benchmarks.soak_figures import Sample, growth, lines
from benchmarks.soak_processes import build, made_id, made_title
from rag.retrieval.query import CorpusFacts, understand


def samples(per_minute: float, *, minutes: float = 10, jump: float = 0) -> list[Sample]:
    """Return a sample a second of memory that wavers by 10 MB, grows, and may jump once."""
    dice = random.Random(0)
    return [
        Sample(
            float(second),
            250 + per_minute * second / 60 + dice.uniform(-5, 5) + jump * (second > 400),
            24, 2, 1500,
        )
        for second in range(int(60 * minutes))
    ]  # fmt: skip


def test_steady_growth_is_measured() -> None:
    measured = growth(samples(3.0))
    assert measured.low <= 3.0 <= measured.high
    assert measured.slope == pytest.approx(3.0, abs=0.3)
    assert measured.slope > FLAT


def test_memory_that_wavers_is_flat() -> None:
    assert abs(growth(samples(0.0)).slope) < 0.3


def test_one_peak_at_the_end_is_no_growth() -> None:
    flat = samples(0.0)
    flat[-5:] = [sample._replace(memory=900.0) for sample in flat[-5:]]
    assert abs(growth(flat).slope) < 0.3


def test_what_is_taken_while_warming_up_is_no_growth() -> None:
    warming = [s._replace(memory=s.memory - max(0, 170 - s.time)) for s in samples(0.0)]
    assert abs(growth(warming).slope) < 0.3


def test_a_soak_that_is_too_short_to_tell_is_not_called_flat() -> None:
    assert growth(samples(0.0, minutes=0.3)).slope > FLAT


def test_the_table_tells_size_of_corpus_memory_files_and_generations() -> None:
    text = "\n".join(lines(samples(0.0)))
    assert "| papers after warm-up, middle, end | 1,500, 1,500, 1,500 |" in text
    assert "| most generations on disk | 2 |" in text


def test_no_title_of_a_made_up_paper_asks_for_a_year() -> None:
    dated = CorpusFacts(papers=10, newest="2026-01-01", dated=10)
    assert understand("papers of 1935", dated).filters  # such a number is a condition
    assert not any(understand(made_title(n), dated).filters for n in range(1850, 2100))


def test_a_search_that_misses_its_paper_is_explained(tmp_path: Path) -> None:
    home = tmp_path / "home"
    build(home, range(3))
    reader = Reader(home)
    assert reader.ask(find=made_title(2), id=made_id(2)) == {"found": True}
    gone = reader.ask(find=made_title(7), id=made_id(7))
    assert (gone["found"], gone["in_catalogue"], gone["up_to_date"]) == (False, False, True)
    other = reader.ask(find="papers of 1935 on violins", id=made_id(1))
    assert (other["found"], other["in_catalogue"], other["lexical"]) == (False, True, True)
    assert other["filters"]["date_from"] == "1935-01-01"
    assert reader.close() == 0
