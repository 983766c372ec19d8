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
_SCALE = 2.0**32


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
    reaction: ReactionDraw


class Randomness:
    """The randomness of one workspace: equal purposes give equal draws at any time."""

    def __init__(self, workspace: Workspace) -> None:
        self._key = workspace.sending_key

    def draw_id(self, *purpose: str) -> str:
        """Return an id."""
        return _make_id(self._hash(purpose)[:16])

    def draw_mail(self, lead_id: str, key: str) -> MailDraw:
        """Return the draws of the mail of a lead with this key (`NextMail.key`)."""
        digest = self._hash((lead_id, key))
        numbers = _NUMBERS.unpack_from(digest, 32)
        reaction = ReactionDraw(*[number / _SCALE for number in numbers])
        return MailDraw(_make_id(digest[:16]), _make_id(digest[16:32]), numbers[0], reaction)

    def _hash(self, purpose: tuple[str, ...]) -> bytes:
        return blake2b("\0".join(purpose).encode(), key=self._key, digest_size=_SIZE).digest()


def _make_id(data: bytes) -> str:
    # Equal to str(uuid.UUID(bytes=data, version=4)), in a quarter of the time.
    text = data.hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[data[8] & 3]}{text[17:20]}-{text[20:]}"
