"""A child process that opens a Chroma directory, so that a crash there is not ours.

``python -m rag.index.probe FOLDER`` prints the stored chunk numbers as a JSON list after
having run one search; any failure shows in the exit code.
"""

import json
import sys
from pathlib import Path

import numpy as np

from rag.index.store import VectorStore


def main(folder: Path) -> None:
    """Print what the store gives back."""
    store = VectorStore(folder)
    nums = store.nums()
    dimension = store.dimension()
    if nums and dimension:
        query = np.full(dimension, dimension**-0.5, dtype=np.float32)
        if not store.query(query, min(10, len(nums))):
            raise SystemExit("a search found nothing")
    print(json.dumps(sorted(nums)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
