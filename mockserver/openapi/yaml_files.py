"""Files in YAML 1.2, of which JSON is a part: a date stays a string, `yes` stays a text."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml12


def read_yaml(path: Path) -> Any:
    """Return what a file says; None for an empty one. Raises OSError, and ValueError when it is no YAML."""
    return yaml12.parse_yaml(path.read_text("utf-8"))


def find_line(text: str, where: Iterable[str | int]) -> int:
    """Return the line, from 1 on, where something stands in a YAML text: keys and indices from the root.

    What stands within brackets is found by its key alone; of an alias, the line with the alias is returned.
    """
    lines = text.splitlines()
    line, first, end = 0, 0, len(lines)
    for step in where:
        is_index = isinstance(step, int)
        children = _list_children(lines, first, end, dashes=is_index)
        if isinstance(step, int):
            found = children[step : step + 1]
        else:
            key = re.compile(rf"""(?:^|[\s{{,])["']?{re.escape(step)}["']?\s*:""")
            found = [at for at in children if key.match(lines[at].lstrip(" -"))]
            found = found or [at for at in range(line, end) if key.search(lines[at])]
        if not found:
            break
        line = found[0]
        end = next((at for at in children if at > line), end)
        first = line if is_index else line + 1  # the first key of an item stands beside its dash
    return line + 1


def _list_children(lines: list[str], first: int, end: int, *, dashes: bool) -> list[int]:
    """Return the lines of a block that are indented least: one for each of its keys, or of its items."""
    told = [at for at in range(first, end) if lines[at].strip() and not lines[at].lstrip().startswith("#")]
    if dashes:
        told = [at for at in told if lines[at].lstrip().startswith("- ")]
    blanks = " " if dashes else " -"
    indents = {at: len(lines[at]) - len(lines[at].lstrip(blanks)) for at in told}
    least = min(indents.values(), default=0)
    return [at for at in told if indents[at] == least]
