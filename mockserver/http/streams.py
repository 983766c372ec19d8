"""Long answers in pieces, so that neither their memory nor their time depends on how long they are."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import chain
from threading import RLock

PIECE_SIZE = 64 * 1024
"""Characters of a piece, about."""


class Feed(ABC, Iterator[bytes]):
    """An answer that goes on as long as somebody reads it; a piece says what is new.

    A sender that can wait calls `stay`, and asks for a piece only when `has_news`. Any other one takes pieces
    until there is none.
    """

    subject: str
    """Feeds of one subject make their pieces one after the other: they keep one thread busy, not all."""

    @property
    @abstractmethod
    def has_news(self) -> bool:
        """Whether there is a piece; asked in the thread that watches the sockets, so it waits for nothing."""

    @abstractmethod
    def stay(self) -> None:
        """Go on after the first look: the sender can wait."""

    @abstractmethod
    def close(self) -> None:
        """Nobody reads on."""


def write_pieces(texts: Iterator[str], lock: RLock) -> bytes | Iterator[bytes]:
    """Return a short text as a whole, and the pieces of a long one.

    Each piece is made when it is asked for, under the lock of the workspace, so it
    shows the present state then. The caller holds the lock.
    """
    pieces = _join(texts, lock)
    first = next(pieces, b"")
    second = next(pieces, None)
    return first if second is None else chain((first, second), pieces)


def _join(texts: Iterator[str], lock: RLock) -> Iterator[bytes]:
    while True:
        kept, size = [], 0
        with lock:
            for text in texts:
                kept.append(text)
                size += len(text)
                if size >= PIECE_SIZE:
                    break
        if not kept:
            return
        yield "".join(kept).encode()
