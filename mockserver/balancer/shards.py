"""Which of several servers has a workspace.

How it works: the name of a workspace falls into one of `SLOTS` slots, and each slot belongs to one server.
Every server has a score for every slot, and the highest wins (rendezvous hashing). So a further server takes
its share of the slots, and no slot changes between the others. Why slots: a balancer can compute one from any
key, and looks up its server in a file; a server that is down keeps its workspaces, which are nowhere else.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

SLOTS = 4096
MOST_SERVERS = 1000
_SERVER = re.compile(r"(?:([A-Za-z0-9_.-]{1,64})=)?([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")


class ServersError(ValueError):
    """A list of servers makes no sense; the message says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """One of the servers behind a balancer."""

    name: str
    """What its share follows from: a server keeps its workspaces at another address, and loses them under
    another name."""
    address: str
    """Host and port."""

    @property
    def url(self) -> str:
        """Where its control API is."""
        return f"http://{self.address}"


def read_servers(text: str) -> list[Server]:
    """Return the servers of a list: `a=10.0.0.1:8000,b=10.0.0.2:8000`.

    One without a name is called by its address. Raises ServersError.
    """
    found: list[Server] = []
    for part in filter(None, map(str.strip, text.split(","))):
        match = _SERVER.fullmatch(part)
        if match is None or not 0 < int(match[3]) < 65536:
            raise ServersError(f"{part!r} is no server; write NAME=HOST:PORT, for example a=127.0.0.1:8001")
        address = f"{match[2]}:{match[3]}"
        found.append(Server(match[1] or re.sub(r"[^A-Za-z0-9_.-]", "-", address), address))
    if not 0 < len(found) <= MOST_SERVERS:
        raise ServersError(f"{len(found)} servers; there may be from 1 to {MOST_SERVERS:,}")
    for fact in ("name", "address"):
        values = [getattr(server, fact) for server in found]
        double = next((value for value in values if values.count(value) > 1), None)
        if double:
            raise ServersError(f"two servers have the {fact} {double}")
    return found


def find_slot(workspace: str) -> int:
    """Return the slot of a workspace."""
    return zlib.crc32(workspace.encode()) % SLOTS


def assign_slots(servers: Sequence[Server]) -> list[Server]:
    """Return the server of each slot."""
    return [max(servers, key=lambda server: _score(server, slot)) for slot in range(SLOTS)]


def _score(server: Server, slot: int) -> bytes:
    return sha256(f"{server.name}\0{slot}".encode()).digest()
