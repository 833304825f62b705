"""Prompts as data: one Markdown file each, its variables declared and checked on loading.

A file opens with front matter between ``---`` lines (``version`` and ``variables``);
sections headed ``# system`` and ``# user`` hold the messages with ``$variable`` in them.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from rag.errors import ConfigError
from rag.resources import read_text

_FILE = re.compile(r"---\n(?P<front>.*?)\n---\n(?P<body>.*)", re.DOTALL)
_SECTION = re.compile(r"^# (system|user)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt file: its messages as (role, template) pairs, and the sha256 of its text."""

    name: str
    version: str
    variables: frozenset[str]
    messages: tuple[tuple[str, str], ...]
    sha256: str

    def render(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return the (role, text) messages. Raises ConfigError for missing or extra values.

        A ``$`` inside a value stays as it is: values are data, never templates.
        """
        if self.variables != values.keys():
            odd = ", ".join(sorted(self.variables ^ values.keys()))
            raise ConfigError(f"prompts/{self.name}: missing or undeclared variables: {odd}")
        return [(role, Template(text).substitute(values)) for role, text in self.messages]


def load_prompt(name: str) -> Prompt:
    """Return ``prompts/NAME``. Raises ConfigError when it is malformed."""
    text = read_text("prompts", name)
    found = _FILE.fullmatch(text)
    if not found:
        raise ConfigError(f"prompts/{name}: no front matter between --- lines")
    front = dict(_front_line(name, line) for line in found["front"].splitlines() if line.strip())
    if front.keys() != {"version", "variables"}:
        raise ConfigError(f"prompts/{name}: front matter needs version and variables, nothing else")
    parts = _SECTION.split(found["body"])
    messages = tuple(
        (role, body.strip()) for role, body in zip(parts[1::2], parts[2::2], strict=True)
    )
    declared = frozenset(front["variables"].split())
    _check_variables(name, declared, messages)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Prompt(name, front["version"], declared, messages, digest)


def _front_line(name: str, line: str) -> tuple[str, str]:
    key, colon, value = line.partition(":")
    if not colon:
        raise ConfigError(f"prompts/{name}: front matter line without a colon: {line!r}")
    return key.strip(), value.strip()


def _check_variables(
    name: str, declared: frozenset[str], messages: tuple[tuple[str, str], ...]
) -> None:
    if not messages:
        raise ConfigError(f"prompts/{name}: no '# system' or '# user' section")
    used: set[str] = set()
    for _role, text in messages:
        template = Template(text)
        if not template.is_valid():
            raise ConfigError(f"prompts/{name}: a lone $; write $$")
        used.update(template.get_identifiers())
    if used != declared:
        odd = ", ".join(sorted(used ^ declared))
        raise ConfigError(f"prompts/{name}: declared and used variables differ: {odd}")
