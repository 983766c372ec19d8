"""What many tests start from."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import settings

from mockserver import MockServer, create_app
from mockserver.server import Server, running
from mockserver.spec import load_spec

from .api import SPEC, Api
from .wire import Wire

settings.register_profile("steady", derandomize=True, database=None, deadline=None, print_blob=False)
settings.load_profile("steady")


@pytest.fixture(scope="session", autouse=True)
def _unchanged_document() -> Iterator[None]:
    """Nobody changes the document that all share."""
    yield
    load_spec.cache_clear()
    assert SPEC.document == load_spec().document


@pytest.fixture(scope="session")
def app() -> MockServer:
    """A server that tests share; each has a key, so a workspace, of its own."""
    return create_app()


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A key no other test uses, the same in every run."""
    return "cs_live_" + quote(request.node.nodeid, safe="")


@pytest.fixture
def api(app: MockServer, key: str) -> Api:
    """A user whose workspace is empty."""
    return Api(app, key)


@pytest.fixture(scope="session")
def live_server() -> Iterator[Server]:
    """A server on a real socket."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def server_url(live_server: Server) -> str:
    """The base of the API on a real socket."""
    return live_server.base_url


@pytest.fixture
def wire(live_server: Server, key: str) -> Wire:
    """A user of the server on a real socket."""
    return Wire(live_server, key)
