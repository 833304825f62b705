"""Differences and reasons on a terminal. All foreign text passes ``render.safe``."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console

from rag.answering.replay import Change, Difference, claim_changes
from rag.cli.common import console as _default_console
from rag.cli.render import MARKS, safe
from rag.records import Verdict

if TYPE_CHECKING:
    from rag.answering.machine_form import SavedClaim
    from rag.answering.saved import Saved


def print_difference(
    saved: "Saved", found: Difference, console: Console = _default_console
) -> None:
    """Print what is another in the answer given now."""
    console.print(safe(saved.answer.question, "bold"))
    made = f"saved {saved.saved} with release {saved.release}"
    verdict = "the same answer" if found.equal else "another answer"
    console.print(safe(f"{verdict}; {made}", "green" if found.equal else "yellow"))
    for change in found.outcome:
        console.print(safe(_wording(change)))
    for claim in found.gone:
        _print_claim("-", "red", claim, console)
    for claim in found.added:
        _print_claim("+", "green", claim, console)
    for before, after in found.changed:
        _print_changed(before, after, console)
    if found.moved:
        console.print(safe("the claims stand in another order"))
    for sign, papers in (("-", found.sources_gone), ("+", found.sources_added)):
        for paper in papers:
            console.print(safe(f"{sign} source: {paper.title} ({paper.paper_id})"))
    for change in found.behind:
        console.print(safe(_wording(change), "dim"))


def _print_claim(sign: str, colour: str, claim: "SavedClaim", console: Console) -> None:
    mark = MARKS[claim.verdict][0]
    cited = "; ".join(dict.fromkeys(c.title for c in claim.citations)) or "nothing"
    console.print(safe(f"{sign} {mark} {claim.text}", colour))
    console.print(safe(f"    cites {cited}", "dim"))


def _print_changed(before: "SavedClaim", after: "SavedClaim", console: Console) -> None:
    if before.text == after.text:
        console.print(safe(f"~ {after.text}", "yellow"))
    else:
        console.print(safe(f"- {before.text}", "red"))
        console.print(safe(f"+ {after.text}", "green"))
    for change in claim_changes(before, after):
        if change.what == "verdict":
            console.print(safe(f"    {_wording(change)}"))
        elif change.what == "citations":
            for line in _citation_lines(change):
                console.print(safe(f"    {line}"))


def _citation_lines(change: Change) -> Iterator[str]:
    for sign, ours, theirs in (
        ("-", change.before, change.after),
        ("+", change.after, change.before),
    ):
        for citation in ours:
            if citation not in theirs:
                where = (
                    f"characters {citation['start']}–{citation['end']} of {citation['paper_id']}"
                )
                yield f"{sign} {citation['verdict']}, {where}: “{citation['quote']}”"


def _wording(change: Change) -> str:
    before, after = (_shown(value) for value in (change.before, change.after))
    return f"{change.what}: {before} → {after}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} ({', '.join(map(str, value[:10]))})"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {part}" for key, part in value.items()) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)


def print_explanation(found: Mapping[str, Any], console: Console = _default_console) -> None:
    """Print the reasons that ``explanation`` gathered."""
    console.print(safe(found["question"], "bold"))
    for line in _head(found):
        console.print(safe(line, "dim"))
    if found["abstained"]:
        console.print(safe(found["answer"], "bold"))
        for paper in found["nearest"]:
            console.print(safe(f"- {paper['title']}"))
            for line in _ranks(paper, found["weights"]):
                console.print(safe(f"    {line}", "dim"))
        return
    for claim in found["claims"]:
        mark, colour = MARKS[Verdict(claim["verdict"])]
        console.print()
        console.print(safe(f"{mark} {claim['text']}", colour))
        for citation in claim["citations"]:
            for line in _citation(citation, claim["text"], found["weights"]):
                console.print(safe(f"    {line}"))


def _head(found: Mapping[str, Any]) -> Iterator[str]:
    filters = found["filters"]
    yield f"filters: {_shown(filters['in_force'])}" + (
        f" (given: {_shown(filters['given'])})" if filters["given"] else ""
    )
    if found["matched"] is not None:
        yield f"papers that pass them: {found['matched']}"
    if found["searched_for"] and found["searched_for"] != found["question"]:
        yield f"searched for: {found['searched_for']}"
    for name in ("weights", "signals"):
        if found[name]:
            yield f"{name}: " + ", ".join(f"{k} {v:.2f}" for k, v in found[name].items())
    writer = found["model"] or "none, the sentences are quoted"
    yield f"confidence {found['confidence']:.2f}; model: {writer}; index {found['generation']}"


def _citation(
    citation: Mapping[str, Any], claim: str, weights: Mapping[str, float]
) -> Iterator[str]:
    yield f"[{citation['n']}] {citation['title']} ({citation['paper_id']})"
    place = f"characters {citation['start']}–{citation['end']} of the abstract"
    quote = "the claim itself" if citation["quote"] == claim else f"“{citation['quote']}”"
    yield f"    quote, {place}: {quote}" if citation["quote"] else "    no quote"
    why = f": {citation['why']}" if citation["why"] else ""
    yield f"    {citation['verdict']}{why}"
    for line in _ranks(citation, weights):
        yield f"    {line}"


def _ranks(place: Mapping[str, Any], weights: Mapping[str, float]) -> Iterator[str]:
    if place["rank"] is None:
        yield "rank: not recorded"
        return
    yield f"rank {place['rank']}, fused score {place['score']:.3f}"
    if not place["retrievers"]:
        yield "found by its fields; its words were not ranked"
    for name, view in place["retrievers"].items():
        where = "unranked" if view["rank"] is None else f"rank {view['rank']}"
        score = "" if view["score"] is None else f", score {view['score']:.3f}"
        weight = f", weight {weights[name]:.2f}" if name in weights else ""
        yield f"{name}: {where}{score}, scaled {view['scaled']:.2f}{weight}"
