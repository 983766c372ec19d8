"""Leads the hosts of ColdSend to the mock, in Python programs that read no proxy from their environment.

Python imports this module at its start. It needs nothing of this project, since the program's Python may be
another one; `settings.json` beside it says what leads where.
"""

import ipaddress
import json
import os
import socket
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any

_FOLDER = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - another Python, quickly started
with open(os.path.join(_FOLDER, "settings.json"), encoding="utf-8") as _file:  # noqa: PTH118, PTH123
    _SETTINGS = json.load(_file)
_MOCK = ("127.0.0.1", _SETTINGS["tls_port"])
_look_up = socket.getaddrinfo
_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex


def _is_led(host: Any) -> bool:
    name = host.decode("latin-1") if isinstance(host, bytes) else str(host or "")
    return name.lower().rstrip(".") in _SETTINGS["hosts"]


def _getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> Any:
    if not _is_led(host):
        return _look_up(host, port, *args, **options)
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", _MOCK)]


def _find_address(address: Any) -> Any:
    """Return where to connect to; raises OSError for a host that is blocked."""
    host = address[0]
    if _is_led(host):
        return _MOCK
    try:
        is_public = ipaddress.ip_address(host).is_global
    except ValueError:
        return address  # a name, which is looked up without this module
    if is_public and _SETTINGS["block_others"]:
        raise PermissionError(f"coldsend-mock run --block-others lets nobody reach {host}")
    return address


def _lead(connect: Any) -> Any:
    def connect_there(own: socket.socket, address: Any) -> Any:
        if own.family in (socket.AF_INET, socket.AF_INET6):
            address = _find_address(address)
        return connect(own, address)

    return connect_there


def _run_next() -> None:
    """Run the module of the same name that this one hides."""
    others = [path for path in sys.path if os.path.abspath(path or ".") != _FOLDER]  # noqa: PTH100
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec and spec.loader:
        spec.loader.exec_module(module_from_spec(spec))


socket.getaddrinfo = _getaddrinfo
socket.socket.connect = _lead(_connect)  # type: ignore[method-assign]
socket.socket.connect_ex = _lead(_connect_ex)  # type: ignore[method-assign]
_run_next()
