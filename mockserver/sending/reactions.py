"""What people do with a mail: by rates, or by the name of the address."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import nan
from typing import Any

from ..state.records import REACTION_RATES
from ..state.workspace import Workspace

HABITS = ("bounce", "open", "click", "reply", "interested", "ooo", "unsubscribe", "silent")
"""What a local part may begin with, so that its owner does just that with every mail."""

_DAY = 24 * 3600
_LINK = re.compile(r"""https?://[^\s"'<>\])}]+""")
_REPLIES = {
    "interested": ("Sounds good, tell me more. When could we talk?", 0.96),
    "not_interested": ("Thanks, but this is not for us.", 0.93),
    "out_of_office": ("I am out of the office and will answer when I am back.", 0.99),
}
"""Category → what such a reply says, and how sure the category is."""
_REPLY = ("Thanks for your mail. Who sent you?", None)


@dataclass(frozen=True, slots=True)
class Mail:
    """What of a mail matters to what people do with it."""

    at: int
    """When it was sent, in Unix seconds."""
    subject: str
    shows_opens: bool
    """Whether an open is noticed: only with tracking, in HTML."""
    links: tuple[str, ...]
    """Where clicks are noticed."""
    may_unsubscribe: bool
    """Whether it has a link to do so."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """Something that somebody is going to do."""

    kind: str
    at: int
    details: dict[str, Any] = field(default_factory=dict)


class RateError(ValueError):
    """There is no such rate, or it is no share; says which."""


def read_rates(texts: Iterable[str], known: Mapping[str, Any]) -> dict[str, float]:
    """Return the rates of a server: the defaults of their schemas, and `NAME=SHARE` in place of them.

    Raises RateError.
    """
    rates: dict[str, float] = {name: schema["default"] for name, schema in known.items()}
    for text in texts:
        name, _, share = text.partition("=")
        if name not in rates:
            raise RateError(f"no rate is called {name}; there are {', '.join(rates)}")
        try:
            rates[name] = float(share)
        except ValueError:
            rates[name] = nan
        if not 0 <= rates[name] <= 1:
            raise RateError(f"the rate {name} is a number from 0 to 1, not {share!r}")
    return rates


def find_rates(workspace: Workspace) -> dict[str, float]:
    """Return how often people do something: as set in the workspace, or by its server, or never."""
    own = {rate.name: rate.value for rate in workspace.reaction_rates}
    return {**dict.fromkeys(REACTION_RATES, 0.0), **workspace.options.reaction_rates, **own}


def find_habit(email: str) -> str | None:
    """Return which of `HABITS` an address names; None when rates decide."""
    local = email.lower()
    return next((habit for habit in HABITS if local.startswith(habit)), None)


@lru_cache(maxsize=1024)
def find_links(content: str) -> tuple[str, ...]:
    """Return the addresses that a text links to, in their order."""
    return tuple(_LINK.findall(content))


def foresee(
    mail: Mail, habit: str | None, rates: Mapping[str, float], numbers: tuple[float, ...]
) -> Iterator[Reaction]:
    """Yield what becomes of a mail. `numbers` decide: eight, from 0 to below 1.

    A habit does not care whether it is noticed: `open` opens mails without a pixel, too.
    """
    if habit is not None:
        yield from _follow(mail, habit, numbers)
        return
    fate, eye, hand, bot, pen, tone, early, late = numbers
    if fate < rates["bounced"]:
        yield Reaction("bounced", mail.at + 5 + int(early * 55))
        return
    opened = mail.at + 60 + int(early**3 * 1.5 * _DAY)
    if eye < rates["opened"]:
        if mail.shows_opens:
            yield Reaction("opened", opened)
        if mail.links and hand < rates["clicked"]:
            yield _click(
                mail, opened + 10 + int(late * 110), hand / rates["clicked"], verified=bot >= rates["by_bot"]
            )
    if 1 - fate <= rates["unsubscribed"]:
        if mail.may_unsubscribe:
            yield Reaction("unsubscribed", opened + 20 + int(late * 100))
    elif pen < rates["replied"]:
        category = _find_category(tone, rates)
        wait = 30 + int(late * 90) if category == "out_of_office" else 180 + int(late**2 * 2 * _DAY)
        yield _reply(mail, (mail.at if category == "out_of_office" else opened) + wait, category)


def _follow(mail: Mail, habit: str, numbers: tuple[float, ...]) -> Iterator[Reaction]:
    opened = mail.at + 60 + int(numbers[6] * 3600)
    later = opened + 60 + int(numbers[7] * 3600)
    if habit == "bounce":
        yield Reaction("bounced", mail.at + 5 + int(numbers[6] * 55))
    elif habit == "ooo":
        yield _reply(mail, mail.at + 30 + int(numbers[7] * 90), "out_of_office")
    elif habit != "silent":
        yield Reaction("opened", opened)
        if habit == "click":
            yield _click(mail, opened + 10 + int(numbers[7] * 110), numbers[2], verified=True)
        elif habit == "unsubscribe":
            yield Reaction("unsubscribed", later)
        elif habit != "open":
            yield _reply(mail, later, "interested" if habit == "interested" else None)


def _find_category(tone: float, rates: Mapping[str, float]) -> str:
    if tone < rates["interested"]:
        return "interested"
    is_away = 1 - tone <= rates["out_of_office"]
    return "out_of_office" if is_away else "not_interested"


def _reply(mail: Mail, at: int, category: str | None) -> Reaction:
    body, confidence = _REPLIES[category] if category else _REPLY
    known = {"category": category, "confidence": confidence} if category else {}
    is_auto_reply = category == "out_of_office"
    subject = f"Automatic reply: {mail.subject}" if is_auto_reply else _answer(mail.subject)
    details = {"subject": subject, "body": body, "is_auto_reply": is_auto_reply, "is_unsubscribe": False}
    return Reaction("replied", at, {**details, **known})


def _answer(subject: str) -> str:
    return subject if subject.startswith("Re: ") else f"Re: {subject}"


def _click(mail: Mail, at: int, which: float, *, verified: bool) -> Reaction:
    if not mail.links:
        return Reaction("clicked", at, {"verified": verified})
    index = min(int(which * len(mail.links)), len(mail.links) - 1)
    return Reaction("clicked", at, {"url": mail.links[index], "link_index": index, "verified": verified})
