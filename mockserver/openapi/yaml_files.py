"""Files in YAML 1.2, of which JSON is a part: a date stays a string, `yes` stays a text."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml12

MOST_ALIASED = 50_000_000
"""So many bytes of memory, about, may the aliases of a file stand for."""
MOST_CHARACTERS = 50_000_000
"""So long may a text from outside be."""

_VALUE_SIZE = 50
"""About what a value takes besides its text, in bytes."""
_TOO_DEEP = re.compile(r"^(?: |[-?:] ){400}", re.MULTILINE)
"""A line within hundreds of nested blocks; tens of thousands crash the parser."""
_ANCHOR = re.compile(r"&([^\s\[\]{},'\"]*)")
_ALIAS = re.compile(r"\*([^\s\[\]{},'\"]*)")


def read_yaml(path: Path) -> Any:
    """Return what a file of this project says; None for an empty one.

    Raises OSError, and ValueError when it is no YAML.
    """
    return yaml12.parse_yaml(path.read_text("utf-8"))


def read_bounded_yaml(path: Path) -> Any:
    """Return what a file from outside says, as `read_yaml` does; raises as `parse_bounded_yaml`, too."""
    return parse_bounded_yaml(path.read_text("utf-8"))


def parse_bounded_yaml(text: str) -> Any:
    """Return what a text from outside says; None for an empty one.

    Raises ValueError when it is no YAML, when it is longer than `MOST_CHARACTERS`, when its blocks are nested
    very deeply, or when its aliases stand for more than `MOST_ALIASED`: the parser makes a copy for each, and
    a few lines can ask for billions.
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"it is longer than {MOST_CHARACTERS:,} characters")
    if _TOO_DEEP.search(text):
        raise ValueError("its blocks are nested too deeply")
    try:
        if "&" in text and "*" in text and measure_aliases(text) > MOST_ALIASED:
            raise ValueError(f"its aliases stand for more than {MOST_ALIASED:,} bytes")
    except RecursionError:
        raise ValueError("its values are nested too deeply") from None
    return yaml12.parse_yaml(text)


def measure_aliases(text: str) -> int:
    """Return how many bytes, about, the aliases of a YAML text stand for.

    All that looks like an anchor is read as a tag, and like an alias as a text, so that nothing is copied.
    Raises ValueError when that is no YAML.
    """
    numbers: dict[str, int] = {}

    def name(found: re.Match[str]) -> str:
        return f"anchor-{numbers.setdefault(found[1], len(numbers))}"

    marked = _ANCHOR.sub(lambda found: f"!{name(found)}", text)
    aliased = 0

    def measure(value: Any, sizes: dict[str, int]) -> int:
        """Return the size of a value; `sizes` holds those of the anchors before it."""
        nonlocal aliased
        if isinstance(value, yaml12.Yaml):
            size = measure(value.value, sizes)
            sizes[str(value.tag).removeprefix("!")] = size
            return size
        if isinstance(value, dict):
            return _VALUE_SIZE + sum(measure(k, sizes) + measure(v, sizes) for k, v in value.items())
        if isinstance(value, list):
            return _VALUE_SIZE + sum(measure(item, sizes) for item in value)
        if isinstance(value, str) and value in sizes:
            aliased += sizes[value]
            return sizes[value]
        return _VALUE_SIZE + len(value) if isinstance(value, str) else _VALUE_SIZE

    measure(yaml12.parse_yaml(_ALIAS.sub(name, marked)), {})
    return aliased


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
    filled = [at for at in range(first, end) if lines[at].strip() and not lines[at].lstrip().startswith("#")]
    if dashes:
        filled = [at for at in filled if lines[at].lstrip().startswith("- ")]
    blanks = " " if dashes else " -"
    indents = {at: len(lines[at]) - len(lines[at].lstrip(blanks)) for at in filled}
    least = min(indents.values(), default=0)
    return [at for at in filled if indents[at] == least]
