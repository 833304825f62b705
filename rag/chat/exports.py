"""A conversation as a file: Markdown with footnotes, BibTeX of its sources, or JSON.

Corpus text is data here too: what Markdown would read as a link, an image or HTML is
escaped. Writing goes through one function that never leaves half a file behind.
"""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.chat.session import Session, Turn
from rag.errors import InputError, UsageError
from rag.records import Claim, Paper, Verdict, answer_to_dict, paper_to_dict
from rag.text.safe import for_file

FORMATS = (".md", ".bib", ".json")
_MARKS = {Verdict.SUPPORTED: "✓", Verdict.WEAK: "~", Verdict.UNSUPPORTED: "✗"}
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|!~$&])")


def export(session: Session, path: Path, *, overwrite: bool = False) -> int:
    """Write the conversation in the format that the suffix names; return the number of sources.

    Raises UsageError for another suffix or a file that is there already, InputError when
    it cannot be written.
    """
    render = {".md": to_markdown, ".bib": to_bib, ".json": to_json}.get(path.suffix.lower())
    if render is None:
        raise UsageError(f"{path.name}: the name must end in {', '.join(FORMATS)}")
    if path.exists() and not overwrite:
        raise UsageError(f"{path.name} exists; give another name, or add --force")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(for_file(render(session)), encoding="utf-8")
        partial.replace(path)
    except (OSError, ValueError) as exc:
        partial.unlink(missing_ok=True)
        cause = exc.strerror if isinstance(exc, OSError) else exc
        raise InputError(f"cannot write {path.name}: {cause}") from exc
    return len(session.papers)


def to_markdown(session: Session) -> str:
    """Return the conversation with one footnote a source, its verdicts before the claims."""
    lines = ["# Conversation", ""]
    for turn in session.turns:
        lines += [*_markdown_turn(turn), ""]
    cited = {c.n for turn in session.turns for claim in turn.answer.claims for c in claim.citations}
    lines += ["✓ supported by the abstract · ~ weakly · ✗ not supported", ""]
    lines += [f"[^{n}]: {_reference(session.papers[n - 1])}" for n in sorted(cited)]
    return "\n".join(lines) + "\n"


def _markdown_turn(turn: Turn) -> list[str]:
    lines = [f"## {_escaped(' '.join(turn.typed.split()))}", ""]
    if turn.rewrite.changed:
        lines += [f"*Asked as: {_escaped(turn.rewrite.question)}*", ""]
    if turn.filters:
        lines += [f"*Filters: {_escaped(', '.join(turn.filters))}*", ""]
    if turn.answer.abstained:
        lines += [_escaped(turn.answer.explanation)]
    lines += [f"- {_MARKS[claim.verdict]} {_footnoted(claim)}" for claim in turn.answer.claims]
    if not turn.answer.complete:
        lines += ["", "*This answer is incomplete.*"]
    return lines


def _footnoted(claim: Claim) -> str:
    return _escaped(claim.text) + "".join(f"[^{c.n}]" for c in claim.citations)


def _reference(paper: Paper) -> str:
    parts = [f"*{_escaped(paper.title)}*", paper.published or "", *paper.organisations]
    if paper.url and re.fullmatch(r"https?://[^\s<>()\[\]\"']+", paper.url):
        parts.append(f"<{paper.url}>")
    return ", ".join(
        part if part.startswith(("*", "<http")) else _escaped(part) for part in parts if part
    )


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def to_bib(session: Session) -> str:
    """Return the BibTeX entries of all numbered sources."""
    from rag.corpus.export import to_bibtex

    return to_bibtex(session.papers)


def to_json(session: Session) -> str:
    """Return the machine form as text, one key a line."""
    return json.dumps(to_dict(session), indent=1) + "\n"


def to_dict(session: Session) -> dict[str, Any]:
    """Return turns, answers and sources in the machine form of ``papers ask --json``."""
    return {
        "schema": 1,
        "turns": [_turn_to_dict(turn) for turn in session.turns],
        "sources": _sources(session.papers),
    }


def _turn_to_dict(turn: Turn) -> dict[str, object]:
    return {
        "typed": turn.typed,
        "rewritten": turn.rewrite.question if turn.rewrite.changed else None,
        "filters": list(turn.filters),
        "answer": answer_to_dict(turn.answer),
    }


def _sources(papers: Sequence[Paper]) -> list[dict[str, object]]:
    return [{"n": n, **paper_to_dict(paper)} for n, paper in enumerate(papers, 1)]
