"""Commands that show: sources, reasons, abstracts, neighbours, comparisons, themes."""

from collections.abc import Iterator, Sequence

from rag.chat.compare import compare as compare_points
from rag.chat.conversation import Chat
from rag.chat.growing import in_words
from rag.chat.session import Turn
from rag.errors import UsageError
from rag.records import Claim, Hit, Paper, Retrieval

DEPTH = 100  # ranks that are searched for the place of a source
NEIGHBOURS = 5


def sources(chat: Chat, _arguments: Sequence[str]) -> None:
    """List every source of the conversation."""
    if not chat.session.papers:
        chat.screen.show_text("No source yet; ask something.")
    chat.screen.show_papers(list(enumerate(chat.session.papers, 1)))


def open_(chat: Chat, arguments: Sequence[str]) -> None:
    """Show a source's abstract and link."""
    for n, paper in chosen(chat, arguments, 1):
        chat.screen.show_text(f"[{n}] {paper.title}", "bold")
        for line in _fields(paper):
            chat.screen.show_text(line, "dim")
        chat.screen.show_text(paper.abstract or "(no abstract is stored)")


def _fields(paper: Paper) -> Iterator[str]:
    authors = ", ".join(paper.authors[:8]) + (" …" if len(paper.authors) > 8 else "")
    if authors:
        yield authors
    elif paper.author_count:
        yield f"{paper.author_count} authors"
    about = [paper.published or "", *paper.organisations]
    if any(about):
        yield " · ".join(part for part in about if part)
    if paper.url:
        yield paper.url


def why(chat: Chat, arguments: Sequence[str]) -> None:
    """Show why a source stands in the answer."""
    ((n, paper),) = chosen(chat, arguments, 1)
    cited = chat.session.claims_citing(n)
    chat.screen.show_text(f"[{n}] {paper.title}", "bold")
    turn = cited[0][0] if cited else (chat.session.turns[-1] if chat.session.turns else None)
    for _turn, claim in (pair for pair in cited if pair[0] is turn):
        _show_claim(chat, claim, n)
    if turn is None:
        return
    if not cited:
        chat.screen.show_text("No claim cites it; it was listed as near.")
    for line in _ranking(chat, turn, paper):
        chat.screen.show_text(line)


def _show_claim(chat: Chat, claim: Claim, n: int) -> None:
    chat.screen.show_text(f"claim: {claim.text}")
    for citation in claim.citations:
        if citation.n == n:
            reason = f": {citation.why}" if citation.why else ""
            if citation.quote not in claim.text:
                chat.screen.show_text(f"    quote: “{citation.quote}”", "quote")
            chat.screen.show_text(f"    verdict: {citation.verdict.value}{reason}")


def _ranking(chat: Chat, turn: Turn, paper: Paper) -> Iterator[str]:
    filters = chat.filters_of(turn.filters)
    found = chat.app.search(turn.rewrite.question, k=DEPTH, filters=filters)
    yield f"question: {found.query}"
    hit = next((h for h in found.hits if h.paper.paper_id == paper.paper_id), None)
    yield from _places(hit, found) if hit else (f"rank: not among the first {DEPTH}",)
    total = chat.app.index.catalogue.counts().papers
    if found.matched is None:
        yield "filters: none"
    else:
        yield f"filters: {in_words(found.filters)}; {found.matched} of {total} papers pass"


def _places(hit: Hit, found: Retrieval) -> Iterator[str]:
    yield f"rank: {hit.rank}, score {hit.score:.3f} of at most 1"
    for name, view in hit.views.items():
        place = "unranked" if view.rank is None else f"rank {view.rank}"
        score = "" if view.score is None else f", score {view.score:.3f}"
        weight = f", weight {found.weights[name]:.2f}" if name in found.weights else ""
        yield f"    {name}: {place}{score}, scaled {view.scaled:.2f}{weight}"


def similar(chat: Chat, arguments: Sequence[str]) -> None:
    """List the papers nearest to a source in the space of the embedder."""
    ((n, paper),) = chosen(chat, arguments, 1)
    index = chat.app.index
    known = index.catalogue.find(paper.paper_id)
    if known is None:
        raise UsageError(f"source {n} is no longer in the corpus")
    rows = index.chunks_of({known[0]})
    vectors = index.vectors_of(rows)
    if not vectors:
        raise UsageError(f"source {n} has no vector yet; mend: papers index rebuild")
    nums: list[int] = []
    for hit in index.dense(vectors[rows[0].key], 4 * (NEIGHBOURS + 1)):
        if hit.chunk.paper_num != known[0] and hit.chunk.paper_num not in nums:
            nums.append(hit.chunk.paper_num)
    papers = index.catalogue.papers(nums[:NEIGHBOURS])
    chat.screen.show_text(f"Nearest to [{n}] {paper.title}:", "bold")
    chat.screen.show_papers(
        chat.number_papers([papers[num] for num in nums[:NEIGHBOURS] if num in papers])
    )


def compare(chat: Chat, arguments: Sequence[str]) -> None:
    """Show a table of what the abstracts state on the same points."""
    numbered = chosen(chat, arguments, 2)
    chat.screen.show_papers(numbered)
    columns = ["", *(f"[{n}]" for n, _ in numbered)]
    rows = [(point, *stated) for point, stated in compare_points([p for _, p in numbered])]
    chat.screen.show_table(columns, rows)
    chat.screen.show_text("Sentences of the abstracts, chosen by their wording.", "dim")


def chosen(chat: Chat, arguments: Sequence[str], least: int) -> list[tuple[int, Paper]]:
    """Return the sources that the arguments number; exactly one when ``least`` is 1.

    Raises UsageError, saying which numbers there are.
    """
    last = len(chat.session.papers)
    if not last:
        raise UsageError("there is no source yet; ask something first")
    numbers = [word.strip("[],") for word in arguments if word.lower() not in ("and", "with")]
    right = len(numbers) == 1 if least == 1 else least <= len(numbers) <= 4
    if not right:
        wanted = "the number of one source" if least == 1 else "the numbers of two to four sources"
        raise UsageError(f"give {wanted}, {_known(last)}; /sources lists them")
    found = [_source(chat, word, last) for word in numbers]
    if len({n for n, _ in found}) < len(found):
        raise UsageError("give each source once; /sources lists them")
    return found


def _known(last: int) -> str:
    return f"1 to {last}" if last > 1 else "of which there is one: 1"


def _source(chat: Chat, word: str, last: int) -> tuple[int, Paper]:
    n = int(word) if word.isascii() and word.isdigit() and len(word) < 9 else 0
    paper = chat.session.paper(n)
    if paper is None:
        known = f"they are 1 to {last}" if last > 1 else "there is only source 1"
        raise UsageError(f"there is no source {word[:20]!r}; {known}: /sources")
    return n, paper


def themes(chat: Chat, arguments: Sequence[str]) -> None:
    """Show the themes of the corpus, or of the papers that fit a question best."""
    from rag.themes.build import build_themes
    from rag.themes.gather import gather_matching
    from rag.themes.records import ThemeOptions

    question, app = " ".join(arguments), chat.app
    filters = chat.filters_of(chat.session.filters) if question else None
    papers, vectors = gather_matching(app.index, question, filters, app.search)
    # What measuring the stability costs is left to the command that reports it.
    report = build_themes(papers, vectors, options=ThemeOptions(subsamples=0), query=question)
    for note in report.notes:
        chat.screen.note(note)
    for theme in report.themes:
        chat.screen.show_text(f"{theme.label} ({theme.size} papers)", "bold")
        quoted = theme.claims[:1]
        cited = {c.paper_id for claim in quoted for c in claim.citations}
        first = [paper for paper in theme.papers if paper.paper_id in cited]
        numbered = chat.number_papers(list(dict.fromkeys([*first, *theme.representatives])))
        for claim in quoted:
            marks = "".join(f"[{n}]" for n, paper in numbered if paper.paper_id in cited)
            chat.screen.show_text(f"    “{claim.text}” {marks}", "quote")
        chat.screen.show_papers(numbered)
    chat.screen.show_text(
        f"{report.covered} of {report.matched} papers are in a theme, {len(report.uncovered)} in "
        "none; papers themes reports stability and trends.",
        "dim",
    )
