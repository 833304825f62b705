"""What a query calls by name."""

import pytest

from rag.retrieval.naming import names, rare_names


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Which work presents VILASR?", ["vilasr"]),
        ("Does Tree-Planner beat GPT-4o on MATH500?", ["tree", "planner", "gpt", "4o", "math500"]),
        ("what reduces overthinking in 2025", []),
        ("Papers About Planning", []),
        ("WHAT IS THE BEST PLANNER", []),
    ],
)
def test_names_are_what_is_written_like_one(query: str, expected: list[str]) -> None:
    assert names(query) == expected


def test_a_name_that_everybody_has_is_none() -> None:
    assert rare_names("Does CGRS help LLMs?", {"cgrs": 5.0, "llms": 0.3, "help": 2.0}) == ["cgrs"]
