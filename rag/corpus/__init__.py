"""Files to papers: one reader for each format, the merging of duplicates, and the way back."""

from rag.corpus.export import to_bibtex, to_jsonl, to_markdown_references, to_ris
from rag.corpus.merge import Conflict, Join, Merging, conflicts, may_be_same, merge, merge_all
from rag.corpus.reading import ReadOptions, iter_files, read_papers

__all__ = [
    "Conflict",
    "Join",
    "Merging",
    "ReadOptions",
    "conflicts",
    "iter_files",
    "may_be_same",
    "merge",
    "merge_all",
    "read_papers",
    "to_bibtex",
    "to_jsonl",
    "to_markdown_references",
    "to_ris",
]
