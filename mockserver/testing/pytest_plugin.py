"""The pytest fixtures: `coldsend`, `coldsend_server`, `coldsend_patched`.

pytest loads this module at the start of every run, also where nobody uses it. So it imports nothing of
this package, and the fixtures import the server when they are first asked for; nowhere else are imports
put off like that.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Generator, Iterable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from ..http.entry import Entry
    from ..openapi.coverage import Coverage
    from ..server.app import MockServer
    from ..server.server import Server
    from .fixture import Coldsend

_OPTIONS: dict[str, Literal["bool", "string"]] = {
    "seed": "string",
    "random_seed": "string",
    "strict_keys": "bool",
    "rate_limit": "bool",
    "keys_file": "string",
}
"""The settings that matter to tests; unset, they have the defaults of the command line."""
_HINT = "coldsend.capsule(FILE) writes all of it; coldsend-mock replay FILE does it again, on any machine."
_FIXTURES = ("coldsend", "coldsend_server", "coldsend_patched")


def _read_share(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no share in percent; write --coldsend-coverage=80") from None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--coldsend-coverage`, and an ini option for every setting that matters to tests."""
    parser.getgroup("coldsend", "coldsend-mock").addoption(
        "--coldsend-coverage",
        nargs="?",
        const=0.0,
        type=_read_share,
        metavar="PERCENT",
        help="Show what of openapi.yaml the tests have not met; fail below so many percent.",
    )
    for name, kind in _OPTIONS.items():
        flag = "--" + name.replace("_", "-")
        parser.addini(f"coldsend_{name}", f"As `coldsend-mock serve {flag}`.", type=kind, default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Measure coverage only if somebody asks for it."""
    least = config.getoption("coldsend_coverage")
    if least is not None:
        config.pluginmanager.register(_CoverageReporter(config, least), "coldsend-coverage")


class _CoverageReporter:
    """Collects what the tests have met; with pytest-xdist, the workers hand theirs to the first process."""

    def __init__(self, config: pytest.Config, least: float) -> None:
        self._config = config
        self._least = least
        self._met: set[tuple[str, str]] = set()

    def add(self, entries: Iterable[Entry]) -> None:
        """Count the exchanges of a test."""
        from .coverage import measure

        self._met |= measure(entries).met

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        for kind, name in getattr(node, "workeroutput", {}).get("coldsend_coverage", ()):
            self._met.add((kind, name))

    def _make_coverage(self) -> Coverage:
        from .coverage import measure

        coverage = measure(())
        coverage.met |= self._met
        return coverage

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput["coldsend_coverage"] = sorted(self._met)
        elif session.exitstatus == pytest.ExitCode.OK and self._make_coverage().share < self._least:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        coverage = self._make_coverage()
        terminalreporter.section("coldsend coverage")
        terminalreporter.write_line(coverage.render())
        if coverage.share < self._least:
            terminalreporter.write_line(f"less than the {self._least:g} % that are asked for", red=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Show the last exchanges of a test that fails."""
    report = yield
    funcargs = getattr(item, "funcargs", {})
    used = [funcargs[name] for name in _FIXTURES if name in funcargs]
    if report.failed and used:
        from .expectations import describe_exchanges

        report.sections.append(("coldsend exchanges", f"{describe_exchanges(used[0].journal)}\n{_HINT}"))
    return report


@pytest.fixture(scope="session")
def _coldsend_app(pytestconfig: pytest.Config) -> MockServer:
    from ..server.app import create_app
    from ..settings import Settings

    values: dict[str, Any] = {name: pytestconfig.getini(f"coldsend_{name}") for name in _OPTIONS}
    return create_app(Settings(**{name: value for name, value in values.items() if value is not None}))


@pytest.fixture(scope="session")
def _coldsend_socket(_coldsend_app: MockServer) -> Iterator[Server]:
    from ..server.server import running
    from ..settings import Settings

    with running(Settings(port=0), app=_coldsend_app) as server:
        yield server


@pytest.fixture
def _coldsend_key(_coldsend_app: MockServer, request: pytest.FixtureRequest) -> Iterator[str]:
    from .fixture import open_workspace

    # The same key in every run, so the same ids; another one in every test.
    digest = sha256(request.node.nodeid.encode()).hexdigest()[:24]
    reporter: Any = request.config.pluginmanager.get_plugin("coldsend-coverage")
    before = _coldsend_app.journal.last_number
    with open_workspace(_coldsend_app, f"{_coldsend_app.pipeline.spec.key_prefix}test_{digest}") as key:
        yield key
        if reporter:
            reporter.add(_coldsend_app.journal.select(workspace=key, since=before))


@pytest.fixture
def coldsend(_coldsend_app: MockServer, _coldsend_key: str) -> Iterator[Coldsend]:
    """Give a fresh workspace of a ColdSend stand-in, reached without a socket."""
    from .fixture import Coldsend

    with Coldsend(_coldsend_app, _coldsend_key) as given:
        yield given


@pytest.fixture
def coldsend_server(
    _coldsend_app: MockServer, _coldsend_socket: Server, _coldsend_key: str
) -> Iterator[Coldsend]:
    """Give a fresh workspace of a ColdSend stand-in that listens on a free port."""
    from .fixture import Coldsend

    with Coldsend(_coldsend_app, _coldsend_key, _coldsend_socket.url) as given:
        yield given


@pytest.fixture
def coldsend_patched(coldsend: Coldsend, monkeypatch: pytest.MonkeyPatch) -> Coldsend:
    """Give `coldsend`, which code that asks the fixed addresses of ColdSend reaches instead of them."""
    from .interception import Interception

    Interception(coldsend).install(monkeypatch)
    return coldsend
