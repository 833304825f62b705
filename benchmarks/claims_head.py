"""Fit the head that weighs what the model for claims reads: ``python -m benchmarks.claims_head``.

Ridge logistic regression on labelled pairs of a claim and an abstract, the test halves left
out, of what the rules do not settle. So that the wording of a claim alone tells nothing, many
true claims are also shown as false, beside the other paper that comes closest to them.
Prints what pairs of unseen batches get (each batch is judged by a head fitted without a sixth
of the batches, its own among them), then writes ``rag/assets/claims-head.npy``. Some 8,000
pairs: about five minutes on two cores.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from multiprocessing import Pool

import numpy as np
import numpy.typing as npt

from benchmarks.checker import labelled_batches
from evals.support import TRUE, LabelledClaim
from rag.answering.support.verdict import Support, Weighed, decide, weigh
from rag.entailment import HEAD, read_pair
from rag.records import Paper, Verdict
from rag.text.terms import terms

RIDGE = 150.0  # on the states, each scaled to unit variance; of 80, 150 and 250 all are alike
ODDS_RIDGE = 0.5  # on the model's own odds
BORROWED = 2  # every second true claim is shown beside another paper, too
FOLDS = 6
_STEPS = 8  # of Newton's method

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A claim beside a paper, and whether it is true of it."""

    batch: str
    kind: str
    claim: str
    paper: Paper


@dataclass(frozen=True, slots=True)
class Read:
    """An example that no rule settles: what the head reads of it, and what the rules add."""

    example: Example
    weighed: Weighed
    features: npt.NDArray[np.float32]


def examples() -> list[Example]:
    """Return the labelled pairs that may be fitted on, and those with a borrowed paper."""
    result = []
    for batch, (claims, papers) in labelled_batches().items():
        by_title = {paper.title: paper for paper in papers}
        fitted = [c for c in claims if c.split == "dev"]
        result += [Example(batch, c.kind, c.claim, by_title[c.title]) for c in fitted]
        near = [by_title[title] for title in {c.title: None for c in fitted}]
        result += _borrowed(batch, fitted, near)
    return result


def _borrowed(
    batch: str, claims: Sequence[LabelledClaim], papers: Sequence[Paper]
) -> Iterator[Example]:
    """Yield true claims beside the other paper of their batch that has most of their rare words."""
    words = {paper.title: set(terms(f"{paper.title} {paper.abstract}")) for paper in papers}
    spread = Counter(word for known in words.values() for word in known)

    for claim in [c for c in claims if c.kind == TRUE][::BORROWED]:
        own = set(terms(claim.claim))
        shared = {title: fsum(1 / spread[word] for word in own & words[title]) for title in words}
        others = [paper for paper in papers if paper.title != claim.title]
        closest = max(others, key=lambda paper: shared[paper.title])
        yield Example(batch, "wrong_paper", claim.claim, closest)


def read(example: Example) -> Read | Support:
    """Return the model's reading of an example, or the verdict where the rules settle it."""
    weighed = weigh(example.claim, example.paper.title, example.paper.abstract)
    if isinstance(weighed, Support):
        return weighed
    return Read(example, weighed, read_pair(weighed.premise, weighed.claim).features())


def fit(readings: Sequence[Read]) -> Floats:
    """Return the weights of a head: of a constant, the model's odds, and the states."""
    features = np.array([r.features for r in readings], dtype=np.float64)
    mean, spread = features[:, 2:].mean(axis=0), features[:, 2:].std(axis=0) + 1e-6
    features[:, 2:] = (features[:, 2:] - mean) / spread
    truth = np.array([r.example.kind == TRUE for r in readings], dtype=np.float64)
    rules = np.array([r.weighed.odds for r in readings])
    ridge = np.concatenate([[1e-6, ODDS_RIDGE], np.full(len(mean), RIDGE)])
    weights = np.zeros(len(ridge))
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-(features @ weights + rules)))
        slope = features.T @ (truth - chance) - ridge * weights
        bend = (features * (chance * (1 - chance) + 1e-6)[:, None]).T @ features
        weights += np.linalg.solve(bend + np.diag(ridge), slope)
    weights[2:] /= spread
    weights[0] -= weights[2:] @ mean
    return weights


def cross_validated(
    results: Sequence[tuple[Example, Read | Support]],
) -> Mapping[str, Counter[str]]:
    """Return, for each kind, how many examples were passed of how many."""
    batches = sorted({example.batch for example, _ in results})
    counts: dict[str, Counter[str]] = {}
    for fold in range(FOLDS):
        left_out = set(batches[fold::FOLDS])
        rest = [r for e, r in results if isinstance(r, Read) and e.batch not in left_out]
        head = fit(rest)
        for example, result in results:
            if example.batch in left_out:
                count = counts.setdefault(example.kind, Counter())
                count["all"] += 1
                count["passed"] += _passes(result, head)
    return counts


def _passes(result: Read | Support, head: Floats) -> bool:
    if isinstance(result, Read):
        result = decide(result.weighed, float(result.features @ head))
    return result.verdict is Verdict.SUPPORTED


def main() -> None:
    """Read the pairs, print the cross-validated counts and write the head."""
    found = examples()
    with Pool() as pool:
        results = list(zip(found, pool.map(read, found, chunksize=32), strict=True))
    for kind, count in sorted(cross_validated(results).items()):
        right = count["passed"] if kind == TRUE else count["all"] - count["passed"]
        print(f"{kind:12} {right}/{count['all']} right ({right / count['all']:.3f})")
    np.save(HEAD, fit([r for _, r in results if isinstance(r, Read)]).astype(np.float32))


if __name__ == "__main__":
    main()
