"""The sentence of a reason, with the names of what it is about, and times in the timezone of the campaign.

How it works: each code has a template. Its gaps are the methods of `_Words` and the facts of the reason. Why
so: the rest of this folder works with codes and seconds, so a sentence can change without the logic, and only
a sentence that somebody reads costs the look-ups of names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..model.sender_accounts import find_address
from ..state.records import Campaign
from ..state.workspace import Workspace
from .schedule import to_local, to_utc
from .waits import Reason

SENTENCES = {
    "no_campaign": "It is in no campaign; only direct mails go to it.",
    "campaign_draft": "The campaign is a draft{missing}.",
    "campaign_paused": "The campaign is paused{since}.",
    "campaign_completed": "The campaign is completed{since}.",
    "campaign_failed": "The campaign is failed{since}.",
    "campaign_archived": "The campaign is archived{since}.",
    "no_active_account": "No sender account of the campaign is active{accounts}.",
    "no_variants": "The campaign has no variant of the first mail.",
    "suppressed": "The address is suppressed ({suppression_reason}).",
    "bounced": "The address gets no more mails: it {verb}{campaign}{on}.",
    "unsubscribed": "The address gets no more mails: it {verb}{campaign}{on}.",
    "replied": "It {verb}{on}, which ends {sequence}.",
    "lead_status": "Its status was set to {status} before it got a mail.",
    "sequence_finished": "It has got {step}{skipped}, and no follow-up is left for it.",
    "subsequence_finished": "It has got all mails of {subsequence}.",
    "subsequence_removed": "The subsequence that it is in was removed.",
    "subsequence_paused": "It waits in {subsequence}, which is paused.",
    "condition_unmet": "It waits in {subsequence}, at a step whose condition never holds.",
    "calendar_end": "The calendar ends before the mail can go out.",
    "start_date": "The campaign starts on {end}.",
    "quiet_minute": "The first minute after a launch, an import or a new lead is quiet, until {end}.",
    "step_wait": "It waits for {step}, due on {end}.",
    "outside_window": "It is outside the window until {end}.",
    "daily_limit": "{account} has sent {sent} of {limit} that day, until {end}.",
    "ramp_up": "{account} has sent {sent} of {limit} that day, the limit of the ramp-up, until {end}.",
    "enters_subsequence": "It enters {subsequence}{on}.",
    "step_skipped": "It does not get {step}, whose trigger is not met{on}.",
    "queue": "{ahead} before it; {account} sends it on {end}.",
    "queue, first": "{account} rests between two mails until {end}.",
    "queue, left": "It waits for a slot until {end}.",
    "queue, open": "It waits for a slot; its mail was not found in the look ahead.",
}
"""Code → template; a queue has others for the first in it, for a lead that leaves it, for an unknown end."""

_MOST_NAMES = 3
"""So many sender accounts are named in a sentence."""
_VERBS = {
    "bounced": ("bounced", "bounces"),
    "unsubscribed": ("unsubscribed", "unsubscribes"),
    "replied": ("replied", "replies"),
}
"""Code → what a lead did, and what it is going to do."""


@dataclass(frozen=True, slots=True)
class DescribedReason:
    """A reason with its sentence."""

    code: str
    """One of `WhyCode` of the control API."""
    text: str
    since: datetime | None
    """From when on it holds, also in the future; None: unknown."""
    until: datetime | None
    """When it ends by itself; None: it does not, or the end is unknown."""
    facts: dict[str, Any]
    """What else is known of it, by the fields of `WhyReason` of the control API."""


def describe_reason(workspace: Workspace, reason: Reason, campaign: Campaign | None) -> DescribedReason:
    """Return a reason of a lead with its sentence; `campaign` is that of the lead."""
    since, until = (None if at is None else to_utc(at) for at in (reason.since, reason.until))
    text = _make_sentence(workspace, reason, campaign)
    return DescribedReason(reason.code, text, since, until, reason.facts)


def _make_sentence(workspace: Workspace, reason: Reason, campaign: Campaign | None) -> str:
    name, facts = reason.code, reason.facts
    if name == "queue" and reason.until is None:
        name = "queue, open"
    elif name == "queue" and "inbox_id" not in facts:
        name = "queue, left"
    elif name == "queue" and facts["ahead"] == 0:
        name = "queue, first"
    return SENTENCES[name].format_map(_Words(workspace, reason, campaign))


def describe_time(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return a time in a zone, for example `Mon 5 Jan 09:00 New York`; another year than now is named."""
    local = at.astimezone(zone)
    year = "" if local.year == now.astimezone(zone).year else f" {local.year}"
    seconds = f":{local:%S}" if local.second else ""
    name = zone.key.rpartition("/")[2].replace("_", " ")
    return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M}{seconds} {name}"


def name_step(step: int) -> str:
    """Return what a mail is called in a sentence; 0 is one of a subsequence."""
    return {0: "a mail of a subsequence", 1: "the first mail"}.get(step, f"step {step}")


class _Words(dict[str, Any]):
    """The gaps of a template: a fact of the reason, or what the method of the name returns."""

    def __init__(self, workspace: Workspace, reason: Reason, campaign: Campaign | None) -> None:
        super().__init__(reason.facts)
        self._workspace = workspace
        self._reason = reason
        self._campaign = campaign
        self._zone = ZoneInfo(campaign.settings["timezone"] if campaign else "UTC")

    def __getitem__(self, name: str) -> Any:
        find: Callable[[], str] | None = getattr(self, f"_find_{name}", None)
        return find() if find else super().__getitem__(name)

    def _describe_time(self, at: int) -> str:
        return describe_time(to_local(at, self._zone), self._zone, self._workspace.now())

    def _find_since(self) -> str:
        return f" since {self._describe_time(self._reason.since)}" if self._reason.since is not None else ""

    def _find_on(self) -> str:
        return f" on {self._describe_time(self._reason.since)}" if self._reason.since is not None else ""

    def _find_end(self) -> str:
        assert self._reason.until is not None
        return self._describe_time(self._reason.until)

    def _find_missing(self) -> str:
        missing = ", ".join(super().__getitem__("missing"))
        return f"; a launch lacks {missing}" if missing else " that was not launched"

    def _find_verb(self) -> str:
        past, future = _VERBS[self._reason.code]
        since = self._reason.since
        return future if since is not None and since > self._workspace.now().timestamp() else past

    def _find_campaign(self) -> str:
        other = self._workspace.campaigns.find(self["campaign_id"])
        if other is None or (self._campaign and other.campaign_id == self._campaign.campaign_id):
            return ""
        return f" in campaign {other.settings['name']}"

    def _find_account(self) -> str:
        return find_address(self._workspace, self["inbox_id"])

    def _find_accounts(self) -> str:
        inbox_ids = self._campaign.inbox_ids if self._campaign else ()
        accounts = [account for account in map(self._workspace.sender_accounts.find, inbox_ids) if account]
        names = [f"{account.email_address} is {account.overall_status}" for account in accounts[:_MOST_NAMES]]
        more = [f"and {len(accounts) - _MOST_NAMES} more"] if len(accounts) > _MOST_NAMES else []
        return ": " + ", ".join([*names, *more]) if names else ""

    def _find_subsequence(self) -> str:
        subsequence = self._workspace.subsequences.find(self["subsequence_id"])
        label = subsequence.label if subsequence else None
        return f"the subsequence {label}" if label else "a subsequence"

    def _find_sequence(self) -> str:
        return self._find_subsequence() if "subsequence_id" in self else "the main sequence"

    def _find_step(self) -> str:
        if "subsequence_id" in self:
            return f"the next mail of {self._find_subsequence()}"
        return name_step(self["sequence_step"])

    def _find_skipped(self) -> str:
        return "".join(f", {name_step(step)} is skipped by its trigger" for step in self["skipped_steps"])

    def _find_ahead(self) -> str:
        ahead = super().__getitem__("ahead")
        return "1 mail is" if ahead == 1 else f"{ahead} mails are"
