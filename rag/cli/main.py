"""The root of the command line: global options, the list of commands, exit codes.

Exit codes: 0 done (an abstention is an answer), 1 nothing was loaded, 2 usage or any
other error, 3 the index is being written by another process, 4 the answer is
incomplete, 130 and 143 stopped by Ctrl-C or SIGTERM.
"""

import gc
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from rag import __version__
from rag.cli import ask, chat, corpus, evaluate, health, log, replay, themes
from rag.cli.common import Context
from rag.errors import PapersError

_GLOBAL_VALUES = (
    "--home",
    "--store",
    "--config",
    "--preset",
    "--model",
    "--base-url",
    "--timeout",
    "--set",
)
_GLOBAL_FLAGS = ("--json", "--quiet")
_STOPPED = 130

app = typer.Typer(
    name="papers",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Ask a corpus of paper abstracts, and check every word of the answer.

\b
Examples:
  papers ask "What shortens reasoning without losing accuracy?"
  papers search "planning with language models" --since 2025
  papers themes
  papers index add my-papers.bib
  papers chat

Without a key or a server, answers are quoted from the abstracts. With OPENAI_API_KEY,
or --base-url of any OpenAI-compatible server, that model writes them, and every claim
is checked against the paper it cites.""",
)
app.command(name="ask")(ask.ask)
app.command(name="search")(ask.search)
app.command(name="replay")(replay.replay)
app.command(name="explain")(replay.explain)
app.command(name="chat")(chat.chat)
app.command(name="themes")(themes.themes)
app.add_typer(corpus.app, name="index")
app.add_typer(evaluate.app, name="eval")
app.add_typer(log.app, name="log")
app.command(name="config")(health.config)
app.command(name="doctor")(health.doctor)
app.command(name="models")(health.models)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"papers {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    *,
    home: Annotated[str | None, typer.Option(help="Folder of the corpus and its index.")] = None,
    store: Annotated[
        str | None, typer.Option(help="A Chroma server for the vectors, e.g. http://host:8000.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="A TOML file of settings.")] = None,
    preset: Annotated[str | None, typer.Option(help="openai, local or server.")] = None,
    model: Annotated[str | None, typer.Option(help="Chat model; 'none' quotes instead.")] = None,
    base_url: Annotated[str | None, typer.Option(help="An OpenAI-compatible server.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds for one answer, total.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Any setting: --set retrieval.k=20.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print answers only.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Note the options that every command understands."""
    del version
    overrides = {
        "index.store": store, "model.name": model, "model.base_url": base_url,
        "model.timeout": timeout,
    }  # fmt: skip
    overrides.update(_assignments(set_ or []))
    ctx.obj = Context(home, config, preset, json, quiet or json, overrides)


def _assignments(pairs: list[str]) -> dict[str, str]:
    from rag.errors import UsageError

    found = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set takes KEY=VALUE, got {pair!r}")
        found[key.strip()] = value
    return found


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    signal.signal(signal.SIGTERM, _terminate)
    gc.set_threshold(100_000, 20, 20)  # imports make much and leave nothing: 5 % of a question
    os.umask(0o077)  # what is written is for its owner, Chroma's files included
    words = sys.argv[1:] if arguments is None else arguments
    sys.exit(_run(_globals_first(words)))


def _run(words: list[str]) -> int:
    try:
        code = app(words, prog_name="papers", standalone_mode=False)
        sys.stdout.flush()
        if code == _STOPPED:  # typer turns Ctrl-C into this
            raise KeyboardInterrupt
    except typer.TyperException as exc:
        _complain(_usage(exc))
        return 2
    except PapersError as exc:
        _complain(str(exc))
        return exc.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _complain("stopped; what was done is kept, run the same command to go on")
        return _STOPPED
    except (OSError, SystemExit) as exc:
        return _output_ended(exc)
    return code if isinstance(code, int) else 0


def _output_ended(why: OSError | SystemExit) -> int:
    """Return the exit code when no more can be printed; every other file tells of itself."""
    if isinstance(why, SystemExit):
        if why.code != 1:
            raise why
        return 0  # so typer ends, on its own account, when the reader of a pipe has left
    sys.stdout = None
    if isinstance(why, BrokenPipeError):
        return 0
    _complain(f"the output cannot be written: {why.strerror}; mend: free space and run again")
    return 1


def _usage(exc: typer.TyperException) -> str:
    """Return typer's own complaint as one line that also says where help is to be had."""
    text = exc.format_message()
    if text.lstrip().startswith("Usage:"):
        return text
    context = getattr(exc, "ctx", None)
    return f"{text.rstrip('.?')}; see {context.command_path if context else 'papers'} --help"


def _complain(text: str) -> None:
    from rag.text.safe import for_terminal

    print(f"papers: {for_terminal(text)}", file=sys.stderr)  # noqa: T201


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(143)


def _globals_first(words: list[str]) -> list[str]:
    """Move the global options to the front, so that they may also follow the command."""
    first: list[str] = []
    rest: list[str] = []
    i = 0
    while i < len(words):
        word = words[i]
        if word == "--":
            rest += words[i:]
            break
        if word in _GLOBAL_FLAGS or word.startswith(tuple(f"{v}=" for v in _GLOBAL_VALUES)):
            first.append(word)
        elif word in _GLOBAL_VALUES and i + 1 < len(words):
            first += words[i : i + 2]
            i += 1
        else:
            rest.append(word)
        i += 1
    return first + rest
