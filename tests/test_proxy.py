"""The proxy of `coldsend-mock run`: which host leads where, and its bounds."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from mockserver import Settings
from mockserver.proxy import proxy as module
from mockserver.proxy.authority import Authority
from mockserver.proxy.proxy import Proxy, Rules, running_proxy
from mockserver.proxy.upstream import Upstream, find_upstream
from mockserver.server.server import Server, in_background

from .kit.api import SPEC

Start = Callable[..., Proxy]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with in_background(Server(Settings(port=0, quiet=True, allowed_host=tuple(SPEC.hosts)))) as server:
        yield server


@pytest.fixture
def start(server: Server) -> Iterator[Start]:
    """Start proxies that end with the test."""
    url = urlsplit(server.url)

    with ExitStack() as stack:

        def run(upstream: str = "", *, block_others: bool = False) -> Proxy:
            rules = Rules(
                hosts=SPEC.hosts,
                mock=(url.hostname or "", url.port or 0),
                context=Authority().make_context(SPEC.hosts),
                upstream=Upstream(upstream),
                block_others=block_others,
            )
            return stack.enter_context(running_proxy(rules))

        yield run


def ask(proxy: Proxy, request: str, then: str = "") -> str:
    """Send a request, and another one after the answer to it; return all that comes until the end."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as own:
        own.sendall(request.encode("latin-1"))
        answer = own.recv(65536) if then else b""
        own.sendall(then.encode("latin-1"))
        while piece := own.recv(65536):
            answer += piece
    return answer.decode("latin-1")


def get(path: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def test_other_hosts_are_reached_by_a_tunnel(start: Start, server: Server) -> None:
    address = server.url.removeprefix("http://")
    answer = ask(start(), f"CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n\r\n", get("/healthz"))
    assert answer.startswith("HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert '"status":"ok"' in answer.replace(" ", "")


def test_a_request_with_a_whole_url_is_answered_once(start: Start, server: Server) -> None:
    proxy = start()
    for url in (
        f"{server.url}/healthz",
        "http://API.coldsend.io/healthz",
        "https://api.coldsend.pro:443/healthz",
    ):
        head = f"GET {url} HTTP/1.1\r\nHost: localhost\r\nProxy-Connection: keep-alive\r\n\r\n"
        answer = ask(proxy, head)
        assert answer.startswith("HTTP/1.1 200 OK\r\n")
        assert "connection: close" in answer.lower()


def test_other_hosts_can_be_refused(start: Start, server: Server) -> None:
    sentence = "coldsend-mock run --block-others lets nobody reach "
    proxy = start(block_others=True)
    for request in ("CONNECT example.com:443 HTTP/1.1\r\n\r\n", "GET http://example.com/ HTTP/1.1\r\n\r\n"):
        answer = ask(proxy, request)
        assert answer.startswith(f"HTTP/1.1 403 {sentence}example.com\r\n")
        assert answer.endswith(f"\r\n\r\n{sentence}example.com\n")
    assert ask(proxy, get("http://api.coldsend.io/healthz")).startswith("HTTP/1.1 200 OK\r\n")


def test_the_proxy_of_this_machine_is_the_way_to_other_hosts(start: Start, server: Server) -> None:
    address = server.url.replace("127.0.0.1", "[::ffff:127.0.0.1]").removeprefix("http://")
    head = f"CONNECT {address} HTTP/1.1\r\n\r\n"
    first = start()
    second = start(f"http://me:secret@127.0.0.1:{first.port}")
    assert "HTTP/1.1 200 OK" in ask(second, head, get("/healthz"))
    second = start(f"http://127.0.0.1:{start(block_others=True).port}")
    refusal = ask(second, head)
    assert refusal.startswith("HTTP/1.1 502 ")
    assert "the proxy 127.0.0.1 answered HTTP/1.1 403 " in refusal


@pytest.mark.parametrize(
    ("variables", "proxy"),
    [
        ({}, ""),
        ({"https_proxy": "http://10.0.0.1:3128"}, "http://10.0.0.1:3128"),
        ({"all_proxy": "socks5://10.0.0.1"}, ""),
    ],
)
def test_the_proxy_of_this_machine_is_found(
    variables: dict[str, str], proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert find_upstream() == Upstream(proxy)


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        ("CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n", 502),
        ("CONNECT no.such.host.invalid:443 HTTP/1.1\r\n\r\n", 502),
        ("CONNECT a:b:c HTTP/1.1\r\n\r\n", 400),
        ("CONNECT [::1 HTTP/1.1\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\n\r\n", 400),
        ("GET ftp://example.com/ HTTP/1.1\r\n\r\n", 400),
        ("nonsense\r\n\r\n", 400),
        (f"GET http://example.com/ HTTP/1.1\r\nx: {'x' * 70_000}\r\n\r\n", 431),
    ],
)
def test_what_is_no_request_for_a_proxy_is_refused(request_head: str, status: int, start: Start) -> None:
    assert ask(start(), request_head).startswith(f"HTTP/1.1 {status} ")


def test_a_client_that_sends_no_head_is_refused_in_time(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_HEAD_SECONDS", 0.05)
    assert ask(start(), "CONNECT ").startswith("HTTP/1.1 408 ")


def test_a_tunnel_where_nothing_happens_ends(
    start: Start, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_IDLE_SECONDS", 0.05)
    address = server.url.removeprefix("http://")
    assert ask(start(), f"CONNECT {address} HTTP/1.1\r\n\r\n").endswith("established\r\n\r\n")


def test_where_it_cannot_listen_it_says_so(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ADDRESS", "192.0.2.1")
    with pytest.raises(OSError, match=r"192\.0\.2\.1"):
        start()


def test_too_many_connections_are_refused(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_CONNECTIONS", 1)
    proxy = start()
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as first:
        first.sendall(b"CONNECT")
        answer = ask(proxy, "")
    assert answer.startswith("HTTP/1.1 503 ")
    assert answer.endswith("This proxy takes 1 connections at once\n")
