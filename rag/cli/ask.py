"""``papers ask`` and ``papers search``."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from rag.cli.common import Context, print_json, read_questions

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
    batch: Batch = None,
    jobs: Jobs = 1,
) -> None:
    """Answer one question, every sentence cited and checked.

    \b
    papers ask "How much does CGRS shorten reasoning, and on which benchmarks?"
    papers ask "What has been done on GUI agents?" --since 2025 --json
    echo "Why is closed-loop planning expensive?" | papers ask
    papers ask --batch questions.txt --jobs 4 > answers.jsonl
    """
    from rag.cli.render import print_answer, print_retrieval

    context: Context = ctx.obj
    app = context.open_with_corpus(answer__strict=strict or None, answer__papers=papers)
    filters = _filters(filter_, since, until)
    if batch is not None:
        from rag.cli.batch import answer_batch

        answer_batch(app, batch, jobs=jobs, filters=filters)
        return
    text = read_questions(question or [])
    if context.json:
        from rag.records import answer_to_dict

        answer = app.ask(text, filters=filters)
        print_json(answer_to_dict(answer))
    else:
        answer = print_answer(app.stream(text, filters=filters))
        if explain:
            print_retrieval(app.search(text, filters=filters), explain=True)
    if not answer.complete:
        raise typer.Exit(INCOMPLETE)


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
    filters = _filters(filter_, since, until)
    if batch is not None:
        from rag.cli.batch import search_batch

        search_batch(app, batch, k=limit, jobs=jobs, filters=filters)
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


def _filters(expressions: Iterable[str] | None, since: str | None, until: str | None) -> Any:
    if not (expressions or since or until):
        return None
    from rag.retrieval.filter_expressions import parse_filters

    bounds = [f"{key}={value}" for key, value in (("since", since), ("until", until)) if value]
    return parse_filters([*(expressions or []), *bounds])
