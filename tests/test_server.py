"""The server as a whole: many at once, large bodies, an orderly end."""

import builtins
import gc
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier, Event, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from mockserver import Settings
from mockserver.http.endpoints import Exchange
from mockserver.mails.smtp_relay import RelayError
from mockserver.server.server import ListenError, Server, running
from mockserver.settings import SettingError

from .kit.api import NAME, SPEC, Api
from .kit.socket_api import SocketApi


def together(calls: Iterable[Any]) -> list[Any]:
    """Run calls in threads that begin at the same time; returns what they return."""
    calls = list(calls)
    barrier = Barrier(len(calls))

    def run(call: Any) -> Any:
        barrier.wait(timeout=30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def linger(monkeypatch: pytest.MonkeyPatch, table: Any, method: str) -> None:
    """Make a table slow to answer, so that a thread without the lock meets another in between."""
    look = getattr(table, method)

    def look_slowly(*arguments: Any) -> Any:
        found = look(*arguments)
        time.sleep(0.005)
        return found

    monkeypatch.setattr(table, method, look_slowly)


def test_two_who_change_different_fields_of_one_campaign_both_succeed(
    socket_api: SocketApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = socket_api.campaign()
    path = f"{SPEC.base_path}/campaigns/{campaign_id}"
    linger(monkeypatch, socket_api.workspace.campaigns, "get")
    for turn in range(10):
        bodies = [b'{"name": "Name number %d"}' % turn, b'{"daily_limit_per_inbox": %d}' % (turn + 1)]
        answers = together(lambda body=body: socket_api.exchange("PUT", path, body) for body in bodies)
        assert [answer.status for answer in answers] == [200, 200]
        campaign = socket_api.read(campaign_id)
        assert (campaign["name"], campaign["daily_limit_per_inbox"]) == (f"Name number {turn}", turn + 1)


def test_six_who_change_different_fields_at_once_without_a_socket_all_succeed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = api.campaign()
    linger(monkeypatch, api.workspace.campaigns, "get")
    fields = ["name", "timezone", "daily_limit_per_inbox", "enable_tracking", "lead_mapping", "sending_days"]
    values: list[Any] = ["Another Name", "UTC", 7, True, {"email": "E"}, [7]]
    for _ in range(5):
        users = [Api(api.app, api.key) for _ in fields]
        together(
            lambda user=user, field=field, value=value: user.update(campaign_id, **{field: value})
            for user, field, value in zip(users, fields, values, strict=True)
        )
        campaign = api.read(campaign_id)
        assert [campaign[field] for field in fields] == values


def test_a_hundred_who_create_at_once_all_find_their_own(socket_api: SocketApi) -> None:
    answers = together([lambda n=n: socket_api.create(b'{"name": "Campaign %03d"}' % n) for n in range(100)])
    assert {answer.status for answer in answers} == {201}
    ids = {answer.body["campaign_id"]: answer.body["name"] for answer in answers}
    assert len(ids) == 100
    listed = socket_api.ok("listCampaigns", query={"limit": 100})["campaigns"]
    assert {campaign["campaign_id"]: campaign["name"] for campaign in listed} == ids


def test_a_hundred_who_add_the_same_lead_at_once_add_it_once(
    socket_api: SocketApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    linger(monkeypatch, socket_api.workspace.leads, "count")
    path = f"{SPEC.base_path}/campaigns/{socket_api.campaign()}/leads/manual"
    answers = together([lambda: socket_api.exchange("POST", path, b'{"email": "ada@example.com"}')] * 100)
    assert sorted(answer.status for answer in answers) == [201] + [409] * 99


def test_a_hundred_first_requests_of_one_key_share_one_workspace(socket_api: SocketApi) -> None:
    together([lambda: socket_api.create(b'{"name": "First of all"}')] * 100)
    assert len(socket_api.remembered()["campaigns"]) == 100


def test_a_body_of_5_megabytes_is_served_without_a_file(
    socket_api: SocketApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = socket_api.campaign()
    opened: list[Any] = []
    real_open, real_os_open = builtins.open, os.open

    def open_file(file: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
        opened.extend([file] if set(mode) & set("wax+") else [])
        return real_open(file, mode, *rest, **options)

    def open_descriptor(path: Any, flags: int, *rest: Any, **options: Any) -> int:
        opened.extend([path] if flags & (os.O_WRONLY | os.O_RDWR) else [])
        return real_os_open(path, flags, *rest, **options)

    monkeypatch.setattr(builtins, "open", open_file)
    monkeypatch.setattr(os, "open", open_descriptor)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *_, **__: pytest.fail("a temporary file"))
    notes = "x" * 5_000_000
    lead = b'{"email": "ada@example.com", "custom_fields": {"notes": "%s"}}' % notes.encode()
    answer = socket_api.exchange("POST", f"{SPEC.base_path}/campaigns/{campaign_id}/leads/manual", lead)
    assert answer.status == 201
    assert answer.body["custom_fields"]["notes"] == notes
    assert socket_api.exchange("GET", f"{SPEC.base_path}/campaigns/{campaign_id}/leads").status == 200
    assert opened == []


def test_the_requests_under_way_are_finished_when_it_stops() -> None:
    begun, go_on = Event(), Event()
    answers: list[requests.Response] = []
    with running() as server:
        endpoint = server.app.pipeline.endpoints["createCampaign"]
        handler = endpoint.handler

        def wait(call: Any) -> Any:
            begun.set()
            go_on.wait(timeout=30)
            return handler(call)

        endpoint.handler = wait

        def ask() -> None:
            headers = {"X-API-Key": "cs_live_x"}
            url = f"{server.base_url}/campaigns"
            answers.append(requests.post(url, json={"name": NAME}, headers=headers, timeout=30))

        caller = Thread(target=ask)
        caller.start()
        assert begun.wait(timeout=30)
        stopper = Thread(target=server.stop)
        stopper.start()
        go_on.set()
        stopper.join()
    caller.join()
    assert [answer.status_code for answer in answers] == [201]


def test_a_stopped_server_frees_its_port_and_another_starts_afresh() -> None:
    with running() as first:
        port = int(first.url.rpartition(":")[2])
        Api(first.app, "cs_live_x").campaign()
    with running(Settings(port=port)) as second:
        answer = requests.get(
            f"{second.base_url}/campaigns", headers={"X-API-Key": "cs_live_x"}, timeout=30
        ).json()
        assert answer["pagination"]["total"] == 0


def test_two_servers_do_not_know_of_each_other() -> None:
    with running() as first, running() as second:
        campaign_id = Api(first.app, "cs_live_x").campaign()
        assert Api(second.app, "cs_live_x")("getCampaign", campaign_id=campaign_id).status == 404


def test_a_start_loads_no_tables_and_ends_with_a_collector_that_skips_what_was_loaded() -> None:
    code = (
        "import gc, sys, mockserver.cli.serve; from mockserver import Server, Settings;"
        "from mockserver.server.process import tune_process;"
        "gc.disable(); Server(Settings(port=0)); tune_process();"
        "print('email_validator' in sys.modules, gc.isenabled(), gc.get_freeze_count() > 10_000);"
        "young, times, _ = gc.get_threshold(); print(young * times <= 100_000)"
    )
    output = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert output.split() == ["False", "True", "True", "True"]


def test_localhost_is_answered_on_every_address_it_has() -> None:
    with running(Settings(host="localhost", port=0)) as server:
        url = f"{server.url}/healthz"
        assert requests.get(url, timeout=30).json()["status"] == "ok"


def test_a_taken_port_is_reported(server_url: str) -> None:
    port = urlsplit(server_url).port
    assert port
    with pytest.raises(ListenError, match=f"port {port} on 127.0.0.1 is taken"):
        Server(Settings(port=port))
    with pytest.raises(ListenError, match="choose another one, 0 for any"), running(port=port):
        pass


def test_settings_are_given_by_name_and_the_port_is_free_unless_it_is_named() -> None:
    with running(seed="demo", strict_keys=True) as server, running(Settings(seed="demo")) as other:
        ports = {urlsplit(each.url).port for each in (server, other)}
        assert len(ports - {Settings().port}) == 2
        assert (server.settings.seed, server.settings.strict_keys) == ("demo", True)
    [port, _] = ports
    with running(Settings(seed="demo"), port=port) as server:
        assert urlsplit(server.url).port == port
        assert server.settings.seed == "demo"


def test_a_mistake_of_python_is_named_in_its_words() -> None:
    for values, kind, message in (
        ({"sed": "demo"}, TypeError, "no setting is called sed; did you mean seed?"),
        ({"smtp": "192.0.2.1:25"}, RelayError, "smtp_anywhere=True lets mails go there"),
        ({"cors_origin": ("foo",)}, SettingError, "'foo' is no origin of web pages"),
    ):
        with pytest.raises(kind, match=re.escape(message)) as caught, running(**values):
            pass
        assert "--" not in str(caught.value)


def test_hundreds_of_connections_keep_nobody_from_being_answered() -> None:
    with running() as server, ExitStack() as stack:
        address = urlsplit(server.url)
        for _ in range(500):
            stack.enter_context(socket.create_connection((address.hostname, address.port)))
        assert requests.get(f"{server.url}/healthz", timeout=30).status_code == 200


def test_answered_requests_are_forgotten_without_the_garbage_collector() -> None:
    def count_kept() -> int:
        return sum(isinstance(found, Exchange) for found in gc.get_objects())

    with running() as server, requests.Session() as session:
        gc.collect()
        gc.disable()
        try:
            before = count_kept()
            for number in range(10):
                name = {"name": f"Name number {number}"}
                headers = {"X-API-Key": "cs_live_forgotten"}
                session.post(f"{server.base_url}/campaigns", json=name, headers=headers, timeout=30)
                session.get(f"{server.base_url}/campaigns", headers=headers, timeout=30)
            assert count_kept() - before <= 1
        finally:
            gc.enable()


def test_a_long_request_keeps_no_other_workspace_waiting() -> None:
    begun, go_on = Event(), Event()
    with running() as server:
        endpoint = server.app.pipeline.endpoints["createCampaign"]
        handler = endpoint.handler

        def wait(call: Any) -> Any:
            begun.set()
            assert go_on.wait(timeout=30)
            return handler(call)

        def create(body: Any) -> int:
            headers = {"X-API-Key": "cs_live_slow"}
            url = f"{server.base_url}/campaigns"
            return requests.post(url, json=body, headers=headers, timeout=30).status_code

        endpoint.handler = wait
        # Beyond what is read where the sockets are watched.
        large = {"name": NAME, "notes": "x" * 100_000}
        with ThreadPoolExecutor(2) as pool:
            slow = [pool.submit(create, large)]
            assert begun.wait(timeout=30)
            slow.append(pool.submit(create, {"name": NAME}))
            for path in ("/healthz", "/nothing"):
                assert requests.get(f"{server.url}{path}", timeout=30).status_code in (200, 404)
            answer = requests.get(
                f"{server.base_url}/campaigns", headers={"X-API-Key": "cs_live_other"}, timeout=30
            )
            assert answer.status_code == 200
            assert not any(each.done() for each in slow)
            go_on.set()
            assert [each.result() for each in slow] == [201, 201]


def test_every_answer_has_one_date(live_server: Server) -> None:
    for path in ("/docs/swagger-ui.css", "/healthz", "/"):
        with requests.get(f"{live_server.url}{path}", stream=True, timeout=30) as response:
            assert response.raw.headers.getlist("Date") == [response.headers["Date"]], path
