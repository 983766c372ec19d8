"""Randomness of sending: ids and numbers that follow from what they are for.

How it works: a draw is the keyed hash of its purpose, for example of a lead's id and a step. Its key follows
from the workspace's random seed. Why so: a generator gives each draw the next number, so one draw more would
change all later ones. With a hash the draws of a mail stay the same, whatever happens to other leads, whether
the clock moves in one step or in many, and after an export and import.
"""

from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

from ..state.workspace import Workspace

_SIZE = 64
_NUMBERS = Struct(">8I")
SCALE = 2.0**32
"""The numbers of a draw are integers from 0 to below this."""
_MARK = Struct(">16xI")


class ReactionDraw(NamedTuple):
    """The numbers that decide the reactions to a mail, each from 0 to below 1.

    A named tuple: making one costs a fifth of making a frozen dataclass.
    """

    fate: float
    """At its low end the mail bounces, at its high end the lead unsubscribes."""
    opens: float
    clicks: float
    """Also decides which link."""
    is_bot: float
    replies: float
    category: float
    """Of the reply: interested at the low end, out of office at the high end."""
    first_delay: float
    """From the mail to its opening or bounce."""
    second_delay: float
    """From there to the click, the reply or the unsubscription."""


class MailDraw(NamedTuple):
    """All that is drawn for one mail."""

    email_id: str
    event_id: str
    text_seed: int
    """The random seed of the subject and the body."""


class Randomness:
    """The randomness of one workspace: equal purposes give equal draws at any time."""

    def __init__(self, workspace: Workspace) -> None:
        self._keyed = blake2b(key=workspace.sending_key, digest_size=_SIZE)
        """The hash with its key taken in; a copy of it costs half of a new one."""

    def draw_id(self, *purpose: str) -> str:
        """Return an id."""
        return _make_id(self._hash("\0".join(purpose))[:16])

    def draw_digest(self, lead_id: str, key: str) -> bytes:
        """Return what all draws of the mail of a lead with this key (`NextMail.key`) are read from."""
        return self._hash(f"{lead_id}\0{key}")

    def draw_mail(self, lead_id: str, key: str) -> MailDraw:
        """Return the draws of a mail."""
        digest = self.draw_digest(lead_id, key)
        return MailDraw(read_email_id(digest), _make_id(digest[16:32]), read_numbers(digest)[0])

    def mark(self, event_id: str) -> int:
        """Return the mark of an id that may be a mail's event id, equal to `read_mark` then."""
        try:
            return int(event_id[:8], 16)
        except ValueError:  # no id that was drawn
            return 0

    def _hash(self, purpose: str) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(purpose.encode())
        return keyed.digest()


def read_email_id(digest: bytes) -> str:
    """Return the id of a mail."""
    return _make_id(digest[:16])


def read_mark(digest: bytes) -> int:
    """Return the first 32 bits of a mail's event id, which stand in its text as they are."""
    mark: int = _MARK.unpack_from(digest)[0]
    return mark


def read_numbers(digest: bytes) -> tuple[int, ...]:
    """Return the eight numbers of a mail, those of its `ReactionDraw` times `SCALE`."""
    return _NUMBERS.unpack_from(digest, 32)


def _make_id(data: bytes) -> str:
    # Equal to str(uuid.UUID(bytes=data, version=4)), in a quarter of the time.
    text = data.hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[data[8] & 3]}{text[17:20]}-{text[20:]}"
