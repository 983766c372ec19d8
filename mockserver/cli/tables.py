"""Answers as tables: drawn by rich in a terminal that is wide enough, else aligned text."""

import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

import click

from .command import wants_json, write

_GAP = "  "
_ANY_WIDTH = 10_000


def write_table(answer: Any, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write an answer as JSON where --json asks for it, else a table with a row for each of `rows`."""
    if wants_json():
        write(answer, "")
        return
    cells = [[_show(cell) for cell in row] for row in rows]
    if not cells:
        click.echo("There are none.", err=True)
    elif not (sys.stdout.isatty() and _draw(head, cells)):
        write(answer, align([[title.upper() for title in head], *cells]))


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_GAP.join(map(str.ljust, row, widths)).rstrip() for row in rows]


def show_line(text: str) -> str:
    """Return a text on one line, without what would steer a terminal."""
    return "".join(each if each.isprintable() else " " for each in text)


def _show(cell: object) -> str:
    return "" if cell is None else show_line(str(cell))


def _draw(head: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Draw a table with rich; returns False where rich is not installed, or the terminal is too narrow."""
    try:
        console, box = import_module("rich.console").Console(), import_module("rich.box")
        table, text = import_module("rich.table"), import_module("rich.text")
    except ModuleNotFoundError:
        return False

    def make(rows: Iterable[Sequence[str]]) -> Any:
        made = table.Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for title in head:
            # What is too long goes on below; what a row is called is to be copied.
            made.add_column(title, overflow="fold", no_wrap=title == head[0])
        for row in rows:
            made.add_row(*map(text.Text, row))
        return made

    # rich would cut what a row is called, and leave out columns.
    least = console.measure(make(row[:1] for row in rows), options=console.options.update(width=_ANY_WIDTH))
    if least.maximum > console.width:
        return False
    console.print(make(rows))
    return True
