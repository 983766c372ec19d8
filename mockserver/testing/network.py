"""The last line before the network: what no library was led away from is refused at the socket.

How it works: names are refused where Python looks them up, addresses where a socket connects. Proxies of the
environment become a name that leads nowhere, so a program that a test starts gets no further, either. Why so:
a library may come with a resolver of its own, or leave the look-up to a proxy.
"""

import socket
import urllib.request
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest

PROXY = "http://use-coldsend_server.invalid:9"
"""Where programs that a test starts are sent: a name that cannot exist, and that says what to do."""
_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
_LOCAL = "localhost,127.0.0.1,::1,.localhost"
_WAY_OUT = (
    "coldsend_patched leads requests, httpx, urllib3, urllib and http.client to coldsend-mock and lets no "
    "other library leave this machine; use coldsend_server, which has a base_url for any of them"
)

_Address = IPv4Address | IPv6Address


class ForeignHostError(RuntimeError):
    """Code under test asked for a host that it must not reach; says which, and what to do."""


class NetworkGuard:
    """Refuses hosts of some domains, and public addresses, for as long as a test lasts.

    `domains` are refused with all that is below them.
    """

    def __init__(self, domains: Iterable[str]) -> None:
        self._domains = tuple(domains)
        self._resolve = socket.getaddrinfo

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand before what Python's `socket` reaches, and before what programs reach by a proxy."""
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            monkeypatch.setattr(socket, name, self._guard_look_up(getattr(socket, name)))
        for name in ("connect", "connect_ex"):
            monkeypatch.setattr(socket.socket, name, self._guard_connect(getattr(socket.socket, name)))
        for name in _PROXY_VARIABLES:
            for variable in (name, name.upper()):
                monkeypatch.setenv(variable, PROXY)
        for variable in ("no_proxy", "NO_PROXY"):
            monkeypatch.setenv(variable, _LOCAL)
        monkeypatch.setattr(urllib.request, "_opener", None)  # it keeps the proxies that it was made with

    def _guard_look_up(self, look_up: Callable[..., Any]) -> Callable[..., Any]:
        def refuse_or_look_up(host: Any, *args: Any, **options: Any) -> Any:
            self._check_name(host)
            return look_up(host, *args, **options)

        return refuse_or_look_up

    def _guard_connect(self, connect: Callable[..., Any]) -> Callable[..., Any]:
        def refuse_or_connect(own: socket.socket, address: Any) -> Any:
            if own.family in (socket.AF_INET, socket.AF_INET6):
                self._check_address(address[0])
            return connect(own, address)

        return refuse_or_connect

    def _check_name(self, host: Any) -> None:
        """Raise ForeignHostError for a name that must not be looked up."""
        name = _read_name(host)
        own = (PROXY.partition("//")[2].partition(":")[0], *self._domains)
        if any(name == domain or name.endswith(f".{domain}") for domain in own):
            raise ForeignHostError(f"{name} was asked for: {_WAY_OUT}")

    def _check_address(self, host: Any) -> None:
        """Raise ForeignHostError for an address of the internet; a name is looked up before."""
        name = _read_name(host)
        found = _read_address(name)
        if found is None:
            self._check_name(host)
            addresses = [_read_address(str(row[4][0])) for row in self._resolve(host, None)]
        else:
            addresses = [found]
        if any(address and address.is_global for address in addresses):
            raise ForeignHostError(f"{name} was asked for: {_WAY_OUT}")


def _read_name(host: Any) -> str:
    text = host.decode("latin-1") if isinstance(host, (bytes, bytearray)) else str(host or "")
    return text.casefold().rstrip(".")


def _read_address(text: str) -> _Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
