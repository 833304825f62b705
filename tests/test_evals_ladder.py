"""Fake systems with scores known beforehand must stand in their order, to the last digit."""

from itertools import pairwise

import pytest

from evals.ladder import EXPECTED, LADDER, climb


@pytest.mark.parametrize("speaker", LADDER, ids=lambda s: s.__name__)
def test_each_rung_scores_exactly_what_was_worked_out_by_hand(speaker):
    found = climb(speaker)
    for name, value in EXPECTED[speaker.__name__].items():
        assert found[name] == (None if value is None else pytest.approx(value)), name


def test_the_ladder_is_strict():
    values = [climb(speaker)["net"] or 0.0 for speaker in LADDER]
    assert all(above > below for above, below in pairwise(values))


def test_every_rung_has_its_expected_scores():
    assert [speaker.__name__ for speaker in LADDER] == list(EXPECTED)
