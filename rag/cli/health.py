"""``papers config``, ``papers doctor``, ``papers models``: what is set, installed and reachable."""

import typer

from rag.cli.common import Context, print_json


def config(ctx: typer.Context) -> None:
    """Print the settings in force; secrets are never printed."""
    from rag.cli.common import console
    from rag.cli.render import safe
    from rag.outside.address import shown

    context: Context = ctx.obj
    settings = context.open_app().settings
    tree = settings.model_dump()
    for values in tree.values():
        values.update({k: shown(v) for k, v in values.items() if k.endswith("base_url")})
    if context.json:
        print_json({"schema": 1, **tree})
        return
    for section, values in tree.items():
        console.print(f"[{section}]")
        for key, value in values.items():
            console.print(safe(f"{key} = {value!r}"))
    console.print(f"# OPENAI_API_KEY is {'set' if settings.model.api_key else 'not set'}")


def doctor(ctx: typer.Context) -> None:
    """Check the installation, the index and the model; print the command that mends each fault."""
    from rag.cli.checkup import examine
    from rag.cli.common import console
    from rag.cli.render import safe

    context: Context = ctx.obj
    findings = examine(context)
    if context.json:
        print_json({"schema": 1, "checks": [f.to_dict() for f in findings]})
    else:
        for finding in findings:
            console.print(
                safe(f"{'ok  ' if finding.ok else 'FAIL'} {finding.name}: {finding.text}")
            )
    if not all(f.ok for f in findings):
        raise typer.Exit(2)


def models(ctx: typer.Context) -> None:
    """Print which chat model is configured and what its server offers."""
    from rag.cli.common import console
    from rag.cli.render import safe
    from rag.models import list_models
    from rag.outside.address import shown

    context: Context = ctx.obj
    chosen = context.open_app().settings.model
    if not chosen.configured:
        console.print(
            "No model is configured: answers are quoted. Set OPENAI_API_KEY, or --base-url."
        )
        return
    names = list_models(chosen)
    if context.json:
        print_json({"schema": 1, "configured": chosen.name, "offered": names})
        return
    console.print(safe(f"configured: {chosen.name} at {shown(chosen.base_url) or 'OpenAI'}"))
    for name in names:
        console.print(safe(f"  {name}"))
