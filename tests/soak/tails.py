"""The shortest tail of a history that still fails: what to look at first."""

import tempfile
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..kit.control import CONTROL
from .exchanges import Request
from .invariants import InvariantError
from .soak import Soak, Step
from .transports import InProcess, Transport


def find_shortest_tail(
    steps: Sequence[Step], error: InvariantError, make_transport: Callable[[], Transport] = InProcess
) -> list[Step] | None:
    """Return the fewest last steps that fail in the same way, on a new server with the state before them.

    None when they do not: it takes more of the history, or threads.
    """

    def fails(count: int) -> bool:
        return _fails(list(steps[-count:]), error, make_transport())

    lengths = [*(2**power for power in range(len(steps).bit_length()) if 2**power < len(steps)), len(steps)]
    enough = next((count for count in lengths if fails(count)), None)
    if enough is None:
        return None
    fewer = range(enough // 2 + 1, enough)
    shortest = bisect_left(fewer, True, key=fails)
    return list(steps[-[*fewer, enough][shortest] :])


def _fails(tail: list[Step], error: InvariantError, transport: Transport) -> bool:
    try:
        soak = Soak(transport, "0")
        views = {view.key: view for view in soak.views}
        for step in reversed(tail):  # so that the first of each workspace is the last one that counts
            soak.restore(views[step.key], step.before, step.now)
    except InvariantError:
        return False
    try:
        for step in tail:
            soak.acting = views[step.key]
            soak.judge(soak.acting, step.request, soak.send(step.request))
        soak.check_views()
        soak.switch()
    except InvariantError as again:
        return again.invariant == error.invariant
    return False


def format_tail(tail: Sequence[Step]) -> Iterator[str]:
    """Yield the commands of the shell that lead to the failure; long and odd bodies are in files."""
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    seen: set[str] = set()
    for number, step in enumerate(tail, 1):
        if step.key not in seen:
            seen.add(step.key)
            clock = f'{{"frozen": true, "now": "{step.now}"}}'
            yield _ask("setClock", step.key, clock.encode()).format_curl()
            yield _format(_ask("importState", step.key, step.before), folder / f"state-{step.key}.json")
        yield _format(step.request, folder / f"body-{number}")


def _format(request: Request, path: Path) -> str:
    if request.is_plain:
        return request.format_curl()
    path.write_bytes(request.body or b"")
    return request.format_curl(body_file=path)


def _ask(operation_id: str, key: str, body: bytes) -> Request:
    operation = CONTROL.operations[operation_id]
    headers = {"Content-Type": "application/json"}
    return Request(operation.method, operation.path, key, headers, body, operation, True)
