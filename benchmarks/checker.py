"""How well claims are checked, on labelled pairs of a claim and an abstract, by who had seen them.

``python -m benchmarks.checker`` prints, for the halves of the sample corpus and each batch
of pairs on other papers, how many claims of each kind were judged rightly. Every pair
costs a reading by the model: about ten minutes in all. The head that weighs these readings
was fitted (``benchmarks.claims_head``) on all but the test half and what is marked as unread.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.support import TRUE, LabelledClaim, judge_claims, read_labelled_claims
from rag.answering.support import Support
from rag.corpus import read_papers
from rag.records import Paper, Verdict
from rag.resources import sample_corpus

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "evals" / "questions" / "claims.jsonl"
OTHERS = ROOT / "tests" / "claims"
KINDS = (TRUE, "number", "method", "direction", "negation", "overgeneral", "wrong_paper")

Judged = Sequence[tuple[LabelledClaim, Support]]


def labelled_batches() -> Mapping[str, tuple[Sequence[LabelledClaim], Sequence[Paper]]]:
    """Return the labelled pairs and their papers: the halves of the sample, then each batch."""
    sample = [p for page in sample_corpus() for p in read_papers(page) if isinstance(p, Paper)]
    papers = [Paper(**row) for row in _rows(OTHERS / "papers.jsonl")]
    notes = {
        row["id"]: row["note"] + " (unread)" * (row["split"] == "test")
        for row in _rows(OTHERS / "claims.jsonl")
    }
    own, others = read_labelled_claims(OWN), read_labelled_claims(OTHERS / "claims.jsonl")
    halves = {half: [c for c in own if c.split == half] for half in ("dev", "test")}
    rest = {
        note: [c for c in others if notes[c.claim_id] == note]
        for note in sorted(set(notes.values()))
    }
    return {name: (claims, sample) for name, claims in halves.items()} | {
        name: (claims, papers) for name, claims in rest.items()
    }


def batches() -> Mapping[str, Judged]:
    """Return the judged pairs of each batch."""
    return {name: judge_claims(*pairs) for name, pairs in labelled_batches().items()}


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def table(judged: Mapping[str, Judged]) -> str:
    """Return a Markdown table of right of all, one line for each batch."""
    lines = ["| pairs | all | " + " | ".join(KINDS) + " |", "|---" * (len(KINDS) + 2) + "|"]
    for name, pairs in judged.items():
        n, right = Counter[str](), Counter[str]()
        for claim, support in pairs:
            n[claim.kind] += 1
            right[claim.kind] += (support.verdict is Verdict.SUPPORTED) == (claim.kind == TRUE)
        cells = [f"{right[kind]}/{n[kind]}" if n[kind] else "–" for kind in KINDS]
        lines.append(f"| {name} | {right.total() / n.total():.3f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    print(table(batches()))


if __name__ == "__main__":
    main()
