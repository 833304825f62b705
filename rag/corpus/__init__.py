"""Files to papers: one reader for each format, and the merging of duplicates."""

from rag.corpus.merge import may_be_same, merge
from rag.corpus.reading import ReadOptions, iter_files, read_papers

__all__ = ["ReadOptions", "iter_files", "may_be_same", "merge", "read_papers"]
