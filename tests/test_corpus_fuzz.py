"""Whatever the bytes: papers, rejects or an error of our own tree, and nothing else."""

import gzip
import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rag.corpus import read_papers
from rag.records import Paper
from tests.fuzz.seeds import FILES
from tests.fuzz.targets import readers

JUNK = st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b"<", b">", b"&", b"\0", b"\n", b"\r", b"\\", b",", b"@", b"$", b"null", b"-1",
     b"1e999", b"[]", b"{}", b"true", b"\xff", b"\xed\xa0\x80", "ü".encode(), b"<!ENTITY a 'b'>", b"99999999999", b" - "]
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_the_seeds_themselves_are_papers(name, tmp_path):
    path = tmp_path / "seed"
    path.write_text(FILES[name])
    assert [type(item) for item in read_papers(path)].count(Paper) >= 1


relaxed = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))


@given(st.binary(max_size=300))
@example(b"[" * 70_000)
@example(b'{"a":' * 70_000)
@example(b"\x1f\x8b\x08")
@example(gzip.compress(b"{"))
@relaxed
def test_random_bytes(content):
    readers(content)


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
@relaxed
def test_mutated_files(name, data):
    content = bytearray(FILES[name].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        stop = min(len(content), start + data.draw(st.integers(0, 12)))
        content[start:stop] = data.draw(JUNK | st.binary(max_size=4))
    readers(bytes(content))


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = (
    "id", "title", "abstract", "text", "paper", "authors", "externalIds", "paperId", "DOI", "doi", "issued",
    "author", "authorships", "abstract_inverted_index", "versions", "authors_parsed", "error", "message", "data",
    "results", "summary", "upvotes", "organization", "publishedAt", "paper_id", "sources", "year", "primary_location",
    "locations", "keywords", "s2FieldsOfStudy", "fieldsOfStudy", "submitter", "published", "subject", "categories",
)  # fmt: skip


@given(
    st.lists(st.dictionaries(st.sampled_from(FIELDS), values, max_size=6), min_size=1, max_size=3)
)
@settings(relaxed, max_examples=150)
def test_fields_of_any_type(rows):
    readers("\n".join(json.dumps(row) for row in rows).encode("utf-8", "surrogatepass"))
    readers(json.dumps(rows).encode())


@pytest.mark.parametrize("name", FILES)
def test_files_cut_anywhere(name):
    content = FILES[name].encode()
    for stop in range(1, len(content), max(1, len(content) // 40)):
        readers(content[:stop])
