"""Long answers come in pieces, and a client that does not read them keeps nobody waiting."""

import json
import select
import socket
from collections.abc import Iterator
from threading import RLock

import pytest
import requests

from mockserver import Settings, create_app
from mockserver.http.streams import PIECE_SIZE, write_pieces
from mockserver.seeding.documents import StateFormat
from mockserver.server.server import Server, running

from .kit.api import BASE, SPEC, Api
from .kit.control import CONTROL
from .kit.raw_client import RawClient, write_request

KEY = "cs_live_streams"
EXPORT = f"{CONTROL.base_path}/state"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with a workspace that takes megabytes to write down."""
    settings = Settings(port=0, quiet=True, request_seconds=1, threads=1)
    with running(settings, create_app(settings)) as made:
        api = Api(made.app, KEY)
        api.workspace.clock.freeze()
        campaign_id = api.campaign()
        lines = [f"ada{number}@example.com,{'x' * 5000}" for number in range(3000)]
        api.upload(campaign_id, "\n".join(["email,notes", *lines]))
        yield made


def wait_until_closed(connection: socket.socket) -> None:
    """Return once the other end is gone, without reading a byte."""
    poller = select.poll()
    poller.register(connection, select.POLLHUP | select.POLLERR)
    assert poller.poll(60_000)


def test_a_long_answer_comes_in_pieces_and_is_whole(server: Server) -> None:
    answer = requests.get(server.url + EXPORT, headers={SPEC.key_header: KEY}, timeout=60)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    snapshot = Api(server.app, KEY).workspace.snapshot()
    assert answer.json() == StateFormat(SPEC).write(snapshot)


def test_the_campaign_s_leads_are_exported_in_pieces(server: Server) -> None:
    [campaign] = Api(server.app, KEY).ok("listCampaigns")["campaigns"]
    url = f"{server.base_url}/campaigns/{campaign['campaign_id']}/leads/export"
    answer = requests.get(url, headers={SPEC.key_header: KEY}, timeout=60)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(answer.text.splitlines()) == 3001
    [entry] = server.app.journal.select(workspace=KEY, operation="exportLeads")
    assert entry.is_cut
    assert answer.content.startswith(entry.response)
    assert len(entry.response) == server.settings.journal_bytes // 20


def test_a_short_answer_has_its_length(server: Server) -> None:
    headers = {SPEC.key_header: f"{KEY}-short"}
    answer = requests.get(server.url + EXPORT, headers=headers, timeout=60)
    assert answer.headers["Content-Length"] == str(len(answer.content))


def test_to_http_1_0_the_end_of_the_connection_is_the_end(server: Server) -> None:
    with RawClient(server) as client:
        client.send(f"GET {EXPORT} HTTP/1.0\r\nHost: localhost\r\nX-API-Key: {KEY}\r\n\r\n".encode())
        received = b"".join(iter(lambda: client.socket.recv(1 << 20), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding" not in head
    assert len(json.loads(body)["leads"]) == 3000


def test_who_does_not_read_keeps_neither_a_thread_nor_the_workspace(server: Server) -> None:
    with RawClient(server) as deaf, RawClient(server) as other:
        deaf.send(write_request(path=EXPORT, key=KEY))
        assert deaf.socket.recv(10).startswith(b"HTTP/1.1 2")
        # There is one thread, and exports need it.
        for _ in range(2):
            answer = requests.get(server.url + EXPORT, headers={SPEC.key_header: KEY}, timeout=60)
            assert answer.status_code == 200
        assert other.ask(write_request(key=KEY)).status == 200


def test_who_never_reads_is_ended(server: Server) -> None:
    with RawClient(server) as deaf:
        deaf.send(write_request(path=EXPORT, key=KEY))
        wait_until_closed(deaf.socket)


def test_who_asks_again_and_again_and_never_reads_is_ended(server: Server) -> None:
    [campaign] = Api(server.app, KEY).ok("listCampaigns")["campaigns"]
    path = f"{BASE}/campaigns/{campaign['campaign_id']}/leads?limit=100"
    with RawClient(server) as deaf:
        deaf.send(write_request(path=path, key=KEY) * 100)
        wait_until_closed(deaf.socket)


def test_who_goes_away_in_the_middle_leaves_nothing_behind(server: Server) -> None:
    for _ in range(5):
        with RawClient(server) as client:
            client.send(write_request(path=EXPORT, key=KEY))
            client.socket.recv(10)
    answer = requests.get(server.base_url + "/campaigns", headers={SPEC.key_header: KEY}, timeout=60)
    assert answer.status_code == 200


def test_an_answer_that_fails_on_the_way_is_broken_off(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_call: object) -> Iterator[str]:
        yield from ["x" * PIECE_SIZE] * 3
        raise ValueError("in the middle")

    assert server.app.control
    monkeypatch.setattr(server.app.control.endpoints["exportState"], "handler", fail)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(server.url + EXPORT, headers={SPEC.key_header: KEY}, timeout=60)


def test_pieces_are_made_when_they_are_asked_for() -> None:
    made: list[int] = []

    def write() -> Iterator[str]:
        for number in range(100):
            made.append(number)
            yield "x" * PIECE_SIZE

    pieces = write_pieces(write(), RLock())
    assert not isinstance(pieces, bytes)
    assert len(made) == 2
    assert sum(map(len, pieces)) == 100 * PIECE_SIZE
