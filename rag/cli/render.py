"""Answers and searches on a terminal. All foreign text passes ``safe.for_terminal``."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from rag.cli.common import console as _default_console
from rag.errors import PapersError
from rag.records import Answer, Claim, Hit, Paper, Retrieval, Verdict, marked
from rag.text.safe import for_terminal

MARKS = {
    Verdict.SUPPORTED: ("✓", "green"),
    Verdict.WEAK: ("~", "yellow"),
    Verdict.UNSUPPORTED: ("✗", "red"),
}

_SAME_END = 60  # characters at the end of a sentence that tell it from any other


def safe(text: str, style: str = "") -> Text:
    """Return foreign text as rich prints it literally."""
    return Text(for_terminal(text), style=style)


def print_answer(states: Iterator[Answer], console: Console = _default_console) -> Answer:
    """Print an answer as it grows; return its final state."""
    shown: list[Claim] = []
    answer: Answer | None = None
    for answer in states:
        for claim in answer.claims[len(shown) :]:
            _print_claim(claim, console)
            shown.append(claim)
    if answer is None:
        raise PapersError("no answer was made")
    for before, after in zip(shown, answer.claims, strict=False):
        if before.text != after.text:
            console.print(safe("corrected:", "dim"))
            _print_claim(after, console)
    _print_rest(answer, console)
    return answer


def _print_claim(claim: Claim, console: Console) -> None:
    mark, colour = MARKS[claim.verdict]
    line = Text(f"{mark} ", style=colour)
    line.append_text(safe(marked(claim)))
    console.print(line)
    if claim.verdict is not Verdict.SUPPORTED and claim.why:
        console.print(safe(f"  {claim.why}", "dim"))


def _print_rest(answer: Answer, console: Console) -> None:
    if answer.abstained:
        console.print(safe(answer.explanation, "bold"))
        _print_nearest(answer.nearest, console)
        return
    if not answer.complete:
        console.print(safe("… the model's answer broke off here: it is incomplete.", "red"))
    matched = answer.trace.get("matched")
    if not answer.trace.get("topic") and matched and matched > len(answer.claims):
        said = f"{matched} papers match; the first {len(answer.claims)} are listed."
        console.print(safe(said, "yellow"))
    for line in _disagreements(answer):
        console.print(safe(line, "yellow"))
    if answer.sources:
        console.print()
    for source in answer.sources:
        _print_paper(f"[{source.n}]", source.paper, console)
        for quote in _quotes(answer, source.n):
            console.print(safe(f"    “{quote}”", "dim"))
    if answer.invalid_citations:
        listed = " ".join(answer.invalid_citations)
        console.print(
            safe(f"Not counted: citations of papers that were not offered: {listed}", "yellow")
        )
    if answer.dropped:
        console.print(safe(f"Dropped as unsupported: {len(answer.dropped)}", "yellow"))


def _disagreements(answer: Answer) -> list[str]:
    """Return one line for each pair of sources that say different things of the same."""
    numbers = {source.paper.paper_id: source.n for source in answer.sources}
    pairs = [
        sorted(numbers[paper_id] for paper_id in conflict["papers"])
        for conflict in answer.trace.get("conflicts", ())
        if all(paper_id in numbers for paper_id in conflict["papers"])
    ]
    said = (
        f"Sources disagree: [{one}] and [{other}] say different things." for one, other in pairs
    )
    return list(dict.fromkeys(said))


def _quotes(answer: Answer, n: int) -> list[str]:
    """Return the quotes of a source that the claims do not show already.

    A quoted sentence may open otherwise in its claim; how it ends is the same.
    """
    claims = [claim.text for claim in answer.claims]
    quotes = [c.quote for claim in answer.claims for c in claim.citations if c.n == n]
    return [
        quote
        for quote in dict.fromkeys(quotes)
        if quote
        and not any(quote in claim or claim.endswith(quote[-_SAME_END:]) for claim in claims)
    ]


def _print_nearest(papers: Iterable[Paper], console: Console) -> None:
    listed = list(papers)
    if listed:
        console.print(safe("Nearest papers:", "dim"))
    for paper in listed:
        _print_paper("  -", paper, console)


def _print_paper(label: str, paper: Paper, console: Console) -> None:
    line = Text(f"{label} ", style="cyan")
    line.append_text(safe(paper.title or paper.paper_id))
    about = [paper.published or "", *paper.organisations, paper.url or ""]
    line.append_text(safe("".join(f" · {part}" for part in about if part), "dim"))
    console.print(line)


def print_retrieval(
    found: Retrieval, *, explain: bool = False, console: Console = _default_console
) -> None:
    """Print ranked papers, each with its best sentence, and with reasons when asked to."""
    for note in found.notes:
        console.print(safe(note, "dim"))
    if explain and found.weights:
        weights = ", ".join(f"{name} {value:.2f}" for name, value in found.weights.items())
        signals = ", ".join(f"{name} {value:.2f}" for name, value in found.signals.items())
        console.print(
            safe(f"weights: {weights}" + (f" (from {signals})" if signals else ""), "dim")
        )
    if not found.hits:
        console.print(safe("No paper matches."))
    for hit in found.hits:
        _print_paper(f"{hit.rank:>3}.", hit.paper, console)
        if explain:
            console.print(safe(f"     {_reasons(hit)}", "dim"))
        if hit.evidence:
            console.print(safe(f"     “{hit.evidence[0].text}”", "dim"))


def _reasons(hit: Hit) -> str:
    parts = [f"score {hit.score:.3f}"]
    for name, view in hit.views.items():
        rank = "unranked" if view.rank is None else f"rank {view.rank}"
        raw = "" if view.score is None else f", {view.score:.3f}"
        parts.append(f"{name}: {rank}{raw} → {view.scaled:.2f}")
    return "; ".join(parts)
