"""Reactions: what a lead will do with a mail, by reaction rates or by its magic address.

How it works: all reactions to a mail are drawn when it is sent, from the eight numbers of its `ReactionDraw`.
Each number decides one thing, and the rate is its threshold. Why so: a changed rate moves thresholds and no
other number, so with a higher rate the same leads still react, and some more. Bounce and unsubscription share
a number, because a mail has at most one of them.

All times are whole Unix seconds.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any, NamedTuple

from ..state.records import REACTION_RATES
from ..state.workspace import Workspace
from .randomness import ReactionDraw

MAGIC_ADDRESSES = ("bounce", "open", "click", "reply", "interested", "ooo", "unsubscribe", "silent")
"""The words that a local part may begin with, so that its lead always reacts in that way."""

DELAYS = {
    "bounced": (5, 60),
    "opened": (60, 60 + 36 * 3600),
    "clicked": (10, 120),
    "replied": (180, 180 + 48 * 3600),
    "out_of_office": (30, 120),
    "unsubscribed": (20, 120),
}
"""Reaction → least and most seconds: after the mail, but after its opening for a click, a reply and an
unsubscription. Most leads open and reply early: the draw counts to the third and second power."""
_REPLIES = {
    "interested": ("Sounds good, tell me more. When could we talk?", 0.96),
    "not_interested": ("Thanks, but this is not for us.", 0.93),
    "out_of_office": ("I am out of the office and will answer when I am back.", 0.99),
}
"""Category → the text of the reply, and the confidence of the category."""
_REPLY = ("Thanks for your mail. Who sent you?", None)


class MailTraits(NamedTuple):
    """What the reactions to a mail depend on."""

    at: int
    """When it was sent."""
    subject: str
    shows_opens: bool
    """Whether opens are noticed: only in HTML and with tracking."""
    links: tuple[str, ...]
    """The links whose clicks are noticed."""
    may_unsubscribe: bool
    """Whether it has an unsubscribe link."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """Something that a lead will do."""

    kind: str
    at: int
    details: dict[str, Any] = field(default_factory=dict)


class ReactionRateError(ValueError):
    """There is no such reaction rate, or its value is no share; the message names it."""


def read_reaction_rates(texts: Iterable[str], behaviour: Mapping[str, float]) -> dict[str, float]:
    """Return the reaction rates of a server: those of its behaviour profile, changed by `NAME=SHARE`.

    Raises ReactionRateError.
    """
    rates = dict(behaviour)
    for text in texts:
        name, _, share = text.partition("=")
        if name not in rates:
            raise ReactionRateError(f"no reaction rate is called {name}; there are {', '.join(rates)}")
        try:
            rates[name] = float(share)
        except ValueError:
            rates[name] = nan
        if not 0 <= rates[name] <= 1:
            raise ReactionRateError(f"the reaction rate {name} is a number from 0 to 1, not {share!r}")
    return rates


def find_reaction_rates(workspace: Workspace) -> dict[str, float]:
    """Return the reaction rates of a workspace: its own, else those of its server, else 0."""
    own = {rate.name: rate.value for rate in workspace.reaction_rates}
    return {**dict.fromkeys(REACTION_RATES, 0.0), **workspace.options.reaction_rates, **own}


def find_magic_address(email: str) -> str | None:
    """Return which of `MAGIC_ADDRESSES` an address begins with; None when the reaction rates decide."""
    local = email.lower()
    if not local.startswith(MAGIC_ADDRESSES):  # most addresses, in one call
        return None
    return next(word for word in MAGIC_ADDRESSES if local.startswith(word))


def find_reaction_delays(workspace: Workspace) -> dict[str, tuple[int, int]]:
    """Return the reaction delays of a workspace: its own, else those of its server, else `DELAYS`."""
    own = {delay.name: (delay.least_seconds, delay.most_seconds) for delay in workspace.reaction_delays}
    return {**DELAYS, **workspace.options.reaction_delays, **own}


def draw_reactions(
    mail: MailTraits,
    magic_address: str | None,
    rates: Mapping[str, float],
    delays: Mapping[str, tuple[int, int]],
    draw: ReactionDraw,
) -> Iterator[Reaction]:
    """Yield the reactions to a mail, those that the server notices.

    A magic address decides what its lead does; the traits of the mail decide what can be noticed.
    """
    if magic_address is not None:
        yield from _react_by_address(mail, magic_address, draw)
        return
    if draw.fate < rates["bounced"]:
        yield Reaction("bounced", mail.at + _scale(delays["bounced"], draw.first_delay))
        return
    opened = mail.at + _scale(delays["opened"], draw.first_delay**3)
    if draw.opens < rates["opened"]:
        if mail.shows_opens:
            yield Reaction("opened", opened)
        if mail.links and draw.clicks < rates["clicked"]:
            at = opened + _scale(delays["clicked"], draw.second_delay)
            which = draw.clicks / rates["clicked"]
            yield _click(mail, at, which, verified=draw.is_bot >= rates["by_bot"])
    if 1 - draw.fate <= rates["unsubscribed"]:
        if mail.may_unsubscribe:
            yield Reaction("unsubscribed", opened + _scale(delays["unsubscribed"], draw.second_delay))
    elif draw.replies < rates["replied"]:
        category = _find_category(draw.category, rates)
        if category == "out_of_office":
            at = mail.at + _scale(delays["out_of_office"], draw.second_delay)
        else:
            at = opened + _scale(delays["replied"], draw.second_delay**2)
        yield _reply(mail, at, category)


def needs_subject(magic_address: str | None, rates: Mapping[str, float], draw: ReactionDraw) -> bool:
    """Return whether `draw_reactions` reads the subject of the mail: only a reply has one."""
    if magic_address is None:
        return draw.replies < rates["replied"]
    return magic_address in ("reply", "interested", "ooo")


def _react_by_address(mail: MailTraits, magic_address: str, draw: ReactionDraw) -> Iterator[Reaction]:
    opened = mail.at + 60 + int(draw.first_delay * 3600)
    later = opened + 60 + int(draw.second_delay * 3600)
    if magic_address == "bounce":
        yield Reaction("bounced", mail.at + 5 + int(draw.first_delay * 55))
    elif magic_address == "ooo":
        yield _reply(mail, mail.at + 30 + int(draw.second_delay * 90), "out_of_office")
    elif magic_address != "silent":
        if mail.shows_opens:
            yield Reaction("opened", opened)
        if magic_address == "click":
            if mail.links:
                yield _click(mail, opened + 10 + int(draw.second_delay * 110), draw.clicks, verified=True)
        elif magic_address == "unsubscribe":
            if mail.may_unsubscribe:
                yield Reaction("unsubscribed", later)
        elif magic_address != "open":
            yield _reply(mail, later, "interested" if magic_address == "interested" else None)


def _scale(delay: tuple[int, int], number: float) -> int:
    """Return the seconds of a delay for a number from 0 to below 1."""
    least, most = delay
    return least + int(number * (most - least))


def _find_category(number: float, rates: Mapping[str, float]) -> str:
    if number < rates["interested"]:
        return "interested"
    return "out_of_office" if 1 - number <= rates["out_of_office"] else "not_interested"


def _reply(mail: MailTraits, at: int, category: str | None) -> Reaction:
    body, confidence = _REPLIES[category] if category else _REPLY
    known = {"category": category, "confidence": confidence} if category else {}
    is_auto_reply = category == "out_of_office"
    subject = f"Automatic reply: {mail.subject}" if is_auto_reply else _answer(mail.subject)
    details = {"subject": subject, "body": body, "is_auto_reply": is_auto_reply, "is_unsubscribe": False}
    return Reaction("replied", at, {**details, **known})


def _answer(subject: str) -> str:
    return subject if subject.startswith("Re: ") else f"Re: {subject}"


def _click(mail: MailTraits, at: int, which: float, *, verified: bool) -> Reaction:
    index = min(int(which * len(mail.links)), len(mail.links) - 1)
    return Reaction("clicked", at, {"url": mail.links[index], "link_index": index, "verified": verified})
