"""Bad files: the rest is loaded, and every loss is named with file, line and reason."""

import bz2
import gzip
import json
import lzma
import os
import time
from pathlib import Path

import pytest

from rag.corpus import ReadOptions, iter_files, opening, read_papers, unpacking
from rag.errors import InputError
from rag.records import Paper, Reject


def row(number: int) -> str:
    return json.dumps({"_id": f"p{number}", "title": f"Title {number}", "text": "An abstract."})


def split(path: Path, options: ReadOptions | None = None) -> tuple[list[Paper], list[Reject]]:
    items = list(read_papers(path, options))
    return [i for i in items if isinstance(i, Paper)], [i for i in items if isinstance(i, Reject)]


def thousand(bad: bytes, at: int = 500) -> bytes:
    lines = [row(n).encode() for n in range(1000)]
    lines[at] = bad
    return b"\n".join(lines) + b"\n"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"title": "cut', "not JSON"),
        (b"garbage", "not JSON"),
        (b'{"title": "a\0b"}', "NUL"),
        ('{"title": "Über"}'.encode("latin-1"), "not UTF-8"),
        (b'"just a text"', "expected an object"),
        (b"null", "expected an object"),
        (b"[[[[[[[[1]]]]]]]]", "expected an object"),
        (b'{"year": 2020}', "neither title nor abstract"),
        (b'{"text": "no name"}', "no title, and no id"),
        (b'{"title": "t", "_id": "' + b"x" * 600 + b'"}', "the id is longer"),
        (b'{"title": "' + b"x" * 6000 + b'"}', "the title is longer"),
    ],
)
@pytest.mark.parametrize("at", [0, 500, 999])
def test_one_bad_line_in_a_thousand_costs_one_paper(tmp_path, bad, reason, at):
    path = tmp_path / "papers.jsonl"
    path.write_bytes(thousand(bad, at))
    papers, rejects = split(path)
    assert len(papers) == 999
    assert [(r.source, r.line) for r in rejects] == [("papers.jsonl", at + 1)]
    assert reason in rejects[0].reason


def test_a_line_nested_a_hundred_thousand_deep_is_one_reject(tmp_path):
    path = tmp_path / "papers.jsonl"
    path.write_bytes(thousand(b"[" * 100_000))
    papers, rejects = split(path)
    assert len(papers) == 999
    assert [str(r) for r in rejects] == ["papers.jsonl:501: not JSON: nested too deeply"]


def test_lone_surrogates_are_replaced(tmp_path):
    path = tmp_path / "papers.jsonl"
    path.write_text('{"title": "a\\ud800b", "text": "x\\udfff"}\n')
    ((paper,), _) = split(path)
    assert (paper.title, paper.abstract) == ("a\ufffdb", "x\ufffd")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_byte_order_marks_and_utf_16(tmp_path, encoding):
    path = tmp_path / "papers.jsonl"
    path.write_bytes("".join(row(n) + "\r\n" for n in range(3)).encode(encoding))
    papers, rejects = split(path)
    assert [p.title for p in papers] == ["Title 0", "Title 1", "Title 2"]
    assert not rejects


def test_a_100_mb_line_is_skipped_in_bounded_memory(tmp_path):
    path = tmp_path / "papers.jsonl"
    with path.open("wb") as file:
        file.write(row(1).encode() + b"\n")
        for _ in range(100):
            file.write(b"x" * 2**20)
        file.write(b"\n" + row(2).encode() + b"\n")
    papers, rejects = split(path)
    assert [p.title for p in papers] == ["Title 1", "Title 2"]
    assert [str(r) for r in rejects] == ["papers.jsonl:2: line over 16 MB"]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_error(tmp_path, content):
    path = tmp_path / "empty.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"^empty\.jsonl: the file is empty$"):
        read_papers(path)


def test_a_fifo_is_refused_without_waiting(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(InputError, match="not a regular file"):
        read_papers(path)


@pytest.mark.parametrize(
    "content", [b"\x7fELF" + bytes(range(256)) * 40, b"just some prose\nand more\n"]
)
def test_a_file_of_no_known_format_is_refused_and_formats_are_named(tmp_path, content):
    path = tmp_path / "file.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"not a format this reads; known: .*BibTeX.*PubMed XML"):
        read_papers(path)


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "missing.jsonl", "no/such/dir/x.jsonl"])
def test_impossible_names_are_refused_in_one_line(tmp_path, name):
    with pytest.raises(InputError) as caught:
        read_papers(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_control_signs_in_a_file_name_do_not_reach_messages(tmp_path):
    path = tmp_path / "a\x1b[31m\u202eb.jsonl"
    path.write_text("{bad\n" + row(1) + "\n")
    _, (reject,) = split(path)
    assert str(reject).startswith("a\ufffd[31m\ufffdb.jsonl:1: ")


def test_an_unreadable_file_is_an_error(tmp_path):
    path = tmp_path / "secret.jsonl"
    path.write_text(row(1))
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(InputError, match="Permission denied"):
        read_papers(path)


PACKERS = {
    "gz": gzip.compress,
    "xz": lambda data: lzma.compress(data, preset=0),
    "bz2": bz2.compress,
}


@pytest.mark.parametrize("packing", PACKERS)
def test_packed_files_are_read_whatever_their_name(tmp_path, packing):
    path = tmp_path / "papers.txt"
    path.write_bytes(PACKERS[packing](thousand(b"{bad")))
    papers, rejects = split(path)
    assert (len(papers), len(rejects)) == (999, 1)


def test_zstandard_files_are_read(tmp_path):
    zstandard = pytest.importorskip("zstandard", reason="zstandard is not installed")
    path = tmp_path / "papers.zst"
    path.write_bytes(zstandard.compress(thousand(b"{bad")))
    papers, rejects = split(path)
    assert (len(papers), len(rejects)) == (999, 1)


@pytest.mark.parametrize("packing", PACKERS)
def test_a_packed_file_that_is_cut_off_keeps_what_came_before(tmp_path, packing):
    lines = "\n".join(json.dumps({"title": os.urandom(400).hex()}) for _ in range(3000))
    packed = PACKERS[packing](lines.encode())
    path = tmp_path / "papers.jsonl"
    path.write_bytes(packed[: int(len(packed) * 0.7)])
    papers, rejects = split(path)
    assert papers
    assert "damaged file" in rejects[-1].reason


@pytest.mark.parametrize("magic", [b"\x1f\x8b", b"\xfd7zXZ\0", b"BZh9", b"\x28\xb5\x2f\xfd"])
def test_a_packed_file_of_rubbish_is_an_error(tmp_path, magic):
    path = tmp_path / "papers.jsonl"
    path.write_bytes(magic + os.urandom(500))
    with pytest.raises(InputError, match="damaged file"):
        list(read_papers(path))


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "_RATIO_COUNTS_FROM", 2**20)
    path = tmp_path / "bomb.jsonl"
    path.write_bytes(gzip.compress(row(1).encode() + b"\n" + b" " * 2**26))
    papers, rejects = split(path)
    assert len(papers) == 1
    assert "unpacks to more than" in rejects[0].reason


def test_reading_time_is_bounded(tmp_path):
    path = tmp_path / "papers.jsonl"
    path.write_bytes(thousand(row(5).encode()))
    papers, rejects = split(path, ReadOptions(seconds=1e-9))
    assert len(papers) < 1000
    assert "the rest was left out" in rejects[-1].reason


def test_time_of_the_consumer_does_not_count(tmp_path):
    path = tmp_path / "papers.jsonl"
    path.write_text("\n".join(row(n) for n in range(3)))
    items = read_papers(path, ReadOptions(seconds=0.15))
    titles = []
    for item in items:
        assert isinstance(item, Paper)
        titles.append(item.title)
        time.sleep(0.1)
    assert titles == ["Title 0", "Title 1", "Title 2"]


def test_a_file_without_any_paper_says_so(tmp_path):
    path = tmp_path / "none.json"
    path.write_text("[]")
    assert [str(i) for i in read_papers(path)] == ["none.json:1: the file holds no paper"]


def test_a_document_that_must_be_read_whole_is_bounded(tmp_path):
    path = tmp_path / "page.txt"
    path.write_text("x" * 100)
    with pytest.raises(InputError, match="larger than"):
        opening.read_document(path, limit=10)


BOMBS = {
    "laughs": '<!DOCTYPE f [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]><feed><entry>&b;</entry></feed>',
    "quadratic": '<!DOCTYPE f [<!ENTITY a "' + "a" * 5000 + '">]><feed>' + "&a;" * 50 + "</feed>",
    "external": '<!DOCTYPE f [<!ENTITY a SYSTEM "file:///etc/passwd">]><feed><entry>&a;</entry></feed>',
    "parameter": '<!DOCTYPE f [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;]><feed></feed>',
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_entities_are_refused(tmp_path, bomb):
    path = tmp_path / "feed.xml"
    path.write_text(BOMBS[bomb])
    with pytest.raises(InputError, match=r"feed\.xml:1: declares entities, which are refused"):
        list(read_papers(path))


@pytest.mark.parametrize("root", ["feed", "rss", "collection", "PubmedArticleSet"])
def test_deep_nesting_is_refused_at_once(tmp_path, root):
    path = tmp_path / "deep.xml"
    path.write_text(f"<{root}>" + "<a>" * 200_000)
    started = time.monotonic()
    with pytest.raises(InputError, match="nested deeper than 64 elements"):
        list(read_papers(path))
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("content", ["x" * 17 * 2**20, "<a/>" * 60_000])
def test_an_absurd_record_is_refused(tmp_path, content):
    path = tmp_path / "large.xml"
    path.write_text(f"<feed><entry>{content}</entry></feed>")
    with pytest.raises(InputError, match="one record is absurdly large"):
        list(read_papers(path))


def test_papers_before_broken_xml_are_kept(tmp_path):
    path = tmp_path / "feed.xml"
    path.write_text(
        "<feed>\n<entry><title>Good</title></entry>\n<entry><title>x</oops></entry></feed>"
    )
    papers, rejects = split(path)
    assert [p.title for p in papers] == ["Good"]
    assert str(rejects[0]) == "feed.xml:3: not well-formed XML: mismatched tag"


def test_a_folder_is_read_whole_and_odd_files_are_rejects(tmp_path):
    (tmp_path / "a.jsonl").write_text(row(1))
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7 nothing")
    (tmp_path / "c.bib").write_text("@article{k, title = {C}}")
    (tmp_path / "d.jsonl").write_text("")
    (tmp_path / ".hidden").write_text("x")
    os.mkfifo(tmp_path / "e")
    papers, rejects = split(tmp_path)
    assert [p.title for p in papers] == ["Title 1", "C"]
    assert [r.source for r in rejects] == ["b.pdf", "d.jsonl", "e"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "outside.jsonl").write_text(row(1))
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "own.jsonl").write_text(row(2))
    (inside / "link.jsonl").symlink_to("../outside.jsonl")
    (inside / "self").symlink_to(".")
    papers, rejects = split(inside)
    assert [p.title for p in papers] == ["Title 2"]
    assert [str(r) for r in rejects] == ["link.jsonl:0: a link that leads out of the folder"]


def test_of_a_beir_folder_only_the_corpus_is_read(tmp_path):
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\t1\t1\n")
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "what?", "title": "q"}\n')
    (tmp_path / "corpus.jsonl").write_text(row(1))
    assert [p.name for p in iter_files([tmp_path])] == ["corpus.jsonl"]
    papers, rejects = split(tmp_path)
    assert ([p.paper_id for p in papers], rejects) == (["p1"], [])


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(InputError, match="holds no files"):
        list(iter_files([tmp_path]))
