"""What the lead of a mail will do with it, drawn at once and stored as coming events.

Why so: what is drawn early is known early, so a plan of the campaign can be exact.
"""

from collections.abc import Callable, Mapping

from ..state.records import Event, Lead
from .contents import Content
from .randomness import SCALE, Randomness, ReactionDraw, read_email_id, read_numbers
from .reactions import MailTraits, draw_reactions, needs_subject
from .schedule import LAST, to_utc


class ReactionDraws:
    """Draws the reactions to mails by the rates and delays of a workspace."""

    def __init__(
        self,
        randomness: Randomness,
        rates: Mapping[str, float],
        delays: Mapping[str, tuple[int, int]],
    ) -> None:
        self._randomness = randomness
        self._rates = rates
        self._delays = delays
        limits = {name: rate * SCALE for name, rate in rates.items()}
        self._bounced, self._opened = limits["bounced"], limits["opened"]
        self._replied, self._stays = limits["replied"], SCALE - limits["unsubscribed"]

    def list_coming(
        self,
        lead: Lead,
        magic_address: str | None,
        content: Content,
        inbox_id: str,
        *,
        at: int,
        digest: bytes,
        make_subject: Callable[[], str],
    ) -> list[Event]:
        """Return the events of the reactions to a mail that is sent at a time; none is later than `LAST`.

        `digest` is that of the mail (`Randomness.draw_digest`), `make_subject` returns its subject.
        """
        numbers = read_numbers(digest)
        if magic_address is None:  # most leads stay silent, which a few comparisons show
            fate, opens, _, _, replies, *_ = numbers
            may_notice = opens < self._opened and (content.shows_opens or content.links)
            if not may_notice and self._bounced <= fate < self._stays and replies >= self._replied:
                return []
        draw = ReactionDraw(*[number / SCALE for number in numbers])
        subject = make_subject() if needs_subject(magic_address, self._rates, draw) else ""
        traits = MailTraits(at, subject, content.shows_opens, content.links, content.may_unsubscribe)
        email_id = read_email_id(digest)
        return [
            Event(
                event_id=self._randomness.draw_id(email_id, reaction.kind),
                kind=reaction.kind,
                at=to_utc(reaction.at),
                lead_id=lead.lead_id,
                campaign_id=lead.campaign_id,
                email_id=email_id,
                inbox_id=inbox_id,
                details=reaction.details,
            )
            for reaction in draw_reactions(traits, magic_address, self._rates, self._delays, draw)
            if reaction.at < LAST
        ]
