"""While a test is patched, no library of Python reaches ColdSend: it meets the mock, or is refused."""

import asyncio
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

import aiohttp
import pytest
import requests
import urllib3

from mockserver.testing.fixture import Coldsend
from mockserver.testing.network import PROXY, ForeignHostError

from .kit.api import NAME, SPEC

HOSTS = [server["url"] for server in SPEC.document["servers"]]
HEADERS = {SPEC.key_header: "cs_live_production", "Content-Type": "application/json"}
BODY = json.dumps({"name": NAME}).encode()
REFUSED = "coldsend.* was asked for: .* use coldsend_server"


def by_urllib(url: str) -> int:
    with urllib.request.urlopen(urllib.request.Request(url, BODY, HEADERS)) as answer:
        assert json.load(answer)["name"] == NAME
        return int(answer.status)


def by_http_client(url: str) -> int:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc)
    for _ in range(2):  # the second time, http.client connects again
        connection.request("POST", parts.path, iter([BODY[:5], BODY[5:]]), HEADERS, encode_chunked=True)
        answer = connection.getresponse()
        assert json.load(answer)["name"] == NAME
    connection.close()
    return answer.status


def by_urllib3(url: str) -> int:
    with urllib3.PoolManager() as pool:
        pool.request("POST", url, body=BODY, headers=HEADERS)
        return pool.request("POST", url, body=BODY, headers=HEADERS).status


def by_urllib3_with_proxy(url: str) -> int:
    with urllib3.ProxyManager(os.environ["https_proxy"]) as pool:
        return pool.request("POST", url, body=BODY, headers=HEADERS).status


SERVED = [by_urllib, by_http_client, by_urllib3, by_urllib3_with_proxy]


@pytest.mark.parametrize("post", SERVED)
@pytest.mark.parametrize("host", HOSTS)
def test_what_stands_on_http_client_meets_the_mock(
    host: str, post: Callable[[str], int], coldsend_patched: Coldsend
) -> None:
    assert post(f"{host}/campaigns") == 201
    with ThreadPoolExecutor() as pool:
        assert pool.submit(post, f"{host}/campaigns").result() == 201
    assert len(coldsend_patched.workspace.campaigns) in (2, 4)
    coldsend_patched.assert_called("createCampaign", json={"name": NAME})


def test_the_base_url_of_the_fixture_works_there_too(coldsend_patched: Coldsend) -> None:
    url = f"{coldsend_patched.base_url}/campaigns"
    assert (by_urllib(url), by_http_client(url), by_urllib3(url)) == (201, 201, 201)


def test_a_broken_answer_is_the_library_s_own_error(coldsend_patched: Coldsend) -> None:
    url = f"{HOSTS[0]}/campaigns"
    coldsend_patched.fail("createCampaign", answer="dropped", first=1)
    with pytest.raises(http.client.RemoteDisconnected):
        by_urllib(url)
    coldsend_patched.fail("createCampaign", answer="truncated")
    with pytest.raises(http.client.IncompleteRead):
        by_urllib(url)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        by_urllib3(url)


def by_aiohttp(url: str, *, trust_env: bool = False) -> None:
    async def ask() -> None:
        async with aiohttp.ClientSession(trust_env=trust_env) as session:
            await session.post(url, json={"name": NAME}, headers=HEADERS)

    asyncio.run(ask())


def by_asyncio(url: str) -> None:
    asyncio.run(asyncio.wait_for(asyncio.open_connection(urlsplit(url).hostname, 443), 5))


def by_event_loop(url: str) -> None:
    async def ask() -> None:
        with socket.socket() as own:
            own.setblocking(False)
            await asyncio.get_running_loop().sock_connect(own, (urlsplit(url).hostname, 443))

    asyncio.run(ask())


def by_socket(url: str) -> None:
    socket.create_connection((urlsplit(url).hostname or "", 443)).close()


def by_name(url: str) -> None:
    with socket.socket() as own:
        own.connect((f"{urlsplit(url).hostname}.".upper(), 443))


def by_gethostbyname(url: str) -> None:
    socket.gethostbyname(urlsplit(url).hostname or "")


def by_plain_http(url: str) -> None:
    by_urllib(url.replace("https:", "http:").replace("api.", "app."))


@pytest.mark.parametrize(
    "ask",
    [by_aiohttp, by_asyncio, by_event_loop, by_socket, by_name, by_gethostbyname, by_plain_http,
     lambda url: by_aiohttp(url, trust_env=True)],
)  # fmt: skip
@pytest.mark.parametrize("host", HOSTS)
def test_every_other_way_is_refused_with_what_to_do(
    host: str, ask: Callable[[str], None], coldsend_patched: Coldsend
) -> None:
    with pytest.raises(ForeignHostError, match=REFUSED):
        ask(f"{host}/campaigns")
    with ThreadPoolExecutor() as pool, pytest.raises(ForeignHostError, match=REFUSED):
        pool.submit(ask, f"{host}/campaigns").result()
    assert coldsend_patched.journal == []


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:93.184.215.14"])
def test_an_address_of_the_internet_is_refused(address: str, coldsend_patched: Coldsend) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as own, pytest.raises(ForeignHostError, match="use coldsend_server"):
        own.connect((address, 443))


def test_this_machine_can_be_reached(coldsend_patched: Coldsend, coldsend_server: Coldsend) -> None:
    url = f"{coldsend_server.base_url}/campaigns"
    by_aiohttp(url)
    assert by_urllib(url) == 201
    ours, theirs = socket.socketpair()
    ours.close()
    theirs.close()


PROGRAMS = {
    "urllib": [sys.executable, "-c", "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])"],
    "requests": [sys.executable, "-c", "import sys, requests; requests.get(sys.argv[1])"],
    "httpx": [sys.executable, "-c", "import sys, httpx; print(httpx.get(sys.argv[1]))"],
    "curl": ["curl", "--silent", "--show-error"],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_a_test_starts_gets_no_further(name: str, coldsend_patched: Coldsend) -> None:
    command = PROGRAMS[name]
    if not shutil.which(command[0]):
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([*command, HOSTS[0]], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode != 0
    assert name == "httpx" or "use-coldsend_server.invalid" in done.stderr or name == "urllib"


def test_afterwards_all_is_as_before() -> None:
    handlers = getattr(vars(urllib.request)["_opener"], "handlers", ())
    assert not [each for each in handlers if PROXY in vars(each).get("proxies", {}).values()]
    for module in (http.client, sys.modules["urllib3.connection"]):
        for kind in (module.HTTPConnection, module.HTTPSConnection):
            assert kind.connect.__module__ == module.__name__
    assert socket.getaddrinfo.__module__ == "socket"
    assert "connect" not in vars(socket.socket)
    assert requests.Session.get_adapter.__module__ == "requests.sessions"
