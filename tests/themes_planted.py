"""A corpus with planted groups: papers whose vectors and words say which group they are of."""

from dataclasses import dataclass

import numpy as np

from rag.records import Paper
from rag.themes.space import Vectors

SUBJECTS = {
    "quantum annealing": "qubit coupling",
    "protein folding": "amino acids",
    "glacier flow": "basal sliding",
    "machine translation": "parallel corpora",
}


@dataclass(frozen=True)
class Planted:
    """Papers, their vectors, and the number of the group each belongs to (-1: none)."""

    papers: list[Paper]
    vectors: Vectors
    groups: list[int]


def planted(
    per_group: int = 20, *, groups: int = 4, dim: int = 64, noise: float = 0.35, seed: int = 0
) -> Planted:
    """Return ``groups`` groups of ``per_group`` papers each, dated over two years."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((groups, dim))
    subjects = list(SUBJECTS.items())
    papers, vectors, of = [], [], []
    for i in range(per_group * groups):
        group = i % groups
        papers.append(paper(i, *subjects[group % len(subjects)]))
        vectors.append(centres[group] + noise * rng.standard_normal(dim))
        of.append(group)
    return Planted(papers, np.asarray(vectors, np.float32), of)


def paper(i: int, subject: str, detail: str) -> Paper:
    """Return a paper on ``subject``, published in month ``i`` of two years."""
    return Paper(
        paper_id=f"p{i}",
        title=f"Faster {subject} in setting {i}",
        abstract=(
            f"Progress on {subject} is slow. We show that {subject} with {detail} gains {i + 3}% "
            f"over the usual recipe number {i}. It is also cheap."
        ),
        published=f"{2024 + i // 12 % 2}-{i % 12 + 1:02}-10",
        date_precision="day",
        authors=("A. Writer",),
        url=f"https://example.org/{i}",
    )
