"""Files of traffic: the format is found in what they say, and they are read piece by piece."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import ijson

from mockserver.openapi.yaml_files import read_bounded_yaml

from .cassettes import read_interaction
from .har import read_entry
from .recorded import Json, Recorded, TrafficError
from .rows import is_row, read_row

MOST_BYTES = 64 * 1024 * 1024
"""Of one exchange in JSON, and of a whole file in YAML, which cannot be read piece by piece."""

Reader = Callable[[Json, str], Recorded | None]

_PEEK = 4096
_MOST_DEPTH = 500
"""So deep may values be nested: ijson writes the whole path of each, so memory grows with the square."""


def read_traffic(path: Path) -> Iterator[Recorded | None]:
    """Yield the exchanges of a file, in their order; None for one that has no answer.

    Raises TrafficError when the file cannot be read, with the place.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_PEEK).removeprefix(b"\xef\xbb\xbf").lstrip()
            file.seek(0)
            if not start:
                raise TrafficError(f"{path}: the file is empty")
            yield from _read_json(path, file, start) if start[:1] in b"{[" else _read_yaml(path)
    except OSError as error:
        raise TrafficError(f"{path}: {error.strerror or error}") from None


class _Bounded:
    """A file that ends the reading when one exchange is too large."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        self._file = file
        self._since = 0

    def begin(self) -> None:
        """Begin with the next exchange."""
        self._since = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        data = self._file.read(size)
        self._since += len(data)
        if self._since > MOST_BYTES:
            raise TrafficError(f"{self._path}: an exchange has more than {MOST_BYTES} bytes")
        return data


def _read_json(path: Path, file: IO[bytes], start: bytes) -> Iterator[Recorded | None]:
    if start[:1] == b"[":
        yield from _read_items(path, file, "item", _choose_reader(path))
        return
    name = _find_first(path, file)
    file.seek(0)
    listed: dict[str, tuple[str, str, Reader]] = {
        "log": ("log.entries.item", "entry", lambda entry, place: read_entry(entry, place, path.parent)),
        "interactions": ("interactions.item", "interaction", read_interaction),
        "http_interactions": ("http_interactions.item", "interaction", read_interaction),
        "exchanges": ("exchanges.item", "exchange", read_row),
    }
    if name in listed:
        prefix, noun, reader = listed[name]
        yield from _read_items(path, file, prefix, reader, noun)
    else:
        yield from _read_lines(path, file)


def _find_first(path: Path, file: IO[bytes]) -> str:
    """Return the first member of an object that tells what the file is; empty when there is none."""
    known = ("log", "interactions", "http_interactions", "exchanges", "method", "request", "url", "path")
    try:
        for depth, event, value in _parse(_Bounded(path, file), multiple_values=True):
            if depth == 1 and event == "map_key" and value in known:
                return str(value)
            if depth == 0:
                break
    except ijson.JSONError:
        pass  # the reader reports it with its place
    return ""


def _parse(file: _Bounded, *, multiple_values: bool = False) -> Iterator[tuple[int, str, Any]]:
    """Yield the events of a JSON file, each with the depth after it; raises JSONError for deep nesting.

    `use_float` also bounds integers: ijson crashes the process with one of thousands of digits.
    """
    depth = 0
    for event, value in ijson.basic_parse(file, use_float=True, multiple_values=multiple_values):
        depth += event.startswith("start_") - event.startswith("end_")
        if depth > _MOST_DEPTH:
            raise ijson.JSONError(f"nested deeper than {_MOST_DEPTH} levels")
        yield depth, event, value


def _read_items(
    path: Path, file: IO[bytes], prefix: str, reader: Reader, noun: str = "exchange"
) -> Iterator[Recorded | None]:
    bounded, number = _Bounded(path, file), 0
    try:
        events = ((event, value) for _, event, value in _parse(bounded))
        for number, item in enumerate(ijson.items(ijson.parse(events), prefix), 1):
            bounded.begin()
            yield _read_item(reader, item, f"{path}, {noun} {number}")
    except ijson.JSONError as error:
        reason = str(error).strip().splitlines()[0]
        raise TrafficError(f"{path}, after {noun} {number}: no JSON: {reason}") from None


def _read_item(reader: Reader, item: Json, place: str) -> Recorded | None:
    """Return the exchange of an item; raises TrafficError for values of other types than the form has."""
    try:
        return reader(item, place)
    except (TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        raise TrafficError(f"{place}: the exchange cannot be read ({error})") from None


def _choose_reader(path: Path) -> Reader:
    def read(item: Json, place: str) -> Recorded | None:
        if is_row(item):
            return read_row(item, place)
        if isinstance(item, dict) and isinstance(item.get("request"), dict) and "response" in item:
            is_har = "startedDateTime" in item or "content" in (item["response"] or {})
            return read_entry(item, place, path.parent) if is_har else read_interaction(item, place)
        raise TrafficError(f"{place}: an exchange has `method`, `url` or `path`, and `status`")

    return read


def _read_lines(path: Path, file: IO[bytes]) -> Iterator[Recorded | None]:
    reader, number = _choose_reader(path), 0
    while line := file.readline(MOST_BYTES + 1):
        number += 1
        place = f"{path}, line {number}"
        if len(line) > MOST_BYTES:
            raise TrafficError(f"{place}: an exchange has more than {MOST_BYTES} bytes")
        text = line.removeprefix(b"\xef\xbb\xbf").strip()
        if not text:
            continue
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            known = "a HAR, a cassette, a journal, or NDJSON with an exchange in each line"
            raise TrafficError(f"{place}: no JSON ({error}); traffic is {known}") from None
        yield _read_item(reader, value, place)


def _read_yaml(path: Path) -> Iterator[Recorded | None]:
    if path.stat().st_size > MOST_BYTES:
        raise TrafficError(f"{path}: a cassette in YAML has {MOST_BYTES} bytes at most; write it as JSON")
    try:
        document: Any = read_bounded_yaml(path)
    except (ValueError, UnicodeDecodeError) as error:
        raise TrafficError(f"{path}: neither JSON nor YAML: {error}") from None
    document = document if isinstance(document, dict) else {}
    interactions = document.get("interactions", document.get("http_interactions"))
    if not isinstance(interactions, list):
        raise TrafficError(f"{path}: a cassette has a list of `interactions`")
    for number, item in enumerate(interactions, 1):
        yield _read_item(read_interaction, item, f"{path}, interaction {number}")
