"""Themes in a model's words: each theme from its abstracts, then an overview of all.

Written and checked by the code that writes answers: every sentence is held against the
abstracts that it cites. The overview is made from sentences that passed, and is held
against the abstracts again, never against the sentences. Where the model fails, the
quoted sentences stay. Spending and remembering are the business of ``asking``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.answering.context import Context
from rag.answering.drafts import Draft, Reference, number_claims
from rag.answering.generative import GenerativeWriter
from rag.answering.writing import AnswerOptions, Written
from rag.errors import BudgetError, ModelError, ModelRefusedError
from rag.records import Claim, Evidence, Paper, Retrieval, Verdict
from rag.text.framing import as_data
from rag.themes.asking import ThriftyModel
from rag.themes.disagreements import with_disagreements
from rag.themes.evidence import hits_of, overview_context, sound, verdict_on
from rag.themes.naming import refine_labels
from rag.themes.records import Theme, ThemeReport, Writing

PAPERS_READ = 12  # of a theme, the most typical: what its sentences are written from
_MOST_SENTENCES = {"theme": 4, "overview": 6}
_FAILURES = 2  # in a row, after which the model is not asked any more
Tell = Callable[[str], None]


class ThemeWriter(GenerativeWriter):
    """The writer of answers with another prompt, whose ``question`` names the subject."""

    def __init__(self, model: ThriftyModel, prompt: str) -> None:
        """``prompt`` is the name of a prompt file with the variables of ``answer.md``."""
        super().__init__(model, model.settings.context_tokens, prompt=prompt)
        self._door = model

    def _repaired(self, state: Written, context: Context, deadline: float) -> Written:
        try:
            return super()._repaired(state, context, deadline)
        except BudgetError as exc:  # what was written stands, its failures marked
            return replace(state, trace=(*state.trace, ("repair", f"not asked for: {exc}")))

    def about(self, papers: Sequence[Paper], subject: str) -> Written:
        """Return what the model writes about papers. Raises ModelError, BudgetError."""
        options = AnswerOptions(papers=len(papers))
        *_, written = self.write(subject, Retrieval(subject, hits_of(papers)), options)
        return written

    def from_context(self, context: Context, subject: str) -> Written:
        """Return what the model writes from a context. Raises ModelError, BudgetError."""
        *_, written = self._write(subject, context, self._door.deadline())
        return written


def write_themes(
    report: ThemeReport, model: ThriftyModel, *, strict: bool = False, tell: Tell = lambda _: None
) -> ThemeReport:
    """Return the report in the model's words, quoted where the model failed.

    ``strict`` drops sentences that their abstracts do not bear out instead of marking
    them. ``tell`` hears of each step. Raises nothing of the model's: see ``notes``.
    """
    work = _Work(model, strict)
    parts = []
    for theme in report.themes:
        tell(f"theme {theme.theme_id} of {len(report.themes)}: {theme.label}")
        parts.append(work.theme(theme))
    if work.stopped or not any(part.written for part in parts):
        labels = {theme.theme_id: theme.label for theme in report.themes}
        overview = _Part(())
    else:
        tell("labels")
        labels = work.labels(report.themes, parts)
        tell("overview")
        overview = work.overview(parts, list(labels.values()))
    return _assembled(report, work, parts, overview, labels)


def subject_of(theme: Theme) -> str:
    """Return the words by which a theme is introduced to the model."""
    return as_data(", ".join(theme.phrases) or theme.label)


@dataclass(frozen=True, slots=True)
class _Part:
    """Drafts of a theme or of the overview; ``written`` by the model, else quoted."""

    drafts: tuple[Draft, ...]
    written: bool = False
    dropped: int = 0
    invalid: int = 0


@dataclass(slots=True)
class _Work:
    """The writing under way: how often in a row it failed, and why it was given up, if so."""

    model: ThriftyModel
    strict: bool
    failures: int = 0
    stopped: str = ""
    notes: list[str] = field(default_factory=list)

    def theme(self, theme: Theme) -> _Part:
        """Return the theme's sentences, quoted when there are none that hold."""
        quoted = _Part(_as_drafts(theme.claims, theme))
        if self.stopped or not theme.papers:
            return quoted
        writer = ThemeWriter(self.model, "theme.md")
        papers = theme.papers[:PAPERS_READ]
        part = self._tried(
            f"theme {theme.theme_id} is quoted, not written",
            lambda: writer.about(papers, subject_of(theme)),
            _MOST_SENTENCES["theme"],
        )
        return part or quoted

    def labels(self, themes: Sequence[Theme], parts: Sequence[_Part]) -> dict[str, str]:
        """Return the label of each theme, the model's where it names what its papers share."""
        known = {theme.theme_id: theme.label for theme in themes}
        found = [[draft.text for draft in sound(part.drafts)] for part in parts]
        try:
            return {**known, **refine_labels(themes, found, self.model)}
        except (BudgetError, ModelError) as exc:
            self.notes.append(f"the labels are made of phrases, not by the model: {exc}")
            return known

    def overview(self, parts: Sequence[_Part], labels: Sequence[str]) -> _Part:
        """Return sentences on all themes, made of the sentences that hold."""
        context = overview_context(labels, [sound(part.drafts) for part in parts])
        writer = ThemeWriter(self.model, "overview.md")
        subject = as_data("; ".join(labels))
        part = self._tried(
            "there is no overview",
            lambda: writer.from_context(context, subject),
            _MOST_SENTENCES["overview"],
        )
        return part or _Part(())

    def _tried(self, otherwise: str, write: Callable[[], Written], most: int) -> _Part | None:
        """Return what was written, None and a note when it failed or none of it holds."""
        try:
            written = write()
        except (BudgetError, ModelError) as exc:
            self.failures += 1
            final = isinstance(exc, (BudgetError, ModelRefusedError))
            if final or self.failures == _FAILURES:
                self.stopped = str(exc)
            self.notes.append(f"{otherwise}: {exc}")
            return None
        self.failures = 0
        part = self._part(written, most)
        if part is None:
            why = "the model declined" if written.declined else "no sentence of the model's held"
            self.notes.append(f"{otherwise}: {why}")
        return part

    def _part(self, written: Written, most: int) -> _Part | None:
        failed = [draft for draft in written.drafts if verdict_on(draft) is Verdict.UNSUPPORTED]
        kept = [d for d in written.drafts if not (self.strict and d in failed)][:most]
        if not any(verdict_on(draft) is Verdict.SUPPORTED for draft in kept):
            return None
        dropped = len(failed) if self.strict else 0
        return _Part(tuple(kept), True, dropped, len(written.invalid))


def _as_drafts(claims: Sequence[Claim], theme: Theme) -> tuple[Draft, ...]:
    """Return sentences quoted from a theme's papers as drafts."""
    papers = {paper.paper_id: paper for paper in theme.papers}
    return tuple(
        Draft(
            claim.text,
            tuple(
                Reference(papers[c.paper_id], Evidence(c.quote, c.start, c.end), c.verdict, c.why)
                for c in claim.citations
            ),
        )
        for claim in claims
    )


def _assembled(
    report: ThemeReport,
    work: _Work,
    parts: Sequence[_Part],
    overview: _Part,
    labels: Mapping[str, str],
) -> ThemeReport:
    """Return the report with all citations numbered through, those of the themes first."""
    everything = [draft for part in [*parts, overview] for draft in part.drafts]
    claims = list(number_claims(everything)[0])
    themes = []
    for theme, part in zip(report.themes, parts, strict=True):
        own, claims = tuple(claims[: len(part.drafts)]), claims[len(part.drafts) :]
        themes.append(_rewritten(theme, own, part, labels, work.model.name))
    themes = with_disagreements(themes)
    purse, made = work.model.purse, [*parts, overview]
    writing = Writing(
        model=work.model.name,
        requests=purse.requests,
        reused=purse.reused,
        input_tokens=purse.input_tokens,
        output_tokens=purse.output_tokens,
        cost_usd=purse.cost,
        dropped=sum(part.dropped for part in made),
        invalid_citations=sum(part.invalid for part in made),
        complete=not work.notes,
    )
    notes = (*report.notes, *work.notes)
    return replace(
        report, themes=tuple(themes), overview=tuple(claims), writing=writing, notes=notes
    )


def _rewritten(
    theme: Theme, claims: tuple[Claim, ...], part: _Part, labels: Mapping[str, str], model: str
) -> Theme:
    contrast = theme.contrast
    if contrast:
        contrast = replace(contrast, neighbour_label=labels[contrast.neighbour])
    return replace(
        theme,
        label=labels[theme.theme_id],
        claims=claims,
        contrast=contrast,
        written_by=model if part.written else "",
    )
