"""What one ``papers eval`` command does, from what was asked for to the run folder.

It ties the parts together and measures nothing itself. ``Opener`` is how the command
line opens an app; settings are named with ``__`` for the dot.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals import benchmarks, retrieval
from evals.beir import load_beir
from evals.binding import Collection, load_questions
from evals.runs import Basis, RunFolder, begin, default_folder, is_fake, open_run, plan_of
from evals.trec import read_qrels, read_run
from rag.app import App
from rag.errors import UsageError
from rag.index.index import Progress
from rag.records import Paper

if TYPE_CHECKING:
    from evals.judge.opening import JudgeWish

Opener = Callable[..., App]
CONTEXTS = ("retrieved", "oracle", "none")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for. ``context`` is where an answer's papers come from."""

    kind: str
    questions: Path | None = None
    beir: Path | None = None
    split: str | None = None
    out: Path | None = None
    fresh: bool = False
    allow_missing: bool = False
    context: str = "retrieved"


def default_questions() -> Path:
    """Return the question set over the sample corpus."""
    return Path(__file__).parent / "questions" / "sample.jsonl"


def retrieval_run(open_app: Opener, wish: Wish, progress: Progress) -> RunFolder:
    """Return the complete run that was asked for, taken from disk where it is kept."""
    app, collection, home = _opened(open_app, wish, progress)
    papers = papers_of(app)
    collection = collection or _collection(wish, papers)
    basis = Basis(app.settings, papers)
    folder = _begun(
        home, wish, plan_of("retrieval", collection, basis, depth=retrieval.DEPTH), collection
    )
    if not folder.complete:
        search = partial(_search, app)
        retrieval.run_retrieval(search, collection, folder, progress=progress)
        cache = home / "benchmarks" / "vectors"
        retrieval.add_baselines(collection, papers, folder, cache=cache, progress=progress)
        retrieval.keep_titles(folder, papers)
        folder.finish(_counts(collection, papers, folder))
    return folder


def answers_run(open_app: Opener, wish: Wish, progress: Progress) -> RunFolder:
    """Return the complete run of answers that was asked for."""
    from evals import answers
    from evals.contexts import answerer_for

    if wish.context not in CONTEXTS:
        raise UsageError(f"--context {wish.context!r} is not one of: {', '.join(CONTEXTS)}")
    app, _, home = _opened(open_app, wish, progress)
    papers = papers_of(app)
    collection = _collection(wish, papers)
    basis = Basis(app.settings, papers, model=app.settings.model.name or None)
    plan = plan_of("answers", collection, basis, context=wish.context)
    folder = _begun(home, wish, plan, collection)
    if not folder.complete:
        by_id = {paper.paper_id: paper for paper in papers}
        ask = answerer_for(app, collection, by_id, wish.context)
        answers.run_answers(ask, collection, folder, progress=progress)
        answers.keep_papers(folder, papers)
        folder.finish(_counts(collection, papers, folder))
    return folder


def calibration_run(
    app: App,
    wish: "JudgeWish",
    claims: Path | None,
    drawn: tuple[str | None, int, int],
    *,
    progress: Progress,
) -> dict[str, Any]:
    """Return how far a judge agrees with labelled claims, ``drawn`` by split, number, repeats."""
    from evals.judge import calibration
    from evals.judge.opening import open_judge
    from evals.support import read_labelled_claims

    split, size, repeats = drawn
    path = claims or default_questions().with_name("claims.jsonl")
    sample = calibration.sample_claims(read_labelled_claims(path), size=size, split=split)
    papers = papers_of(app)
    judge = open_judge(app.settings, wish)
    judged = calibration.ask_judge(judge, sample, papers, repeats=repeats, progress=progress)
    found = calibration.calibration_report(
        judge.name, judged, papers, fake_model=is_fake(judge.model)
    )
    return found | {"set": path.stem}


def papers_of(app: App) -> list[Paper]:
    """Return the whole corpus in the order it was first seen. Raises UsageError when empty."""
    papers = [paper for _, paper in app.index.catalogue.iter_papers()]
    if not papers:
        raise UsageError("the corpus is empty; mend: papers index add FILE")
    return papers


def _search(app: App, question: str, k: int) -> Any:
    return app.search(question, k=k)


def _opened(
    open_app: Opener, wish: Wish, progress: Progress
) -> tuple[App, Collection | None, Path]:
    """Return the app to test, the collection if the corpus is not needed for it, the home."""
    app = open_app()
    home = app.settings.index.folder
    if wish.beir is None:
        app.ensure_corpus(lambda: progress)
        return app, None, home
    if wish.questions is not None:
        raise UsageError("give a question set or --beir, not both")
    collection = load_beir(wish.beir, wish.split or "test")
    app = open_app(index__home=str(benchmarks.benchmark_home(home, wish.beir)))
    benchmarks.ensure_indexed(app.index, wish.beir, progress=progress)
    return app, collection, home


def _collection(wish: Wish, papers: Sequence[Paper]) -> Collection:
    path = wish.questions or default_questions()
    found = load_questions(path, papers, allow_missing=wish.allow_missing)
    return found.of_split(wish.split) if wish.split else found


def _begun(home: Path, wish: Wish, plan: Mapping[str, Any], collection: Collection) -> RunFolder:
    return begin(wish.out or default_folder(home, plan), plan, collection, fresh=wish.fresh)


def _counts(collection: Collection, papers: Sequence[Paper], folder: RunFolder) -> dict[str, int]:
    records = folder.records()
    return {
        "papers": len(papers),
        "questions": len(collection.topics),
        "records": len(records),
        "errors": sum("error" in record for record in records.values()),
        "missing_papers": len(collection.missing),
    }


def score_again(run: Path, qrels: Path | None) -> dict[str, Any]:
    """Return the report of a run folder, or of a TREC run file against ``qrels``."""
    if run.is_dir():
        folder = open_run(run)
        if folder.manifest["kind"] == "retrieval":
            return retrieval.score_retrieval(folder)
        from evals.answers import score_answers

        return score_answers(folder)
    if qrels is None:
        raise UsageError("a run file needs --qrels FILE")
    return retrieval.score_files(read_run(run), read_qrels(qrels))


def write_reports(
    run: Path, against: Path | None, targets: Mapping[str, Path | None]
) -> list[Path]:
    """Write the wanted formats of a run's report; return the files written."""
    from evals.report.html import run_to_html
    from evals.report.junit import run_to_junit
    from evals.report.markdown import run_to_markdown
    from rag.text.safe import for_file

    folder = open_run(run)
    earlier = open_run(against) if against else None
    report = score_again(run, None)
    makers: dict[str, Callable[[], str]] = {
        "html": lambda: run_to_html(folder, report, earlier),
        "markdown": lambda: run_to_markdown(report),
        "junit": lambda: run_to_junit(folder, report),
    }
    wanted = {name: path for name, path in targets.items() if path is not None}
    for name, path in wanted.items():
        path.write_text(for_file(makers[name]()), encoding="utf-8")
    return list(wanted.values())
