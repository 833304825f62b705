"""Three years of Daily Papers survive ten kills, and no text that was kept is embedded again."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rag.index.index import Index
from tests.fakes import HashedEmbedder
from tests.faults.conftest import TALLY

pytestmark = [pytest.mark.faults, pytest.mark.shared, pytest.mark.timeout(1500)]
PAPERS = 8932
WHILE_EMBEDDING, WHILE_PUBLISHING = 8, 2  # kills


@dataclass
class Told:
    """What a child said before its end: texts by key, and papers that are safe."""

    embedded: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    code: int = 0

    def hear(self, line: str) -> str:
        """Take in one line; return its first word. Half a line was written by a dying child."""
        word, *rest = line.split() or [""]
        if line.endswith("\n") and word == "embedding":
            self.embedded.update(rest)
        elif line.endswith("\n") and word == "acknowledged":
            self.acknowledged = int(rest[0])
        return word


def test_ten_kills_lose_nothing_and_nothing_kept_is_embedded_again(
    shared: Path, tmp_path: Path
) -> None:
    corpus, home, dice = shared / "papers" / "hf-daily.jsonl", tmp_path / "home", random.Random(3)
    embedded: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    moments = [("embedding", dice.randint(1, 5)) for _ in range(WHILE_EMBEDDING)]
    for word, times in [*moments, *[("publishing", 1)] * WHILE_PUBLISHING]:
        before = kept(home)
        told = add_and_kill(home, corpus, word, times, dice.uniform(0.0, 0.5))
        after = kept(home)
        assert told.code == -signal.SIGKILL
        assert not told.embedded.keys() & before
        assert after - before <= told.embedded.keys()
        assert count(home) >= told.acknowledged
        embedded += told.embedded
        lost += Counter({key: n for key, n in told.embedded.items() if key not in after})
        note(told, count(home))
    before = kept(home)
    told = add_and_kill(home, corpus)
    assert told.code == 0
    assert not told.embedded.keys() & before
    committed = embedded + told.embedded - lost
    assert committed.total() == len(committed) == len(kept(home))
    assert count(home) == PAPERS
    index = Index(home, HashedEmbedder())
    assert index.verify() == []
    index.close()


def note(told: Told, there: int) -> None:
    TALLY["kills"] += 1
    TALLY["acknowledged"] += told.acknowledged
    TALLY["lost"] += max(0, told.acknowledged - there)


def kept(home: Path) -> set[str]:
    """Return the keys of the texts whose vectors are in the catalogue: every chunk has one."""
    index = Index(home, HashedEmbedder())
    chunks = {row.key for row in index.chunks_of(n for n, _ in index.catalogue.iter_papers())}
    vectors = index.catalogue.keys_with_vectors(index.space.embedder, chunks)
    index.close()
    assert vectors == chunks
    return vectors


def count(home: Path) -> int:
    index = Index(home, HashedEmbedder())
    papers = index.catalogue.counts().papers
    index.close()
    return papers


def add_and_kill(
    home: Path, corpus: Path, word: str = "", times: int = 0, delay: float = 0.0
) -> Told:
    """Add the corpus in a child and kill it ``delay`` seconds after its so many-th such word.

    Without a word it is left to finish.
    """
    command = [sys.executable, "-m", "tests.faults.counting", str(home), str(corpus)]
    told = Told()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            times -= told.hear(line) == word
            if word and times == 0:
                time.sleep(delay)
                child.kill()
                times = -1
        told.code = child.wait()
    return told
