"""The proxy: what comes by arrives unchanged, is checked at once, and is written without secrets."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
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


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    """Yield the base of a server that answers with the target and the headers of a request."""

    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps([self.path, {name.casefold(): text for name, text in self.headers.items()}])
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_DELETE = do_GET  # noqa: N815

        def log_message(self, *_args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as target:
        Thread(target=target.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{target.server_port}/api"
        target.shutdown()


def test_the_request_line_passes_unchanged(echo: str) -> None:
    with proxying(echo) as (own, heard):
        for target in ("/api/a%41%7Eb//c?d=%41+%20&e=,;", "/api/a%2Fb", "/api?u=http://e/../f"):
            assert ask(own, "GET", target, {})[1][0] == target
            assert heard[-1][0].url == echo.removesuffix("/api") + target


@pytest.mark.parametrize(
    "path",
    ["/api/../x", "/api/%2e%2E/x", "/api/..%2Fx", "/api/./x", "/api/a\\..\\x", "/apix"],
)
def test_what_lies_beside_the_base_is_not_passed_on(echo: str, path: str) -> None:
    with proxying(echo) as (own, heard):
        assert (ask(own, "GET", path, {})[0], heard) == (404, [])


def connect(own: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", own.server_port), timeout=10)


def test_headers_of_one_connection_stay_there(echo: str) -> None:
    with proxying(echo) as (own, _), closing(connect(own)) as client:
        client.sendall(
            b"GET /api/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nConnection: X-Hop\r\n"
            b"X-Hop: 1\r\nAccept: a/b\r\nAccept: c/d\r\n\r\n"
        )
        answer = client.makefile("rb").read()
    _, headers = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert ("x-hop" in headers, headers["accept"]) == (False, "a/b, c/d")


def test_a_request_has_one_length(echo: str) -> None:
    with proxying(echo) as (own, heard), closing(connect(own)) as client:
        client.sendall(
            b"GET /api/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
        )
        answer = client.makefile("rb").read()
    assert (answer.startswith(b"HTTP/1.1 400 "), heard) == (True, [])


def test_no_thread_stays_behind_a_request(echo: str) -> None:
    with proxying(echo) as (own, _), requests.Session() as session:
        session.get(f"{own.url}/x")
        before = set(threading.enumerate())
        for _ in range(20):
            session.get(f"{own.url}/x")
        watching = set(threading.enumerate()) - before
        until = time.monotonic() + 5
        for thread in watching:
            thread.join(max(0.0, until - time.monotonic()))
        assert not [thread for thread in watching if thread.is_alive()]


def test_requests_one_after_the_other_do_not_overlap(echo: str) -> None:
    crossed = []

    def listen(_recorded: Recorded, is_crossed: bool) -> None:
        time.sleep(0.02)  # as a check takes
        crossed.append(is_crossed)

    with Proxy(load_spec(), echo, ("127.0.0.1", 0), listen) as own:
        thread = Thread(target=own.serve_forever, args=(0.01,))
        thread.start()
        for method in ("DELETE", "GET") * 5:  # each on a connection of its own
            requests.request(method, f"{own.url}/x")
        own.shutdown()
        thread.join()
    assert crossed == [False] * 10


def test_an_error_of_the_check_is_reported_and_the_answer_passes(
    echo: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_recorded: Recorded, _is_crossed: bool) -> None:
        raise LookupError("a defect")

    with Proxy(load_spec(), echo, ("127.0.0.1", 0), fail) as own:
        thread = Thread(target=own.serve_forever, args=(0.01,))
        thread.start()
        assert requests.get(f"{own.url}/x", headers={"Connection": "close"}).status_code == 200
        own.shutdown()
        thread.join()
    assert "LookupError: a defect" in capsys.readouterr().err


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
    exchange = Recorded(place="", method="GET", url=mock.base_url, status=200)
    for methods, expected in ((("POST", "GET"), [True, True]), (("GET", "GET"), [False, False])):
        with proxying(mock.base_url) as (own, heard):
            for number in [own.begin(method) for method in methods]:
                own.end(number, exchange)
        assert [is_crossed for _, is_crossed in heard] == expected


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
