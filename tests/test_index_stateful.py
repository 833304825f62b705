"""The index against a plain dictionary, through random histories of changes and deaths.

``HISTORIES=100 pytest tests/test_index_stateful.py`` runs more of them, drawn anew.
"""

import json
import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rag.index import lexical, publishing
from rag.records import Paper, paper_to_dict
from tests.index_stores import opened
from tests.servers import chroma

HISTORIES = os.environ.get("HISTORIES")
TOPICS = ("glaciers", "violins", "bees", "taxes", "proteins")
IDS = st.lists(st.sampled_from(TOPICS), min_size=1, max_size=5)
RARELY = st.sampled_from([False] * 9 + [True])


class Died(BaseException):
    """Ends a writer where a kill would."""


def die(stage: str, _done: int, _total: int | None) -> None:
    """Die when everything is in the catalogue and nothing of it is published."""
    if stage == "publishing":
        raise Died


def really_die(stage: str, _done: int, _total: int | None) -> None:
    if stage == "publishing":
        os._exit(9)


def add_and_die(home: Path, address: str, file: Path) -> None:
    """What a child process does."""
    opened(home, address).add([file], progress=really_die)


def mark(version: int) -> str:
    """Return the word that only this version of one paper holds."""
    return f"mark{version}x"


def paper(paper_id: str, version: int) -> Paper:
    abstract = f"We look at {paper_id} anew. The effect on {mark(version)} is {version} percent."
    return Paper(paper_id, f"A study of {paper_id} once more", abstract, sources=("made",))


class IndexHistory(RuleBasedStateMachine):
    """One index is written to, another one of the same home stays open and reads.

    ``model`` is what was acknowledged: paper id to version. ``behind`` is true from the
    death of a writer until the next one, or the next opening, publishes what it left.
    The lexical index keeps a tail, as a large one does, until five times its base; the
    store is laid out anew when it holds more than two dead chunks.
    """

    store = "embedded"

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(lexical, "SMALL", 1)
        self.patch.setattr(lexical, "COMPACT_ABOVE", 5.0)
        self.patch.setattr(publishing, "SPARED", 2)
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name) / "home"
        self.address = chroma.address_of(self.store)
        self.model: dict[str, int] = {}
        self.versions = 0
        self.behind = False
        self.latest: list[str] = []
        self.open()

    def open(self) -> None:
        self.writer, self.reader = (opened(self.home, self.address) for _ in range(2))

    def close(self) -> None:
        self.writer.close()
        self.reader.close()

    def teardown(self) -> None:
        try:
            if self.versions % 10 == 1:  # a child process each
                self.reader.rebuild()
                assert self.reader.verify() == []
        finally:
            self.patch.undo()
            self.close()
            self.folder.cleanup()

    def draft(self, ids: Sequence[str]) -> list[Paper]:
        """Return a new version of each of these papers."""
        start = self.versions + 1
        self.versions += len(ids)
        return [paper(paper_id, start + i) for i, paper_id in enumerate(ids)]

    def acknowledge(self, papers: Sequence[Paper]) -> None:
        last = self.versions - len(papers)
        self.latest = [p.paper_id for p in papers]
        self.model |= {p.paper_id: last + i for i, p in enumerate(papers, 1)}

    @rule(ids=IDS)
    def add(self, ids: list[str]) -> None:
        """Add papers; those that are there already get a new text."""
        papers = self.draft(ids)
        report = self.writer.add_papers(papers)
        self.acknowledge(papers)
        self.behind = False
        assert report.embedded == len(set(ids))

    @rule()
    def add_the_same_again(self) -> None:
        report = self.writer.add_papers([paper(*known) for known in self.model.items()])
        self.behind = False
        assert report.embedded == 0

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def update(self, data: st.DataObject) -> None:
        papers = self.draft([data.draw(st.sampled_from(sorted(self.model)))])
        report = self.writer.add_papers(papers)
        self.acknowledge(papers)
        self.behind = False
        assert (report.updated, report.embedded) == (1, 1)

    @rule(ids=IDS)
    def remove(self, ids: list[str]) -> None:
        gone = self.writer.remove(ids)
        self.behind = False
        assert set(gone) == self.model.keys() & set(ids)
        for paper_id in gone:
            del self.model[paper_id]

    @precondition(lambda self: self.latest)
    @rule()
    def take_back_the_latest(self) -> None:
        self.remove(self.latest)

    @rule()
    def rebuild(self) -> None:
        assert self.writer.rebuild() == 0
        self.behind = False

    @rule()
    def reopen(self) -> None:
        self.close()
        self.open()
        self.behind = False

    @rule(ids=IDS)
    def die_before_the_commit(self, ids: list[str]) -> None:
        """Nothing of it was acknowledged, so nothing of it may be there."""

        def items() -> Iterator[Paper]:
            yield from self.draft(ids)
            raise Died

        try:
            self.writer.add_papers(items())
        except Died:
            return
        raise AssertionError("the writer survived")

    @rule(ids=IDS, really=RARELY)
    def die_before_publishing(self, ids: list[str], really: bool) -> None:
        """All of it was acknowledged. Now and then a child process dies of it."""
        papers = self.draft(ids)
        file = Path(self.folder.name) / f"{self.versions}.jsonl"
        file.write_text("\n".join(json.dumps(paper_to_dict(p)) for p in papers))
        if really:
            child = multiprocessing.get_context("spawn").Process(
                target=add_and_die, args=(self.home, self.address, file)
            )
            child.start()
            child.join()
            assert child.exitcode == 9
            child.close()
        else:
            try:
                self.writer.add([file], progress=die)
            except Died:
                pass
            else:
                raise AssertionError("the writer survived")
        self.acknowledge(papers)
        self.behind = True

    @invariant()
    def the_catalogue_equals_the_model(self) -> None:
        found = {p.paper_id: p.abstract for _, p in self.reader.catalogue.iter_papers()}
        assert found == {known[0]: paper(*known).abstract for known in self.model.items()}

    @precondition(lambda self: not self.behind)
    @invariant()
    def every_text_is_found_and_no_former_one(self) -> None:
        numbers = {self.number(paper_id): v for paper_id, v in self.model.items()}
        for version in range(1, self.versions + 1):
            hits = [hit.paper_num for hit in self.reader.lexical(mark(version), 5)]
            assert hits == [num for num, v in numbers.items() if v == version]

    @precondition(lambda self: not self.behind)
    @invariant()
    def every_vector_finds_its_paper(self) -> None:
        for known in self.model.items():
            wanted = paper(*known)
            vector = self.reader.embed_query(f"{wanted.title} {wanted.abstract}")
            hits = self.reader.dense(vector, len(self.model) + 5)
            assert hits[0].chunk.paper_num == self.number(wanted.paper_id)
            assert hits[0].score > 0.999
            assert len(hits) == len(self.model)

    def number(self, paper_id: str) -> int:
        found = self.reader.catalogue.find(paper_id)
        assert found is not None
        return found[0]


def test_a_paper_taken_back_from_the_tail_stays_away() -> None:
    history = IndexHistory()
    try:
        for ids in (["bees"], ["taxes"]):
            history.add(ids)
        history.take_back_the_latest()
        history.add(["violins"])
        history.every_text_is_found_and_no_former_one()
    finally:
        history.teardown()


class ServerHistory(IndexHistory):
    """The same with the vectors on a Chroma server."""

    store = "server"


TestIndexHistory = IndexHistory.TestCase
TestServerHistory = ServerHistory.TestCase
TestIndexHistory.settings = TestServerHistory.settings = settings(
    max_examples=int(HISTORIES or 10),
    stateful_step_count=8,
    deadline=None,
    derandomize=HISTORIES is None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
