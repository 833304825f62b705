"""Read Parquet files with named columns, batch by batch. Needs the extra ``parquet``."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rag.corpus.json_papers import papers_from_value
from rag.corpus.opening import source_name
from rag.errors import InputError, MissingExtraError
from rag.records import Paper, Reject

MAGIC = b"PAR1"
_BATCH = 512


def iter_parquet(path: Path, columns: Mapping[str, str]) -> Iterator[Paper | Reject]:
    """Yield a paper for each row; line numbers are row numbers.

    Raises MissingExtraError without pyarrow, InputError for a damaged file.
    """
    source = source_name(path)
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as exc:
        raise MissingExtraError(
            f"{source}: Parquet files need a package; mend: pip install 'papers-rag[parquet]'"
        ) from exc
    number = 0
    try:
        with ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH):
                for row in batch.to_pylist():
                    number += 1
                    values = {name: _plain(value) for name, value in row.items()}
                    yield from papers_from_value(values, source, number, columns)
    except (ArrowException, OSError, ValueError, MemoryError, UnicodeError) as exc:
        message = str(exc).split("\n", 1)[0][:160]
        raise InputError(f"{source}:{number + 1}: damaged Parquet file: {message}") from exc


def _plain(value: Any) -> Any:
    """Return what JSON could have held."""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
