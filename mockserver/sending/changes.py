"""The changes that requests, tests and imports made since the engine last ran.

How it works: each table notes the ids of its changed records. From these follow the leads that the engine
admits anew, and whether that is enough. Why so: most requests change single leads, and a new engine costs a
look at all leads of all ACTIVE campaigns.
"""

from collections.abc import Collection, Iterable, Mapping

from ..model.content import reopen_campaign
from ..model.subsequences import find_last_enrollment, find_triggered, trace_enrollment
from ..state.records import Event, Lead, Subsequence
from ..state.workspace import Workspace
from .campaign_run import CampaignRun
from .next_mails import SendingState

_FOLLOWED = (
    "campaigns",
    "leads",
    "events",
    "enrollments",
    "subsequences",
    "sender_accounts",
    "suppressions",
    "direct_mails",
    "reaction_rates",
    "reaction_delays",
)
"""The tables whose changes matter to an engine."""


class Changes:
    """The changed records since the last `clear`; true when there is one."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._ids: dict[str, set[str]] = {}
        self.begin()

    def __bool__(self) -> bool:
        return any(self._ids.values())

    def begin(self) -> None:
        """Note the changes from now on."""
        tables = self._workspace.tables
        self._ids = {name: tables[name].follow() for name in _FOLLOWED}

    def stop(self) -> None:
        """Note no changes until the next `begin`."""
        self._ids = {}

    def clear(self) -> None:
        """Forget the changes."""
        for ids in self._ids.values():
            if ids:
                ids.clear()

    def has(self, table: str) -> bool:
        """Return whether a record of a table changed."""
        return bool(self._ids[table])

    def are_of_campaigns(self) -> bool:
        """Return whether nothing but campaigns changed, so that no lead has to be looked at."""
        return [name for name, ids in self._ids.items() if ids] in ([], ["campaigns"])

    def find_events(self) -> list[Event]:
        """Return the changed events that are still there."""
        return [event for event in map(self._workspace.events.find, self._ids["events"]) if event]

    def find_leads(self, events: Iterable[Event]) -> list[Lead]:
        """Return the leads that changed or have such an event, in the order of their table."""
        leads, enrollments = self._workspace.leads, self._workspace.enrollments
        changed = set(self._ids["leads"])
        changed.update(event.lead_id for event in events)
        entered = filter(None, map(enrollments.find, self._ids["enrollments"]))
        changed.update(enrollment.lead_id for enrollment in entered)
        if len(changed) < 2:
            return [lead for lead in map(leads.find, changed) if lead]
        return [lead for lead in leads if lead.lead_id in changed]

    def find_subsequences(self) -> list[Subsequence]:
        """Return the changed subsequences that are still there."""
        return [found for found in map(self._workspace.subsequences.find, self._ids["subsequences"]) if found]

    def are_followed(self, runs: Mapping[str, CampaignRun], events: Collection[Event]) -> bool:
        """Return whether an engine with these runs only has to admit the changed leads anew.

        It has to be made anew when more than single leads changed, or an account has sent another number of
        mails.
        """
        workspace, ids = self._workspace, self._ids
        for campaign_id in ids["campaigns"]:
            campaign = workspace.campaigns.find(campaign_id)
            if campaign is None or campaign_id in runs or campaign.launched_at or campaign.status == "ACTIVE":
                return False
        if not runs:
            return True
        used = {inbox_id for run in runs.values() for inbox_id in run.campaign.inbox_ids}
        if used & ids["sender_accounts"] or ids["suppressions"] or ids["subsequences"]:
            return False
        if any(event.kind == "sent" and event.inbox_id in used for event in events):
            return False
        if len(events) < len(ids["events"]):
            return False  # some were removed
        removed = [lead_id for lead_id in ids["leads"] if not workspace.leads.find(lead_id)]
        return not any(lead_id in run.leads for lead_id in removed for run in runs.values())


def reopen_campaigns(
    workspace: Workspace,
    leads: Iterable[Lead],
    subsequences: Iterable[Subsequence],
    blocked: Collection[str],
) -> None:
    """Make COMPLETED campaigns ACTIVE again where a subsequence has a mail to send.

    Only the changed leads, and all leads of a changed subsequence's campaign, may be the reason. `blocked`
    holds the ids of contacts.
    """
    edited = {subsequence.campaign_id for subsequence in subsequences}
    others = [lead for campaign_id in edited for lead in workspace.leads.where("campaign", campaign_id)]
    for lead in (*leads, *others):
        campaign = workspace.campaigns.find(lead.campaign_id or "")
        if campaign and campaign.status == "COMPLETED" and _has_coming_mail(workspace, lead, blocked):
            reopen_campaign(workspace, campaign)


def _has_coming_mail(workspace: Workspace, lead: Lead, blocked: Collection[str]) -> bool:
    """Return whether a subsequence has a mail for a lead, now or after its trigger takes the lead."""
    if SendingState(workspace, lead, blocked).blocked:
        return False
    entered = find_last_enrollment(workspace, lead)
    is_active = entered is not None and trace_enrollment(workspace, entered).state == "active"
    return is_active or find_triggered(workspace, lead) is not None
