"""What many tests start from."""

import gc
import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from mockserver import MockServer, create_app
from mockserver.model.contacts import add_tag, suppress
from mockserver.openapi.spec import load_spec
from mockserver.server.server import Server, running

from .kit.accounts import start_job
from .kit.api import SPEC, SUNDAY, Api, follow_up
from .kit.control import Control
from .kit.mails import exchange_mails
from .kit.simulation import Simulation, ready, simulate
from .kit.socket_api import SocketApi
from .kit.state_dir import Folder
from .kit.subsequences import add_subsequence, move_leads

# A shell lets what it starts in the background ignore it, and the programs that tests start would, too.
signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile(
    "thorough", derandomize=True, database=None, deadline=None, print_blob=False, max_examples=100
)
settings.register_profile("steady", settings.get_profile("thorough"), max_examples=15)
# Not an option of pytest: a test that starts pytest would hand it on.
settings.load_profile("thorough" if os.environ.get("COLDSEND_THOROUGH") else "steady")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector from what is imported and collected, which lives as long as the tests.

    Later it looks as rarely as in a process that serves: what fixtures share is a lot, and stays.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000, 5, 20)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the modules and folders go first that take long."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None and not _find_folder(item.nodeid))


class _Scheduling(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Gives a module to one worker as a whole, since its tests share a run or a server.

    So with a folder, whose modules share a browser. The pages of the documentation share nothing.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/test_docs.py"):
            return nodeid
        return _find_folder(nodeid) or nodeid.partition("::")[0]


def _find_folder(nodeid: str) -> str:
    """Return the folder that the module of a test is in; empty when it is in that of all tests."""
    module = Path(nodeid.partition("::")[0])
    return "" if module.parent == Path("tests") else str(module.parent)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """Schedule as described, unless another way is asked for."""
    if config.getoption("dist") != "load":
        return None
    config.option.loadscopereorder = False
    return _Scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _unchanged_document() -> Iterator[None]:
    """Nobody changes the document that all share."""
    yield
    load_spec.cache_clear()
    assert SPEC.document == load_spec().document


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs of the contract suite write down what they make elsewhere than in the home folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def pytester(
    pytester: pytest.Pytester, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """Runs of pytest in a test leave out the plugins that pyproject.toml leaves out, for the same reason."""
    left_out = [word for word in pytestconfig.getini("addopts") if word.startswith("no:")]
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(f"-p {word}" for word in left_out))
    return pytester


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
    """A user whose workspace is empty; its clock starts on a Sunday."""
    user = Api(app, key)
    user.workspace.clock.set(SUNDAY)
    return user


@pytest.fixture
def control(api: Api) -> Control:
    """The control API of that user's workspace."""
    return Control(api)


@pytest.fixture
def launched(api: Api, control: Control) -> Api:
    """A user with a campaign that has just been launched, at nine o'clock on a Monday."""
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    api.update(ready(api, "reply@example.com", "bounce@example.com"), launch=True)
    return api


@pytest.fixture
def busy(api: Api, control: Control) -> Api:
    """A user of whom everything is known that a workspace can hold."""
    campaign_id = api.ready(
        sequences=[follow_up()], lead_mapping={"email": "E-mail"}, start_date="2026-02-01T09:30:00Z"
    )
    api.update(campaign_id, launch=True)
    lead_id = api.lead(campaign_id, "grace@example.com", custom_fields={"deep": {"er": [1, None, "ü"]}})
    control.ok("receiveReply", {"text": "Tell me more."}, lead_id=lead_id)
    control.ok("tagLead", {"tags": ["hot"]}, lead_id=lead_id)
    domain_id = api.domain()
    sender = {"domain_id": domain_id, "email_prefix": "sales", "display_name": "Sales"}
    inbox_id = api.ok("createNativeSenderAccount", sender)["inbox_id"]
    api.ok("sendTestEmail", {"recipient_email": "ada@example.com"}, inbox_id=inbox_id)
    api.ok("setDomainRedirect", {"target_domain": "yourcompany.com"}, domain_id=domain_id)
    start_job(api, "getBulkSmtpProgress", domain_id)
    move_leads(api, campaign_id, add_subsequence(api, campaign_id)["nodes"][0]["id"], lead_id)
    api.upload(campaign_id, "email\nmary@example.com\n")
    api.contact_list("Guests", api.contact("ada@example.com"))
    add_tag(api.workspace, "VIP")
    suppress(api.workspace, "nobody@example.com")
    exchange_mails(api, control, lead_id)
    control.ok("setBehaviour", {"profile": {"reaction_rates": {"bounced": 1}}})
    control.ok("moveClock", {"to": "next-send"})  # it will bounce soon
    return api


@pytest.fixture
def simulation() -> Simulation:
    """A workspace, without a server, whose clock stands still unless it is moved."""
    return simulate()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """A state directory; the server that uses it at the end stops."""
    made = Folder(tmp_path / "state")
    yield made
    made.stop()


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
def socket_api(live_server: Server, key: str) -> SocketApi:
    """A user of the server on a real socket."""
    return SocketApi(live_server, key)
