"""What a test expects to have been called, and how near the calls came that were."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs

from ..http.entry import Entry
from ..http.redactor import Redactor
from ..spelling import suggest

_MOST_SHOWN = 3
_LINE_LENGTH = 100
_MOST_EXCHANGES = 20
_MOST_LINES = 30


class Expectation:
    """Calls of one operation, as far as a test cares.

    `body` and `query` need to be contained: fields that are not named may have any value. Secrets are
    not in the journal, so they are taken out of what is expected, too.
    """

    def __init__(
        self,
        operation: str,
        redactor: Redactor,
        *,
        body: Any = None,
        query: dict[str, Any] | None = None,
        path: str | None = None,
        status: int | None = None,
    ) -> None:
        self.operation = operation
        self._body = redactor.redact(body)
        self._query = {name: str(value) for name, value in (query or {}).items()}
        self._path = path
        self._status = status

    def find_differences(self, entry: Entry) -> list[str]:
        """Return what keeps a call from being an expected one, a line each."""
        differences: list[str] = []
        if self._body is not None:
            differences += _differ("json", self._body, entry.request_json)
        if self._query:
            sent = {name: values[-1] for name, values in parse_qs(entry.query).items()}
            differences += _differ("query", self._query, sent)
        if self._path is not None and not entry.path.endswith(self._path):
            differences.append(f"path: expected …{self._path}, was {entry.path}")
        if self._status is not None and entry.status != self._status:
            differences.append(f"status: expected {self._status}, was {entry.status}")
        return differences

    def check(self, entries: Iterable[Entry], times: int | None) -> list[Entry]:
        """Return the calls that are as expected.

        Raises AssertionError, which shows the nearest others, unless there are `times` of them; None
        means at least one.
        """
        __tracebackhide__ = True
        entries = list(entries)
        called = [entry for entry in entries if entry.operation == self.operation]
        rated = [(self.find_differences(entry), entry) for entry in called]
        found = [entry for differences, entry in rated if not differences]
        if len(found) == times or (times is None and found):
            return found
        lines = [self._sum_up(len(called), len(found), times)]
        misses = sorted((pair for pair in rated if pair[0]), key=lambda pair: len(pair[0]))
        for differences, entry in misses[:_MOST_SHOWN]:
            lines.append(f"  near: {describe_entry(entry)}")
            lines += [f"    {difference}" for difference in differences]
        if not called:
            others = [f"  {describe_entry(entry)}" for entry in entries]
            lines += ["what was called:", *others] if others else ["nothing was called"]
        raise AssertionError("\n".join(lines))

    def _sum_up(self, called: int, found: int, times: int | None) -> str:
        wanted = "" if times is None else f", expected {times}"
        as_expected = "" if called == found else f", {found} of them as expected"
        return f"{self.operation} was called {called} times{as_expected}{wanted}"


def describe_entry(entry: Entry) -> str:
    """Return an exchange in one line."""
    query = f"?{entry.query}" if entry.query else ""
    fault = f" [{entry.fault}]" if entry.fault else ""
    return f"{entry.method} {entry.path}{query} → {entry.status}{fault}"


def describe_exchanges(entries: Sequence[Entry]) -> str:
    """Return the last exchanges with the beginnings of their bodies."""
    left_out = len(entries) - _MOST_EXCHANGES
    head = [f"({left_out} earlier ones are in the fixture's journal)"] if left_out > 0 else []
    return "\n".join([*head, *map(_describe_exchange, entries[-_MOST_EXCHANGES:])]) or "none"


def _describe_exchange(entry: Entry) -> str:
    lines = [f"{describe_entry(entry)} ({entry.milliseconds:.1f} ms)"]
    for sign, body in ((">", entry.request_json), ("<", entry.response_json)):
        if body is not None:
            text = _show(body)
            if len(text) > _LINE_LENGTH:
                text = json.dumps(body, indent=2, ensure_ascii=False)
            shown = text.splitlines()
            more = [f"… {len(shown) - _MOST_LINES} more lines"] if len(shown) > _MOST_LINES else []
            lines += [f"  {sign} {line}" for line in (*shown[:_MOST_LINES], *more)]
    return "\n".join(lines)


def check_operation(name: str, known: Iterable[str]) -> None:
    """Raise ValueError for a name that is no operation's, with the nearest that is."""
    known = list(known)
    if name not in known:
        raise ValueError(f"no operation is called {name}; {suggest(name, known)}")


def _differ(where: str, expected: Any, actual: Any) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name, value in expected.items():
            if name in actual:
                yield from _differ(f"{where}.{name}", value, actual[name])
            else:
                yield f"{where}.{name}: expected {_show(value)}, was not sent"
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, (value, other) in enumerate(zip(expected, actual, strict=True)):
            yield from _differ(f"{where}.{index}", value, other)
    elif expected != actual or isinstance(expected, bool) is not isinstance(actual, bool):
        yield f"{where}: expected {_show(expected)}, was {_show(actual)}"


def _show(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
