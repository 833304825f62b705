"""``papers ask`` and ``papers search``."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.common import Context, print_json, read_questions

if TYPE_CHECKING:
    from rag.app import App
    from rag.records import Answer

Words = Annotated[list[str] | None, typer.Argument(help="The question; '-' reads it from stdin.")]
Filter = Annotated[
    list[str] | None,
    typer.Option("--filter", "-f", help="A condition on a field: org=google, authors<=3, …"),
]
Since = Annotated[
    str | None, typer.Option(help="Published on or after: 2025, 2025-03, 2025-03-01.")
]
Until = Annotated[str | None, typer.Option(help="Published on or before.")]
Batch = Annotated[
    Path | None, typer.Option(help="A file of questions, one a line, or a question set (JSONL).")
]
Jobs = Annotated[int, typer.Option(min=1, max=64, help="Questions of a batch asked at once.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Write the batch here; run again, it goes on where it was."),
]
Save = Annotated[Path | None, typer.Option(help="Store the answer with its trace, to replay it.")]
Force = Annotated[bool, typer.Option("--force", help="Let --save replace whatever is there.")]
INCOMPLETE = 4


def ask(
    ctx: typer.Context,
    question: Words = None,
    *,
    filter_: Filter = None,
    since: Since = None,
    until: Until = None,
    papers: Annotated[int | None, typer.Option(help="Most papers an answer draws on.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Drop unsupported claims.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say why each paper was chosen.")
    ] = False,
    save: Save = None,
    force: Force = False,
    batch: Batch = None,
    jobs: Jobs = 1,
    out: Out = None,
) -> None:
    """Answer one question, every sentence cited and checked.

    \b
    papers ask "How much does CGRS shorten reasoning, and on which benchmarks?"
    papers ask "What has been done on GUI agents?" --since 2025 --json
    echo "Why is closed-loop planning expensive?" | papers ask
    papers ask "What is CGRS?" --save cgrs.json, later: papers replay cgrs.json
    papers ask --batch questions.txt --jobs 4 --out answers.jsonl
    """
    context: Context = ctx.obj
    _check_together(question, batch, out, save)
    app = context.open_with_corpus(answer__strict=strict or None, answer__papers=papers)
    filters = filters_of(filter_, since, until)
    if batch is not None:
        from rag.cli.batch import answer_batch

        if code := answer_batch(app, batch, jobs=jobs, filters=filters, out=out):
            raise typer.Exit(code)
        return
    text = _question(question, save, force=force)
    answer = _answered(context, app, text, filters)
    if save is not None:
        _save(context, app, answer, filters, save)
    if explain and not context.json:
        from rag.cli.render import print_retrieval

        print_retrieval(app.search(text, filters=filters), explain=True)
    if not answer.complete:
        raise typer.Exit(INCOMPLETE)


def _check_together(
    question: list[str] | None, batch: Path | None, out: Path | None, save: Path | None
) -> None:
    """Refuse options that would be passed over in silence. Raises UsageError."""
    from rag.errors import UsageError

    if batch is not None and question:
        raise UsageError("give a question or --batch FILE, not both")
    if batch is not None and save is not None:
        raise UsageError("--save stores one answer; for a batch give --out FILE")
    if out is not None and batch is None:
        raise UsageError("--out goes with --batch FILE; to store one answer give --save FILE")


def _question(words: list[str] | None, save: Path | None, *, force: bool) -> str:
    """Return the question, once it is sure that its answer can be saved."""
    text = read_questions(words or [])
    if save is not None:
        from rag.answering.saved import check_target
        from rag.retrieval.search import checked_question

        check_target(save, checked_question(text), overwrite=force)
    return text


def _answered(context: Context, app: "App", text: str, filters: Any) -> "Answer":
    """Print the answer to a question, and return it."""
    from rag.cli.render import print_answer
    from rag.records import answer_to_dict

    if not context.json:
        return print_answer(app.stream(text, filters=filters))
    answer = app.ask(text, filters=filters)
    print_json(answer_to_dict(answer))
    return answer


def _save(context: Context, app: "App", answer: "Answer", filters: Any, path: Path) -> None:
    from rag.answering.saved import saved_form, write_saved

    key = app.settings.model.api_key
    secrets = [key.get_secret_value()] if key else []
    write_saved(path, saved_form(answer, filters, app.settings), secrets=secrets)
    context.note(f"saved {path.name}; ask again with: papers replay {path.name}")


def search(
    ctx: typer.Context,
    question: Words = None,
    *,
    k: Annotated[int | None, typer.Option("-k", help="How many papers.")] = None,
    filter_: Filter = None,
    since: Since = None,
    until: Until = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say why each has its rank.")] = False,
    batch: Batch = None,
    jobs: Jobs = 1,
) -> None:
    """Rank papers for a query, with the sentence that fits it best.

    \b
    papers search "planning with language models"
    papers search "papers by Tencent" --explain
    papers search "agents" --filter "authors>=20" --since 2025-06 --json
    """
    from rag.cli.render import print_retrieval
    from rag.records import retrieval_to_dict

    context: Context = ctx.obj
    app = context.open_with_corpus()
    limit = _checked_k(k) or app.settings.retrieval.k
    filters = filters_of(filter_, since, until)
    if batch is not None:
        from rag.cli.batch import search_batch

        if code := search_batch(app, batch, k=limit, jobs=jobs, filters=filters):
            raise typer.Exit(code)
        return
    found = app.search(read_questions(question or []), k=limit, filters=filters)
    if context.json:
        print_json(retrieval_to_dict(found))
    else:
        print_retrieval(found, explain=explain)


def _checked_k(k: int | None) -> int | None:
    from rag.errors import UsageError

    if k is not None and not 1 <= k <= 1000:
        raise UsageError(f"-k takes 1 to 1000, got {k}")
    return k


def filters_of(expressions: Iterable[str] | None, since: str | None, until: str | None) -> Any:
    """Return the filters that the options give, None without any. Raises UsageError."""
    if not (expressions or since or until):
        return None
    from rag.retrieval.filter_expressions import parse_filters

    bounds = [f"{key}={value}" for key, value in (("since", since), ("until", until)) if value]
    return parse_filters([*(expressions or []), *bounds])
