"""CSV files are read as programs and hands make them, and written so that they can be read again."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.model.csv_files import EncodingError, read_csv, write_csv

from .kit.samples import examples

cells = st.text(st.characters(codec="utf-8"), max_size=20)


def read(data: bytes) -> tuple[list[str], list[list[str] | str]]:
    file = read_csv(data)
    return file.header, [row.error or row.cells for row in file.rows]


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), min_size=1)))
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    # A reader must guess what divides the header, and passes over blank lines: both need a first word.
    columns = [f"column {number}" for number in range(len(rows[0]))]
    assert read("".join(write_csv(columns, rows)).encode()) == (columns, rows)


@given(st.lists(cells, min_size=2, max_size=4).filter(any))
def test_what_is_written_is_what_the_library_reads(row: list[str]) -> None:
    text = "".join(write_csv([f"column {number}" for number in range(len(row))], [row]))
    assert list(csv.reader(StringIO(text, newline="")))[1] == row


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
def test_line_ends_delimiters_and_marks_at_the_start_are_understood(
    line_end: str, delimiter: str, start: str
) -> None:
    lines = ["email,name", 'a@x.io,"Lovelace| Ada"', "", "b@x.io,"]
    text = start + line_end.join(lines).replace(",", delimiter).replace("|", delimiter)
    header, rows = read(text.encode())
    assert header == ["email", "name"]
    assert rows == [["a@x.io", f"Lovelace{delimiter} Ada"], ["b@x.io", ""]]


def test_a_delimiter_in_quotes_does_not_divide_the_header() -> None:
    assert read(b'email;"a,b,c"\nx;y\n') == (["email", "a,b,c"], [["x", "y"]])


def test_quoted_cells_may_hold_quotes_and_line_breaks() -> None:
    assert read(b'a,b\n"say ""hi""","two\r\nlines"\n') == (["a", "b"], [['say "hi"', "two\r\nlines"]])


def test_missing_last_cells_are_empty() -> None:
    assert read(b"a,b,c\n1\n") == (["a", "b", "c"], [["1", "", ""]])


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"1,2,3", "More cells than the header has"),
        (b'1,"open', "Quotes are not balanced"),
        (b'1,"a"b', "Quotes are not balanced"),
        (b'1,"' + b"x" * 200_000 + b'"', "A cell is too long"),
    ],
)
def test_a_bad_row_is_reported_and_the_next_one_read(line: bytes, error: str) -> None:
    assert read(b"a,b\n0,0\n" + line + b"\n4,5\n") == (["a", "b"], [["0", "0"], error, ["4", "5"]])


def test_many_bad_rows_in_a_large_file_are_read_in_time() -> None:
    _, rows = read(b"a,b\n" + b'1,"x"y\n' * 20_000)
    assert set(map(str, rows)) == {"Quotes are not balanced"}


@pytest.fixture
def short_cells() -> Iterator[None]:
    """Let no cell have more than 6 characters, so that short files can have cells that are too long."""
    before = csv.field_size_limit(6)
    yield
    csv.field_size_limit(before)


def read_from_every_line(text: str) -> list[list[str] | str]:
    """Read from a line to the end or to an error; after an error, from the line below the row's first."""
    lines = list(StringIO(text, newline=""))
    rows: list[list[str] | str] = []
    position = 0
    while position < len(lines):
        reader = csv.reader(lines[position:], strict=True)
        start = position
        try:
            for row in reader:
                position = start + reader.line_num
                rows += [row] if row else []
        except csv.Error as error:
            position += 1
            rows.append("A cell is too long" if "limit" in str(error) else "Quotes are not balanced")
    return rows


WRECKS = st.lists(
    st.sampled_from(['"', '""', ",", "a", "b\n", "\n", '",a,"\n', '"\r\n', "\r", "aaaaa"]), max_size=30
)


@pytest.mark.usefixtures("short_cells")
@settings(max_examples=examples(1000))
@given(WRECKS)
def test_what_follows_a_bad_row_is_read_as_if_it_stood_first(pieces: list[str]) -> None:
    text = "".join(pieces)
    header, rows = read(("h,h\n" + text).encode())
    expected = [row if isinstance(row, str) else fit(row) for row in read_from_every_line(text)]
    assert (header, rows) == (["h", "h"], expected)


def fit(row: list[str]) -> list[str] | str:
    return "More cells than the header has" if len(row) > 2 else row + [""] * (2 - len(row))


@pytest.mark.parametrize(
    "text",
    [
        '",a","\n' * 2000,
        '",a","\n' * 2000 + '"x"x\n',
        '",a","\n' * 2000 + ",\n" * 200_000,
        '"\n' * 2001,
        ('",a","\n' * 20 + '"x"x\n') * 100,
    ],
    ids=["never closed", "closed badly", "too long", "one by one", "many times"],
)
def test_no_line_is_read_more_than_three_times(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0

    def count(lines: Any, **options: Any) -> Any:
        def pass_on() -> Iterator[str]:
            nonlocal taken
            for line in lines:
                taken += 1
                yield line

        return reader(pass_on(), **options)

    reader = csv.reader
    monkeypatch.setattr(csv, "reader", count)
    read(text.encode())
    assert taken <= 3 * text.count("\n")


@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf", b"\r\n\r\n"])
def test_an_empty_file_has_no_header(data: bytes) -> None:
    assert read(data) == ([], [])


@pytest.mark.parametrize("data", ["email\nä@x.io".encode("latin-1"), "email\n".encode("utf-16"), b"\xff"])
def test_another_encoding_is_refused(data: bytes) -> None:
    with pytest.raises(EncodingError):
        read_csv(data)
