"""What no client library sends: requests byte by byte, over real sockets."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver import MockServer, Settings, create_app
from mockserver.http.messages import Response
from mockserver.server.server import Server, running

from .kit.api import BASE, Api
from .kit.raw_client import RawClient, write_request

GOOD = b'{"name": "Q1 Product Launch"}'
CREATE = f"POST {BASE}/campaigns HTTP/1.1\r\nHost: localhost\r\nX-API-Key: cs_live_raw\r\n".encode()
MAX_HEAD = 4096


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    settings = Settings(port=0, max_head=MAX_HEAD, max_body=100_000, request_seconds=1, quiet=True)
    with running(settings, create_app(settings)) as made:
        yield made


@pytest.fixture
def client(server: Server) -> Iterator[RawClient]:
    with RawClient(server) as made:
        yield made


@pytest.fixture(autouse=True)
def _unharmed(server: Server) -> Iterator[None]:
    """After any input, nothing was created by it, and the next client is answered."""
    server.app.workspaces.remove("cs_live_raw")
    yield
    with RawClient(server) as other:
        assert other.ask(write_request(path="/healthz")).status == 200


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
def test_the_health_check_of_haproxy_passes(path: str, client: RawClient) -> None:
    answer = client.ask(f"OPTIONS {path} HTTP/1.0\r\n\r\n".encode())
    assert answer.status == 204
    assert answer.has_header("Allow: GET, HEAD")


def count(app: MockServer) -> int:
    return len(Api(app, "cs_live_raw").workspace.campaigns)


NO_REQUESTS = {
    "two lengths": CREATE + b"Content-Length: 29\r\nContent-Length: 5\r\n\r\n" + GOOD,
    "two equal lengths": CREATE + b"Content-Length: 29\r\nContent-Length: 29\r\n\r\n" + GOOD,
    "length and chunks": CREATE + b"Content-Length: 29\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + GOOD,
    "a length with a sign": CREATE + b"Content-Length: +29\r\n\r\n" + GOOD,
    "a length in hexadecimals": CREATE + b"Content-Length: 0x1d\r\n\r\n" + GOOD,
    "a length of 10,000 digits": CREATE + b"Content-Length: " + b"9" * 1000 + b"\r\n\r\n" + GOOD,
    "a space before the colon": CREATE + b"Content-Length : 29\r\n\r\n" + GOOD,
    "a header without a colon": CREATE + b"Content-Length\r\n\r\n",
    "a folded header": CREATE + b"X-Folded: a\r\n b\r\nContent-Length: x\r\n\r\n",
    "a bare line feed in a head": CREATE + b"Content-Length: 29\n\n" + GOOD,
    "chunks in chunks": CREATE + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "a chunk of no size": CREATE + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n" + GOOD,
    "a chunk that is too long": CREATE + b"Transfer-Encoding: chunked\r\n\r\n5\r\n" + GOOD + b"\r\n0\r\n\r\n",
    "a NUL in a header": CREATE + b"X-Nul: a\0b\r\n\r\n",
    "another version": f"GET {BASE}/campaigns HTTP/3.0\r\nHost: localhost\r\n\r\n".encode(),
    "no version": f"GET {BASE}/campaigns\r\n\r\n".encode(),
    "no host": f"GET {BASE}/campaigns HTTP/1.1\r\nX-API-Key: cs_live_raw\r\n\r\n".encode(),
    "two hosts": f"GET {BASE}/campaigns HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n".encode(),
    "chunks in HTTP/1.0": CREATE.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 32,
}  # fmt: skip


@pytest.mark.parametrize("data", NO_REQUESTS.values(), ids=NO_REQUESTS)
def test_what_two_servers_could_read_differently_is_refused_and_ends_the_connection(
    data: bytes, server: Server, client: RawClient
) -> None:
    answer = client.ask(data)
    assert answer.status == 400
    assert answer.json["detail"].startswith("This is no HTTP request: ")
    assert answer.has_header("Content-Type: application/json")
    assert answer.has_header("Connection: close")
    assert "x-ratelimit-limit" in answer.head.casefold()
    client.socket.shutdown(socket.SHUT_WR)
    assert client.is_closed()
    assert count(server.app) == 0


@pytest.mark.parametrize("coding", ["gzip", "gzip, chunked", "identity", "xchunked"])
def test_another_coding_is_not_implemented(coding: str, server: Server, client: RawClient) -> None:
    answer = client.ask(CREATE + f"Transfer-Encoding: {coding}\r\n\r\n".encode() + b"0\r\n\r\n")
    assert answer.status == 501
    assert answer.json == {"detail": f"Transfer-Encoding: {coding} is unknown; there is chunked"}
    assert count(server.app) == 0


def test_what_follows_a_refused_request_is_no_request(server: Server, client: RawClient) -> None:
    smuggled = write_request("POST", body=GOOD)
    answer = client.ask(CREATE + b"Transfer-Encoding: gzip\r\n\r\n" + smuggled)
    assert answer.status == 501
    client.socket.shutdown(socket.SHUT_WR)
    assert client.is_closed()
    assert count(server.app) == 0


# ---------------------------------------------------------------- heads


@pytest.mark.parametrize(
    "head",
    [
        b"X-Long: " + b"x" * MAX_HEAD + b"\r\n",
        b"X-Long: " + b"x" * 1_000_000,
    ],
    ids=["a long header", "a megabyte without an end"],
)
def test_a_head_that_is_too_large_is_refused(head: bytes, client: RawClient) -> None:
    answer = client.ask(CREATE + head + b"\r\n")
    limit = f"The head of the request is larger than {MAX_HEAD} bytes; --max-head allows more"
    assert (answer.status, answer.json) == (431, {"detail": limit})


def test_a_request_has_only_so_many_headers() -> None:
    settings = Settings(port=0, max_headers=5)
    with running(settings, create_app(settings)) as server, RawClient(server) as client:
        head = write_request(X_A="1", X_B="1", X_C="1")
        assert client.ask(head).status == 200
        answer = client.ask(head.replace(b"\r\n\r\n", b"\r\nX-Further: 1\r\n\r\n"))
        detail = "The request has more than 5 headers; --max-headers allows more"
        assert (answer.status, answer.json) == (431, {"detail": detail})


def test_a_long_address_is_a_large_head(client: RawClient) -> None:
    assert client.ask(write_request(path="/" + "x" * MAX_HEAD)).status == 431


@pytest.mark.parametrize("part", [b"GET /healthz HT", CREATE, CREATE + b"Content-Length: 29\r\n\r\n{"])
def test_a_request_that_does_not_arrive_in_time_is_refused(part: bytes, server: Server) -> None:
    with RawClient(server) as client:
        answer = client.ask(part)
        assert answer.status == 408
        assert answer.json["detail"].startswith("The request took more than 1 seconds to arrive")
    assert count(server.app) == 0


def test_headers_that_come_one_by_one_do_not_buy_time(server: Server) -> None:
    with RawClient(server, timeout=0.02) as client:
        client.send(CREATE)
        for _ in range(1000):
            client.send(b"X-Slow: 1\r\n")
            try:
                assert client.receive().status == 408
            except TimeoutError:
                continue
            return
    pytest.fail("headers were waited for all the time")


def test_half_a_request_and_an_end_is_answered_with_an_end(client: RawClient) -> None:
    client.send(CREATE + b"Content-Length: 29\r\n\r\n{")
    client.socket.shutdown(socket.SHUT_WR)
    assert client.is_closed()


def test_a_client_that_sends_no_more_is_answered(client: RawClient) -> None:
    client.send(write_request("POST", body=GOOD))
    client.socket.shutdown(socket.SHUT_WR)
    assert client.receive().status == 201
    assert client.is_closed()


# ---------------------------------------------------------------- bodies


def test_a_client_that_expects_100_gets_it(client: RawClient) -> None:
    head = write_request("POST", body=GOOD, Expect="100-continue").removesuffix(GOOD)
    assert client.ask(head).status == 100
    assert client.ask(GOOD).status == 201


def test_a_client_that_expects_100_gets_413_for_a_large_body(client: RawClient) -> None:
    head = write_request("POST", Content_Length="100001", Expect="100-continue")
    answer = client.ask(head)
    assert (answer.status, answer.json) == (413, {"detail": "Request body is larger than 100000 bytes"})


def test_another_expectation_is_refused(client: RawClient) -> None:
    answer = client.ask(write_request("POST", body=GOOD, Expect="200-ok"))
    assert (answer.status, answer.json) == (
        417,
        {"detail": "Expect: 200-ok is unknown; there is 100-continue"},
    )


@pytest.mark.parametrize("length", ["100001", "999999999999"])
def test_a_body_that_is_announced_too_large_is_refused_before_it_comes(
    length: str, client: RawClient
) -> None:
    assert client.ask(write_request("POST", Content_Length=length)).status == 413


def test_without_a_key_a_large_body_is_not_waited_for(client: RawClient) -> None:
    assert client.ask(write_request("POST", key="nonsense", Content_Length="90000")).status == 401


def test_who_goes_on_sending_reads_the_refusal_all_the_same(client: RawClient) -> None:
    piece = b"x" * 65_536
    client.send(write_request("POST", Content_Length="50000000"))
    for _ in range(200):
        client.send(piece)
    assert client.receive().status == 413


def test_chunks_are_put_together(client: RawClient) -> None:
    head = CREATE + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = client.ask(
        head + b"5;note=1\r\n" + GOOD[:5] + b"\r\n18\r\n" + GOOD[5:] + b"\r\n0\r\nX-Trailer: 1\r\n\r\n"
    )
    assert answer.status == 201


# ---------------------------------------------------------------- connections


def test_requests_in_one_go_are_answered_in_their_order(client: RawClient) -> None:
    paths = ["/healthz", "/nothing", f"{BASE}/campaigns"] * 40
    client.send(b"".join(write_request(path=path) for path in paths))
    assert [client.receive().status for _ in paths] == [200, 404, 200] * 40


def test_requests_in_one_go_let_others_have_their_turn(server: Server) -> None:
    order: list[str] = []
    pipeline = server.app.pipeline
    many, one = (Api(server.app, f"cs_live_{name}").workspace.name for name in ("many", "one"))
    endpoint = pipeline.endpoints["listCampaigns"]
    handler = endpoint.handler

    def note(call: object) -> object:
        order.append(call.workspace.name)  # type: ignore[attr-defined]
        return handler(call)  # type: ignore[arg-type]

    endpoint.handler, endpoint.keeps_answers = note, False  # type: ignore[assignment]
    try:
        with RawClient(server) as greedy, RawClient(server) as other:
            greedy.send(b"".join([write_request(key=many)] * 100))
            assert other.ask(write_request(key=one)).status == 200
            assert [greedy.receive().status for _ in range(100)] == [200] * 100
    finally:
        endpoint.handler, endpoint.keeps_answers = handler, True
    assert order.count(many) == 100
    assert order.count(one) == 1


def test_a_proxy_s_address_is_taken_for_path_and_host(client: RawClient) -> None:
    assert client.ask(write_request(path=f"http://localhost:8000{BASE}/campaigns?limit=1")).status == 200
    assert client.ask(write_request(path=f"http://evil.example.com{BASE}/campaigns")).status == 403


def test_who_asks_for_another_protocol_is_answered_in_this_one(client: RawClient) -> None:
    upgrade: dict[str, Any] = {
        "Connection": "Upgrade, HTTP2-Settings",
        "Upgrade": "h2c",
        "HTTP2_Settings": "AAMAAABk",
    }
    assert client.ask(write_request(**upgrade)).status == 200
    assert client.ask(write_request("POST", body=GOOD, **upgrade)).status == 201
    assert client.ask(write_request(Connection="Upgrade", Upgrade="websocket")).status == 200


def test_http_1_0_is_answered_and_ended_unless_it_asks_to_go_on(server: Server) -> None:
    request = b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n"
    with RawClient(server) as client:
        assert client.ask(request + b"\r\n").has_header("Connection: close")
        assert client.is_closed()
    with RawClient(server) as client:
        for _ in range(2):
            assert client.ask(request + b"Connection: keep-alive\r\n\r\n").has_header(
                "Connection: keep-alive"
            )


def test_a_head_has_no_body(client: RawClient) -> None:
    for path in (f"{BASE}/campaigns", "/openapi.json", "/nothing"):
        client.send(write_request("HEAD", path))
        answer = client.receive(has_body=False)
        assert "content-length: 0" not in answer.head.casefold()
    assert client.ask(write_request()).status == 200


def test_a_connection_on_which_nobody_asks_is_closed() -> None:
    settings = Settings(port=0, idle_seconds=1)
    with running(settings, create_app(settings)) as server, RawClient(server) as client:
        assert client.ask(write_request()).status == 200
        assert client.is_closed()


def test_the_beginning_of_a_request_after_another_does_not_wait_for_ever(server: Server) -> None:
    with RawClient(server) as client:
        assert client.ask(write_request() + CREATE).status == 200
        assert client.receive().status == 408


def fail(*_args: object, **_more: object) -> Response:
    raise RuntimeError("a defect")


def break_header(*_args: object, **_more: object) -> Response:
    return Response(200, {"X-Broken": "two\r\nlines"}, b"")


@pytest.mark.parametrize("answer", [fail, break_header])
@pytest.mark.parametrize("body", [b"", b'{"name": "%s"}' % (b"x" * 70_000)], ids=["short", "long"])
def test_a_defect_of_the_application_ends_the_connection(
    body: bytes, answer: Any, server: Server, client: RawClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(server.app, "answer", answer)
        client.send(write_request("POST", body=body))
        assert client.is_closed()
