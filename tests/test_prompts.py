"""Prompts are data: every variable is declared, and values are never templates."""

from pathlib import Path

import pytest

from rag.errors import ConfigError
from rag.prompts import load_prompt

SHIPPED = sorted(path.name for path in (Path(__file__).parents[1] / "prompts").glob("*.md"))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_prompts_load(name: str) -> None:
    prompt = load_prompt(name)
    assert [role for role, _ in prompt.messages] == ["system", "user"]
    assert len(prompt.sha256) == 64


def test_values_are_data() -> None:
    messages = load_prompt("answer.md").render({"question": "cost $context?", "context": "a $x b"})
    assert "cost $context?" in messages[1][1]
    assert "a $x b" in messages[1][1]


@pytest.mark.parametrize(
    "values", [{}, {"question": "q"}, {"question": "q", "context": "c", "x": ""}]
)
def test_missing_and_extra_values_are_named(values: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="variables"):
        load_prompt("answer.md").render(values)


@pytest.mark.parametrize("name", ["../config/default.toml", "nothing.md", "/etc/passwd"])
def test_only_files_of_the_folder_are_prompts(name: str) -> None:
    with pytest.raises(ConfigError):
        load_prompt(name)
