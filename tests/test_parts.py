"""Parts of files: whoever reads one reads its lines, and all of them together are the file's."""

from __future__ import annotations

import gzip
import io
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dynmodels import DataError
from dynmodels.files import DataFile, _zstd, decompressed, find
from dynmodels.parts import BLOCK, Part, blocks, parts_of, whole_lines
from dynmodels.text import UnreadableError

zstd = _zstd()

TEXTS = st.lists(st.sampled_from([b"\n", b"\r", b"a", b"bc", b"\x00", b"\xef\xbb\xbf", b"{}\n"])).map(b"".join)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def lines_of(text: bytes) -> list[bytes]:
    return list(io.BytesIO(text))


def file_of(folder: Path, name: str, content: bytes) -> DataFile:
    (folder / name).write_bytes(content)
    return find([folder / name])[0]


@given(TEXTS, st.integers(1, 12))
@example(b"a\nb\n", 2)
@example(b"a\nb", 3)
@example(b"\n", 1)
@example(b"aaaaaaaaa", 2)
@settings(deadline=None)
def test_the_parts_lines_are_the_files_lines(folder: Path, text: bytes, size: int) -> None:
    file = file_of(folder, "any.ndjson", text)

    parts = list(parts_of(file, size))

    assert sum(part.stop - part.start for part in parts) == len(text)
    assert [line for part in parts for block in blocks(part) for line in lines_of(block)] == lines_of(text)


@given(TEXTS, st.data())
@settings(deadline=None)
def test_a_part_has_the_lines_that_begin_in_it(folder: Path, text: bytes, data: st.DataObject) -> None:
    file = file_of(folder, "any.ndjson", text)
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))

    read = b"".join(blocks(Part(file, start, stop)))

    begins = [sum(map(len, lines_of(text)[:number])) for number in range(len(lines_of(text)))]
    expected = [line for begin, line in zip(begins, lines_of(text), strict=True) if start <= begin < stop]
    assert read == b"".join(expected)


def test_a_part_is_read_in_blocks(folder: Path) -> None:
    text = b"x" * 99 + b"\n"
    file = file_of(folder, "long.ndjson", text * (4 * BLOCK // 100))

    (part,) = parts_of(file, 64 * BLOCK)
    sizes = [len(block) for block in blocks(part)]

    assert sum(sizes) == file.size
    assert max(sizes) < 1.1 * BLOCK


def test_a_line_of_many_parts_is_in_the_one_it_begins_in(folder: Path) -> None:
    text = b"a\n" + b"x" * (5 * BLOCK) + b"\nb\n"
    file = file_of(folder, "wide.ndjson", text)

    found = [b"".join(blocks(part)) for part in parts_of(file, BLOCK)]

    assert [len(each) for each in found] == [5 * BLOCK + 3, 0, 0, 0, 0, 2]


def test_a_file_that_shrinks_is_an_error(folder: Path) -> None:
    file = file_of(folder, "shrinking.ndjson", b"a\n" * 10)
    (folder / "shrinking.ndjson").write_bytes(b"a\n")

    with pytest.raises(DataError, match="shorter"):
        list(blocks(Part(file, 10, 20)))


class TestCompressed:
    @pytest.mark.parametrize(
        "content",
        [
            gzip.compress(b"a\nb\n") + gzip.compress(b"c\nd"),
            zstd.compress(b"a\nb\n") + zstd.compress(b"c\nd"),
        ],
        ids=["gz", "zst"],
    )
    def test_it_is_one_part_whatever_the_number_of_members(self, folder: Path, content: bytes) -> None:
        file = file_of(folder, "a.ndjson.gz" if content[:1] == b"\x1f" else "a.ndjson.zst", content)

        (part,) = parts_of(file, 1)

        assert b"".join(blocks(part)) == b"a\nb\nc\nd"

    @pytest.mark.parametrize("kind", ["gz", "zst"])
    def test_a_damaged_file_gives_whole_lines_and_then_an_error(self, folder: Path, kind: str) -> None:
        lines = [b"%d\n" % random.Random(n).getrandbits(200) for n in range(60_000)]  # noqa: S311
        text = b"".join(lines)
        content = gzip.compress(text) if kind == "gz" else zstd.compress(text)
        (part,) = parts_of(file_of(folder, f"cut.ndjson.{kind}", content[: len(content) // 2]), BLOCK)
        found: list[bytes] = []

        with pytest.raises(UnreadableError, match="the rest cannot be read"):
            found.extend(line for block in blocks(part) for line in lines_of(block))

        assert len(found) > 20_000
        assert found == lines[: len(found)]

    def test_lines_are_the_same_however_they_are_read(self, folder: Path) -> None:
        text = b"".join(b"%d\n" % random.Random(n).getrandbits(200) for n in range(60_000))  # noqa: S311
        cut = gzip.compress(text)[:700_000]
        one_by_one: list[bytes] = []

        with pytest.raises(UnreadableError):
            one_by_one.extend(decompressed(io.BytesIO(cut), "a.gz"))
        in_blocks: list[bytes] = []
        with pytest.raises(UnreadableError):
            in_blocks.extend(
                line for block in whole_lines(decompressed(io.BytesIO(cut), "a.gz")) for line in lines_of(block)
            )

        assert one_by_one == in_blocks

    @pytest.mark.parametrize("name", ["a.gz", "a.ZST"])
    def test_what_is_not_compressed_cannot_be_read(self, name: str) -> None:
        with pytest.raises(UnreadableError):
            list(whole_lines(decompressed(io.BytesIO(b'{"a": 1}\n' * 9), name)))

    def test_memory_is_bounded_by_a_block(self) -> None:
        bomb = gzip.compress(b"0\n" * (16 * BLOCK))

        sizes = [len(block) for block in whole_lines(decompressed(io.BytesIO(bomb), "a.gz"))]

        assert sum(sizes) == 32 * BLOCK
        assert max(sizes) <= 2 * BLOCK


class TestFinding:
    def test_patterns_are_found_in_order(self, tmp_path: Path) -> None:
        for name in ("b.ndjson", "a.ndjson", "c.txt"):
            (tmp_path / name).write_bytes(b"1\n")
        (tmp_path / "d.ndjson").mkdir()

        found = find([str(tmp_path / "*.ndjson"), tmp_path / "c.txt"])

        assert [Path(file.name).name for file in found] == ["a.ndjson", "b.ndjson", "c.txt"]
        assert {file.size for file in found} == {2}

    def test_a_file_may_be_called_as_a_pattern(self, tmp_path: Path) -> None:
        (tmp_path / "a[1].ndjson").write_bytes(b"")

        assert len(find([str(tmp_path / "a[1].ndjson")])) == 1

    @pytest.mark.parametrize("name", ["none.ndjson", "none*.ndjson", "."])
    def test_what_cannot_be_read_is_an_error(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(DataError, match="cannot read"):
            find([str(tmp_path / name)])
