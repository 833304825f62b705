"""Looking after an index: what there is, whether all copies agree, the corpus written out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.index.catalogue import Catalogue, counts_dict
from rag.index.generations import Generations, Manifest, damage
from rag.index.lexical import LexicalIndex
from rag.index.publishing import Publisher, Space
from rag.index.store import Stores
from rag.records import paper_to_dict

SAMPLE = 100  # vectors that are compared one by one


def describe(
    catalogue: Catalogue, generations: Generations, publisher: Publisher
) -> dict[str, Any]:
    """Return what there is, as ``papers index status --json`` prints it."""
    current, space = generations.current(), publisher.space
    return {
        "schema": 1,
        **counts_dict(catalogue.counts()),
        "chunks": catalogue.count_chunks(space.name),
        "generation": current.number if current else None,
        "store": current.store if current else None,
        "embedder": space.embedder,
        "space": space.name,
        "up_to_date": publisher.is_current(),
        "log": catalogue.last_seq(space.name),
        "ingests": catalogue.ingests(),
    }


def verify(
    catalogue: Catalogue, generations: Generations, stores: Stores, space: Space
) -> list[str]:
    """Return what is wrong, each with its mend; nothing when all copies agree."""
    findings = [f"catalogue: {text}" for text in catalogue.check()]
    missing = catalogue.papers_without_chunks(space.name, 1_000_000)
    if missing:
        findings.append(f"{len(missing)} papers are not embedded; mend: papers index rebuild")
    manifest = generations.current()
    if manifest is None:
        return [*findings, "there is no generation; mend: papers index rebuild"]
    for built, configured in ((manifest.space, space.name), (manifest.store, stores.kind)):
        if built != configured:
            return [
                *findings,
                f"built with {built}, configured is {configured}; mend: papers index rebuild",
            ]
    folder = generations.path(manifest.number)
    broken = damage(folder, manifest) or _differences(catalogue, stores, folder, manifest)
    return findings + [f"{text}; mend: papers index rebuild" for text in broken]


def _differences(
    catalogue: Catalogue, stores: Stores, folder: Path, manifest: Manifest
) -> list[str]:
    if manifest.seq < catalogue.last_seq(manifest.space):
        return ["the generation lags behind the catalogue's log"]
    papers = {num for num, _ in catalogue.iter_papers()}
    rows = catalogue.chunks_of_papers(manifest.space, papers)
    chunks = {row.num for row in rows}
    found = []
    stored = stores.chunk_nums(folder)
    if isinstance(stored, str):
        found.append(stored)
    elif stored != chunks:
        found.append(
            f"Chroma lacks {len(chunks - stored)} and has {len(stored - chunks)} stale chunks"
        )
    else:
        some = rows[:: -(-len(rows) // SAMPLE) or 1]
        vectors = catalogue.vectors(manifest.embedder, (row.key for row in some))
        known = {row.num: vectors[row.key] for row in some if row.key in vectors}
        if known and (altered := stores.altered(folder, known)):
            found.append(f"{altered} of {len(known)} vectors looked at are others")
    lexical = LexicalIndex(folder / "lexical").paper_nums()
    if lexical != papers:
        found.append(
            f"BM25 lacks {len(papers - lexical)} and has {len(lexical - papers)} stale papers"
        )
    return found


def export(catalogue: Catalogue) -> Iterator[str]:
    """Yield the corpus as JSON Lines that ``add`` reads back identically."""
    for _num, paper in catalogue.iter_papers():
        yield json.dumps(paper_to_dict(paper), ensure_ascii=True)
