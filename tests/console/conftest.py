"""A browser for the tests of this folder, and a server for each module."""

from collections.abc import Iterator

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import Browser, BrowserContext, Page

from mockserver import Settings
from mockserver.server.server import Server, running

from ..kit.api import Api
from ..kit.browser import Watch, open_context, run_chromium


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with run_chromium() as made:
        yield made


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Settings(port=0, quiet=True)) as made:
        yield made


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    return f"cs_live_{request.node.name}"


@pytest.fixture
def api(server: Server, key: str) -> Api:
    """The application whose requests the pages show."""
    return Api(server.app, key)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What the browser must not do; a test that makes it complain clears `complaints`."""
    made = Watch()
    yield made
    made.check()


@pytest.fixture
def context(browser: Browser, watch: Watch) -> Iterator[BrowserContext]:
    """A window of its own."""
    with open_context(browser, watch) as made:
        yield made


@pytest.fixture(scope="package")
def window(browser: Browser) -> Iterator[tuple[Page, Watch]]:
    """One window for all tests that need one: a new one costs a process, and many times what a page does."""
    watch = Watch()
    with open_context(browser, watch) as context:
        yield context.new_page(), watch


@pytest.fixture
def page(window: tuple[Page, Watch]) -> Iterator[Page]:
    """The page of that window, empty and without cookies.

    A test that changes more than what is shown opens a window of its own: `context`.
    """
    made, watch = window
    yield made
    made.goto("about:blank")
    made.context.clear_cookies()
    watch.check()
