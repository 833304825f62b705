"""What stood in memory before does not come to lie in the files of the index."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SCRIPT = """
    import sys
    import threading
    import time
    from pathlib import Path
    import numpy as np
    import chromadb  # its own start first, so that what follows is what its graph is given
    from rag.index.heap import use_few_heaps
    from rag.index.store import EmbeddedStores

    marker = "SECRET" + "0WORD"
    use_few_heaps()
    del (large := [bytes(24_000_000)])[:]  # from now on such sizes are served from a heap

    def fill():
        held = [(marker * size).encode() for size in (500, 5_000, 30_000) for _ in range(60)]
        kept.append(bytes(2_000))  # above them, so that they stay
        time.sleep(0.1)  # the others take the other heap

    kept = []
    threads = [threading.Thread(target=fill) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fill()
    folder = Path(sys.argv[1])
    folder.mkdir()
    store = EmbeddedStores().create(folder, None)
    store.add({n: np.eye(16, dtype=np.float32)[n % 16] for n in range(20)})
    store.seal()
    store.close()
    held = [p.name for p in folder.rglob("*") if p.is_file() and marker.encode() in p.read_bytes()]
    print(held)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told to hand out zeroes")
def test_chroma_writes_no_memory_that_was_used_before(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "generation")],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
