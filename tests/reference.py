"""The pages under ``docs/reference``, made from docstrings and from the commands' own help.

``python -m tests.reference`` (``make docs``) writes them; a test checks that they are what
it would write now.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import typer.main
from pydantic import BaseModel

import rag
from rag import errors, records, settings

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
WIDTH = 90
_MADE = "<!-- made by `make docs`; edit the docstrings instead -->\n\n"
_RECORDS = (
    "Paper", "Reject", "Evidence", "Hit", "Retrieval", "Verdict", "Reason", "Citation", "Claim",
    "Source", "Usage", "Answer",
)  # fmt: skip


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    return {
        "cli.md": _commands(),
        "library.md": _library(),
        "settings.md": _settings(),
        "errors.md": _errors(),
    }


# -- the command line -------------------------------------------------------------


def _commands() -> str:
    command_line = import_module("rag.cli.main")
    root = typer.main.get_command(command_line.app)
    parts = ["# Commands\n\nWhat `--help` prints, command by command.\n"]
    for name, text in _helps(root, "papers", None):
        parts.append(f"\n## {name}\n\n```text\n{text}\n```\n")
    codes = inspect.getdoc(command_line) or ""
    parts.append(f"\n## Exit codes\n\n{_prose(codes.partition('Exit codes: ')[2])}\n")
    return _MADE + "".join(parts)


def _helps(command: Any, name: str, parent: Any) -> Iterator[tuple[str, str]]:
    context = click.Context(command, info_name=name.rpartition(" ")[2], parent=parent)
    context.terminal_width = WIDTH
    context.max_content_width = WIDTH
    text = command.get_help(context)
    yield name, "\n".join(line.rstrip() for line in text.splitlines())
    for word, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from _helps(child, f"{name} {word}", context)


# -- the library --------------------------------------------------------------------


def _library() -> str:
    names = [name for name in rag.__all__ if name != "__version__"]
    parts = ["# Library\n\n", _prose(inspect.getdoc(rag) or ""), "\n"]
    ordered = sorted(names, key=str.casefold)
    parts += [_entry(f"rag.{name}", getattr(rag, name)) for name in ordered]
    parts.append(
        "\n# Records\n\nThe values that answers and searches are made of (`rag.records`).\n"
    )
    more = [name for name in _RECORDS if name not in names]
    parts += [_entry(f"rag.records.{name}", getattr(records, name)) for name in more]
    return _MADE + "".join(parts)


def _entry(name: str, thing: Any) -> str:
    parts = [f"\n## {name}\n\n"]
    if inspect.isclass(thing):
        parts += [f"{_doc(thing)}\n", *_fields(thing), *_methods(thing)]
    else:
        parts += [f"```python\n{_signature(thing, thing.__name__)}\n```\n\n", f"{_doc(thing)}\n"]
    return "".join(parts)


def _fields(kind: Any) -> Iterator[str]:
    if issubclass(kind, str):  # an enumeration of words
        yield f"\nValues: {', '.join(f'`{value.value}`' for value in kind)}.\n"
    elif is_dataclass(kind):
        yield "\n| field | type |\n|---|---|\n"
        for field in fields(kind):
            escaped = _type(field.type).replace("|", "\\|")  # tables need it even in code
            yield f"| `{field.name}` | `{escaped}` |\n"


def _methods(kind: Any) -> Iterator[str]:
    for name, value in vars(kind).items():
        doc = inspect.getdoc(value)
        if name.startswith("_") or not doc or not _is_ours(value):
            continue
        if inspect.isfunction(value):
            yield f"\n### {kind.__name__}.{name}\n\n```python\n{_signature(value, name)}\n```\n\n{_prose(doc)}\n"
        else:
            yield f"\n### {kind.__name__}.{name}\n\n{_prose(doc)}\n"


def _is_ours(value: Any) -> bool:
    made = getattr(value, "fget", None) or getattr(value, "func", None) or value
    return inspect.isfunction(made) and made.__module__.startswith("rag.")


def _signature(function: Any, name: str) -> str:
    signature = inspect.signature(function)
    given = [p for p in signature.parameters.values() if p.name != "self"]
    text = str(signature.replace(parameters=given))
    short = f"def {name}{_type(text)}"
    if len(short) <= WIDTH:
        return short
    inner = ",\n    ".join(_parameters(given))
    return f"def {name}(\n    {inner},\n) -> {_type(inspect.formatannotation(signature.return_annotation))}"


def _parameters(given: list[inspect.Parameter]) -> Iterator[str]:
    starred = False
    for parameter in given:
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        yield _type(str(parameter))


def _type(annotation: Any) -> str:
    """Return a type as it is written, without modules, quotes and addresses."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = re.sub(r"ForwardRef\('([^']*)'\)", r"\1", text)
    text = re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z])", "", text)
    return re.sub(r"'([\w\[\], |.]+)'", r"\1", text)


def _doc(thing: Any) -> str:
    return _prose(inspect.getdoc(thing) or "")


def _prose(text: str) -> str:
    """Return a docstring as Markdown: ``code`` with single ticks, ``::`` blocks fenced."""
    text = re.sub(
        r"::\n\n((?:    .*\n?|\n)+)",
        lambda m: f":\n\n```python\n{inspect.cleandoc(m[1])}\n```\n",
        text,
    )
    text = re.sub(r"(?m)(^>>> .*(?:\n(?!\n).*)*)", r"```python\n\1\n```", text)
    return re.sub(r"(?<!`)``(?!`)", "`", text).strip()


# -- settings and errors ----------------------------------------------------------------


def _settings() -> str:
    parts = ["# Settings\n\n", _prose(inspect.getdoc(settings) or ""), "\n\n"]
    parts.append(
        "Set one with `--set retrieval.k=20`, in a TOML file given by `--config` (`[retrieval]`, "
        "`k = 20`), or as `PAPERS_RETRIEVAL_K=20`.\n"
    )
    for section, field in settings.Settings.model_fields.items():
        kind = field.annotation
        assert inspect.isclass(kind)
        assert issubclass(kind, BaseModel)
        parts.append(
            f"\n## {section}\n\n{_doc(kind)}\n\n| key | default | limits |\n|---|---|---|\n"
        )
        for key, one in kind.model_fields.items():
            if not one.exclude:
                limits = ", ".join(map(_limit, one.metadata))
                parts.append(f"| `{section}.{key}` | `{one.default!r}` | {limits} |\n")
    return _MADE + "".join(parts)


def _limit(limit: Any) -> str:
    signs = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
    return ", ".join(f"{signs[n]} {v:,}" for n, v in vars_of(limit).items() if n in signs)


def vars_of(limit: Any) -> dict[str, Any]:
    """Return the fields of a limit of ``annotated_types``, which has slots."""
    return {name: getattr(limit, name) for name in getattr(limit, "__slots__", ())}


def _errors() -> str:
    head, _, rest = (inspect.getdoc(errors) or "").partition("\n\n")
    tree, _, tail = rest.partition("\n\nA message")
    return f"{_MADE}# Errors\n\n{head}\n\n```text\n{tree}\n```\n\nA message{tail}\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
