"""``papers replay`` asks a saved question again; ``papers explain`` says why an answer is so.

Exit codes of ``replay``: 0 the same answer, 1 another one, 2 a file that is no saved answer.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.ask import Filter, Since, Until, filters_of
from rag.cli.common import Context, print_json, read_questions

if TYPE_CHECKING:
    from rag.answering.machine_form import SavedAnswer
    from rag.answering.saved import Saved

File = Annotated[Path, typer.Argument(help="A file made with: papers ask … --save FILE")]
What = Annotated[
    list[str] | None, typer.Argument(help="A saved answer, or a question; '-' reads stdin.")
]
DIFFERENT = 1
_LONGEST_NAME = 4_096


def replay(ctx: typer.Context, file: File) -> None:
    """Ask a saved question again, as it was asked, and show what is another now.

    Filters, options and model are those of the file; --model, --set … given here win. The
    server, the key and the index are yours. Exit code: 0 the same, 1 different, 2 a bad file.

    \b
    papers ask "How much does CGRS shorten reasoning?" --save cgrs.json
    papers replay cgrs.json
    papers replay cgrs.json --model none --json
    """
    from rag.answering.machine_form import parse_answer
    from rag.answering.replay import compare_answers, difference_to_dict
    from rag.answering.saved import read_saved, replayed_settings
    from rag.cli.render_replay import print_difference
    from rag.records import answer_to_dict

    context: Context = ctx.obj
    saved = read_saved(file)
    filters = saved.given_filters
    app = _as_saved(context, saved).open_with_corpus()
    again = parse_answer(answer_to_dict(app.ask(saved.answer.question, filters=filters)))
    settings = saved.settings, replayed_settings(app.settings)
    found = compare_answers(saved.answer, again, settings)
    if context.json:
        print_json(difference_to_dict(saved.answer.question, found))
    else:
        print_difference(saved, found)
    if not found.equal:
        raise typer.Exit(DIFFERENT)


def explain(
    ctx: typer.Context,
    what: What = None,
    *,
    filter_: Filter = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Say why each claim and citation is in an answer: quote, verdict, ranks, weights.

    \b
    papers explain "How much does CGRS shorten reasoning?"
    papers explain cgrs.json
    """
    from rag.answering.explanation import explanation
    from rag.cli.render_replay import print_explanation

    context: Context = ctx.obj
    answer, given = _asked_or_saved(context, what or [], filters_of(filter_, since, until))
    found = explanation(answer, given)
    if context.json:
        print_json(found)
    else:
        print_explanation(found)


def _asked_or_saved(
    context: Context, words: list[str], filters: Any
) -> "tuple[SavedAnswer, dict[str, Any]]":
    """Return the answer in the file that is named, or else to the question that is asked."""
    from rag.answering.machine_form import parse_answer
    from rag.answering.saved import read_saved
    from rag.errors import UsageError
    from rag.records import answer_to_dict

    if len(words) == 1 and _names_file(words[0]):
        if filters:
            raise UsageError("a saved answer has its own filters; leave them out")
        saved = read_saved(Path(words[0]))
        return saved.answer, saved.filters
    app = context.open_with_corpus()
    answer = app.ask(read_questions(words), filters=filters)
    return parse_answer(answer_to_dict(answer)), filters.to_dict() if filters else {}


def _names_file(word: str) -> bool:
    """Return whether one argument is meant as a file: it is there, or is called like one."""
    if word == "-" or len(word) > _LONGEST_NAME or "\0" in word:
        return False
    try:
        return word.lower().endswith(".json") or Path(word).exists()
    except OSError:  # a question may be too long for a name
        return False


def _as_saved(context: Context, saved: "Saved") -> Context:
    """Return the global options with the saved settings under those given now."""
    from rag.answering.saved import REPLAYED

    given = {key: value for key, value in context.overrides.items() if value is not None}
    kept = {key: value for key, value in saved.settings.items() if key in REPLAYED}
    # No name stands for no model, which has to be said where a key would choose one.
    kept["model.name"] = kept.get("model.name") or "none"
    if "model.base_url" in given and kept["model.name"] == "none":
        del kept["model.name"]  # a server given now asks for a model
    return replace(context, overrides={**kept, **given})
