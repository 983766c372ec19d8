"""The files that make HAProxy lead each workspace to its server, and HAProxy while it runs."""

import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..openapi.spec import Spec
from .shards import SLOTS, Server, assign_slots

CONFIG, SOCKET = "haproxy.cfg", "haproxy.sock"
WORKSPACES, SLOT_SERVERS, MOVED = "workspaces.map", "slots.map", "moved.map"
_SECONDS = 10
_RESOLVERS = """
resolvers dns
  parse-resolv-conf
  hold valid 10s
"""
_ASKS = "resolvers dns init-addr last,libc,none"
_MOST_ANSWER = 16 * 1024 * 1024


class HaproxyError(Exception):
    """HAProxy did not do what it was told; the message says why."""


def write_files(
    folder: Path,
    spec: Spec,
    *,
    servers: Sequence[Server],
    owners: Sequence[Server],
    workspaces: Mapping[str, str],
    bind: str,
    socket_path: Path | None = None,
    asks_dns: bool = False,
) -> None:
    """Write haproxy.cfg and its three maps; `owners` are the servers that have slots.

    `workspaces` is key → workspace, for the keys that do not have a workspace of their own name.
    `socket_path` is where HAProxy takes commands while it runs; by default it is in the folder. `asks_dns`
    lets HAProxy ask again and again for the addresses of servers. Nobody else may read the files, which hold
    keys. Raises OSError, and ValueError for a key that cannot stand in a map.
    """
    for text in (*workspaces, *workspaces.values()):
        if not text.isprintable() or len(text.split()) != 1 or text.startswith("#"):
            raise ValueError(f"{text!r} cannot stand in a map of HAProxy: it has spaces, or begins with #")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    slots = enumerate(assign_slots(owners))
    _write(folder / WORKSPACES, (f"{key} {name}" for key, name in workspaces.items()))
    _write(folder / SLOT_SERVERS, (f"{slot} {server.name}" for slot, server in slots))
    _write(folder / MOVED, [])
    path = socket_path or folder.resolve() / SOCKET
    _write(folder / CONFIG, [_make_config(path, servers, spec, bind, asks_dns=asks_dns)])


def _write(path: Path, lines: Iterable[str]) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _make_config(path: Path, servers: Sequence[Server], spec: Spec, bind: str, *, asks_dns: bool) -> str:
    resolvers, options = (_RESOLVERS, f"check {_ASKS}") if asks_dns else ("", "check")
    backends = "\n".join(
        f"backend {server.name}\n  option httpchk\n  server {server.name} {server.address} {options}\n"
        for server in servers
    )
    header = spec.key_header
    return f"""\
# written by coldsend-mock balancer haproxy
global
  default-path config
  stats socket '{path}' mode 600 level admin expose-fd listeners

defaults
  mode http
  option forwardfor
  timeout connect 5s
  timeout client 2m
  timeout server 2m
{resolvers}
frontend mock
  bind {bind}
  # A server takes the balancer for a caller on its own machine, so others are kept from all but the API.
  acl is_api path_beg {spec.base_path}
  acl is_health path /healthz /readyz
  acl is_here src 127.0.0.0/8 ::1
  http-request deny deny_status 403 unless is_api or is_health or is_here
  # key -> workspace, which is the key itself unless the map knows another one
  http-request set-var(txn.workspace) req.fhdr({header})
  http-request set-var(txn.workspace) req.fhdr({header}),map({WORKSPACES}) if \
{{ req.fhdr({header}),map({WORKSPACES}) -m found }}
  # workspace -> server: that of its slot, unless it was moved to another one
  http-request set-var(txn.server) var(txn.workspace),crc32,mod({SLOTS}),map_int({SLOT_SERVERS})
  http-request set-var(txn.server) var(txn.workspace),map({MOVED}) if \
{{ var(txn.workspace),map({MOVED}) -m found }}
  use_backend %[var(txn.server)] if {{ var(txn.server) -m found }}
  default_backend {servers[0].name}

{backends}"""


def note_move(path: Path, workspace: str, server: str) -> None:
    """Let a running HAProxy lead a workspace to a server; `path` is its socket. Raises HaproxyError."""
    if not workspace.isprintable() or set(workspace) & set(" ;\\"):
        raise HaproxyError(f"HAProxy cannot be told of a workspace that is called {workspace!r}")
    maps = _ask(path, "show map").splitlines()
    names = [part.strip("()") for line in maps for part in line.split() if part.endswith(f"{MOVED})")]
    if not names:
        raise HaproxyError(f"HAProxy at {path} has no map {MOVED}")
    known = _ask(path, f"show map {names[0]}").splitlines()
    is_known = any(line.split()[1:2] == [workspace] for line in known)
    answer = _ask(path, f"{'set' if is_known else 'add'} map {names[0]} {workspace} {server}").strip()
    if answer:
        raise HaproxyError(f"HAProxy at {path} says: {answer}")


def _ask(path: Path, command: str) -> str:
    """Return what HAProxy answers to a command of its runtime API."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(_SECONDS)
            client.connect(str(path))
            client.sendall(f"{command}\n".encode())
            answer = b""
            while (part := client.recv(65536)) and len(answer) < _MOST_ANSWER:
                answer += part
    except OSError as error:
        raise HaproxyError(f"HAProxy does not answer at {path}: {error.strerror or error}") from None
    return answer.decode(errors="replace")
