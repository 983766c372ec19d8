"""The proxy: what comes by arrives unchanged, is checked at once, and is written without secrets."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from click.testing import CliRunner

from contracts.command import check
from contracts.proxy.command import proxy
from contracts.proxy.har_file import HarFile
from contracts.proxy.server import Bounds, Proxy
from contracts.traffic.files import read_traffic
from contracts.traffic.recorded import Recorded
from mockserver import Server, running
from mockserver.openapi.spec import load_spec

KEY = {"X-API-Key": "cs_live_proxied"}


@pytest.fixture(scope="module")
def mock() -> Iterator[Server]:
    with running() as server:
        yield server


@contextmanager
def proxying(target: str, **bounds: Any) -> Iterator[tuple[Proxy, list[tuple[Recorded, bool]]]]:
    """Run a proxy; yield it with what it has heard."""
    heard: list[tuple[Recorded, bool]] = []
    with Proxy(
        load_spec(), target, ("127.0.0.1", 0), lambda *each: heard.append(each), Bounds(**bounds)
    ) as own:
        thread = Thread(target=own.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield own, heard
        finally:
            own.shutdown()
            thread.join()


def test_requests_and_answers_pass_unchanged(mock: Server) -> None:
    with proxying(mock.base_url) as (own, heard):
        body = json.dumps({"name": "Ä campaign"}).encode()
        headers = {**KEY, "Content-Type": "application/json"}
        made = requests.post(f"{own.url}/campaigns?x=%20y", data=body, headers=headers)
        refused = requests.get(f"{own.url}/campaigns/nothing", headers=KEY)
        head = requests.head(f"{own.url}/campaigns", headers=KEY)
    assert (made.status_code, refused.status_code, head.status_code) == (201, 422, 200)
    assert refused.json() == requests.get(f"{mock.base_url}/campaigns/nothing", headers=KEY).json()
    assert "X-RateLimit-Limit" in made.headers
    recorded, is_crossed = heard[0]
    assert (recorded.method, recorded.status, recorded.request_body) == ("POST", 201, body)
    assert recorded.url == f"{mock.base_url}/campaigns?x=%20y"
    assert (recorded.response_body, is_crossed) == (made.content, False)


def test_redirects_and_odd_answers_pass_too() -> None:
    class Odd(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(307)
            self.send_header("Location", "http://127.0.0.1:9/away")
            self.send_header("Set-Cookie", "a=1")
            self.send_header("Set-Cookie", "b=2")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Odd) as target:
        Thread(target=target.serve_forever, args=(0.01,), daemon=True).start()
        with proxying(f"http://127.0.0.1:{target.server_port}/api") as (own, _):
            answer = requests.get(f"{own.url}/x", allow_redirects=False)
        target.shutdown()
    assert (answer.status_code, answer.headers["Location"]) == (307, "http://127.0.0.1:9/away")
    assert answer.raw.headers.getlist("Set-Cookie") == ["a=1", "b=2"]


def ask(own: Proxy, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, Any]:
    with closing(http.client.HTTPConnection(*own.server_address[:2], timeout=10)) as connection:  # type: ignore[arg-type]
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


@pytest.mark.parametrize(
    ("status", "path", "headers"),
    [
        (403, "/campaigns", {"Host": "evil.example.com"}),
        (403, "/campaigns", {"Origin": "https://evil.example.com"}),
        (411, "/campaigns", {"Transfer-Encoding": "chunked"}),
        (413, "/campaigns", {"Content-Length": "2000"}),
        (400, "/campaigns", {"Content-Length": "-1"}),
        (404, "/../healthz", {}),
    ],
)
def test_what_it_does_not_pass_on(mock: Server, status: int, path: str, headers: dict[str, str]) -> None:
    with proxying(mock.base_url, body_bytes=1000) as (own, heard):
        found, body = ask(own, "POST", ("" if ".." in path else own.base_path) + path, headers)
    assert (found, "detail" in body, heard) == (status, True, [])


def test_a_target_that_does_not_answer_is_no_exchange() -> None:
    with proxying("http://127.0.0.1:9/api") as (own, heard):
        answer = requests.get(f"{own.url}/x")
    assert (answer.status_code, heard) == (502, [])


def test_it_has_so_many_connections_at_most(mock: Server) -> None:
    with proxying(mock.base_url, connections=1) as (own, _):
        with requests.Session() as first:
            assert first.get(f"{own.url}/campaigns", headers=KEY).status_code == 200
            with pytest.raises(requests.ConnectionError):
                requests.get(f"{own.url}/campaigns", headers=KEY)
        for _ in range(100):  # its place is free once the connection has ended
            try:
                assert requests.get(f"{own.url}/campaigns", headers=KEY).status_code == 200
                break
            except requests.ConnectionError:
                continue


def test_what_overlaps_with_a_change_is_told(mock: Server) -> None:
    with proxying(mock.base_url) as (own, _), own.watching("POST") as change, own.watching("GET") as reading:
        pass
    assert (change, reading) == ([True], [True])
    with proxying(mock.base_url) as (own, _), own.watching("GET") as one, own.watching("GET") as other:
        pass
    assert (one, other) == ([], [])


def test_a_har_is_whole_after_each_exchange_and_holds_no_secrets(tmp_path: Path) -> None:
    path = tmp_path / "session.har"
    exchange = Recorded(
        place="",
        method="POST",
        url="https://api.coldsend.io/api/public/v1/sender-accounts/smtp?token=hidden-one",
        status=422,
        request_headers={"x-api-key": "cs_live_secret_one", "content-type": "application/json"},
        request_body=b'{"smtp_password": "fox-trot-77"}',
        response_headers={"content-type": "application/json"},
        response_body=b'{"detail": "\\u00e4"}',
    )
    with HarFile(path, load_spec()) as file:
        for count in (1, 2):
            file.add(exchange, None)
            assert len([*read_traffic(path)]) == count
    text = path.read_text("utf-8")
    assert not [each for each in ("secret_one", "fox-trot", "hidden-one") if each in text]
    [found, _] = read_traffic(path)
    assert found
    assert (found.status, json.loads(found.response_body or b"")) == (422, {"detail": "ä"})
    assert (found.request_headers or {})["x-api-key"] == "cs_live_[redacted]-1"


@pytest.mark.parametrize(
    "arguments", [["ftp://x"], ["http://x", "--listen", "0.0.0.0:0"], ["http://x", "--listen", "y"]]
)
def test_bad_addresses_are_refused(arguments: list[str]) -> None:
    assert CliRunner().invoke(proxy, arguments).exit_code == 2


def test_the_command_checks_live_and_reports_at_its_end(mock: Server, tmp_path: Path) -> None:
    har = tmp_path / "session.har"
    code = "from contracts.proxy.command import proxy; proxy()"
    command = [sys.executable, "-c", code, mock.base_url, "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(
        [*command, "--shadow", "--har", str(har)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    with process:
        assert process.stdout
        url = process.stdout.readline().split()[0]
        assert urlsplit(url).hostname == "127.0.0.1"
        made = requests.post(f"{url}/campaigns", json={"name": "Q1 Product Launch"}, headers=KEY).json()
        requests.get(f"{url}/campaigns/{made['campaign_id']}", headers=KEY)
        requests.get(f"{url}/campaign", headers=KEY)
        assert process.stdout.readline().startswith("broken GET operation: openapi.yaml has no operation")
        process.send_signal(signal.SIGTERM)
        output = process.stdout.read()
    assert process.returncode == 1, output
    assert "3 exchanges read" in output
    assert "cs_live_proxied" not in har.read_text("utf-8")
    checked = CliRunner().invoke(check, ["--traffic", str(har), "--rules", "!traffic.operation"])
    assert (checked.exit_code, "3 exchanges read" in checked.output) == (0, True)
