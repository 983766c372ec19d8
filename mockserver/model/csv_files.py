"""CSV: bytes of a file → rows, a bad row apart; records → text."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain

_FIRST_RECORD = re.compile(r'\s*((?:"[^"]*"|[^"\r\n])*)')
_QUOTED = re.compile(r'"[^"]*"')


class EncodingError(ValueError):
    """The bytes are no UTF-8."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    """The cells of one row, or what is wrong with it."""

    cells: list[str]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A header, and the rows below it; blank lines are no rows."""

    header: list[str]
    rows: Iterator[CsvRow]


def read_csv(data: bytes) -> CsvFile:
    """Read a CSV file: UTF-8, with or without a BOM, divided by commas or semicolons.

    Any line ends do. A row that cannot be read, or has more cells than the header, carries an error,
    and reading goes on with the next line; a row with fewer cells has its last ones empty. An empty
    file has an empty header. Raises EncodingError when the bytes are no UTF-8.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EncodingError(str(error)) from None
    rows = _read_rows(text, _find_delimiter(text))
    first = next(rows, CsvRow([]))
    return CsvFile(first.cells, _fit(rows, len(first.cells)))


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a header and rows as CSV, with quotes where needed and CRLF line ends [RFC 4180]."""
    text = StringIO()
    writer = csv.writer(text)
    for row in chain((columns,), rows):
        writer.writerow(row)
        yield text.getvalue()
        text.seek(0)
        text.truncate()


def _find_delimiter(text: str) -> str:
    found = _FIRST_RECORD.match(text)
    header = _QUOTED.sub("", found[1]) if found else ""
    return ";" if header.count(";") > header.count(",") else ","


def _read_rows(text: str, delimiter: str) -> Iterator[CsvRow]:
    """Yield the rows of a text; after a bad one, reading goes on with the line below its first.

    Only a quoted cell can make a row run over several lines. When such a row ends in an error, every row that
    begins on one of its lines and runs on ends in the same error. So each line up to that error is read by
    itself, and no line is read more than three times.
    """
    lines = list(StringIO(text, newline=""))
    position = 0
    bad_end, reason = 0, ""
    while position < len(lines):
        start, stop = position, position + 1 if position < bad_end else len(lines)
        reader = csv.reader(map(lines.__getitem__, range(start, stop)), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                position = start + reader.line_num
                if cells:
                    yield CsvRow(cells)
        except csv.Error as error:
            message = str(error)
            if position >= bad_end:
                bad_end, reason = start + reader.line_num - 1, message
            elif "unexpected end" in message:
                message = reason
            # The rest of the line is lost; a quote left open must not swallow the lines after it.
            position += 1
            yield CsvRow([], "A cell is too long" if "limit" in message else "Quotes are not balanced")


def _fit(rows: Iterator[CsvRow], width: int) -> Iterator[CsvRow]:
    for row in rows:
        if len(row.cells) > width:
            yield CsvRow(row.cells[:width], "More cells than the header has")
        else:
            yield CsvRow(row.cells + [""] * (width - len(row.cells)), row.error)
