"""The catalogue: papers, chunks, vectors and the log of changes, in one SQLite file.

This is the source of truth. A commit here is the acknowledgement; the vector store and
the lexical index are copies that can be made again from it without embedding anything.
A *space* is one way of cutting and embedding (embedder fingerprint and chunk limits);
chunks, and the log rows that announce them, belong to a space. It knows nothing of how
vectors are searched.
"""

from rag.index.catalogue.chunks import ChunkRow, Chunks
from rag.index.catalogue.history import LogRow
from rag.index.catalogue.papers import Counts, Papers, counts_dict

__all__ = ["Catalogue", "ChunkRow", "Counts", "LogRow", "counts_dict"]


class Catalogue(Papers, Chunks):
    """One open catalogue; safe to use from several threads, each with its own connection."""

    def remove_paper(self, num: int) -> None:
        """Delete a paper with its chunks and vectors, leaving "drop" rows in the log."""
        spaces = self._rows("SELECT DISTINCT space FROM chunk WHERE paper_num = ?", (num,))
        for (space,) in spaces:
            self.drop_chunks(space, num)
        self._db.execute("DELETE FROM paper WHERE num = ?", (num,))
