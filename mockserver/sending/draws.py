"""Chance: numbers and ids that follow from what they are for, not from how many were drawn before."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct

from ..state.workspace import Workspace

_SIZE = 64
_NUMBERS = Struct(">8I")
_SCALE = 2.0**32


@dataclass(frozen=True, slots=True)
class Draw:
    """What chance says of one thing: two ids and eight numbers from 0 to below 1."""

    first_id: str
    second_id: str
    numbers: tuple[float, ...]


class Chance:
    """What chance says in one workspace: the same of the same thing whenever it is asked."""

    def __init__(self, workspace: Workspace) -> None:
        self._key = workspace.make_random("sending").randbytes(_SIZE)

    def draw(self, *purpose: str) -> Draw:
        """Return what chance says of what these words name together."""
        digest = blake2b("\0".join(purpose).encode(), key=self._key, digest_size=_SIZE).digest()
        numbers = tuple([number / _SCALE for number in _NUMBERS.unpack_from(digest, 32)])
        return Draw(_make_id(digest[:16]), _make_id(digest[16:32]), numbers)


def _make_id(data: bytes) -> str:
    # As str(uuid.UUID(bytes=data, version=4)), in a quarter of the time.
    text = data.hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[data[8] & 3]}{text[17:20]}-{text[20:]}"


def choose(shares: Sequence[int], counts: Sequence[int]) -> int:
    """Return which of several is next, so that the counts keep closest to the shares, in percent."""
    total = sum(counts) + 1
    lacks = [share * total - 100 * count for share, count in zip(shares, counts, strict=True)]
    return lacks.index(max(lacks))
