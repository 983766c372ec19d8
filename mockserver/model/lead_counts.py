"""Counts of the leads of each campaign by what happened to them, kept up to date event by event."""

from ..state.records import Campaign, DirectMail, Event, Lead, Suppression
from ..state.workspace import Workspace
from .events import outline_event

_BITS = {"sent": 1, "direct": 2, "opened": 4, "replied": 8, "bounced": 16, "unsubscribed": 32}
"""What may have happened to a lead; `direct` is a mail sent by hand. Clicks are not counted by lead."""
_CONTACTED = _BITS["sent"] | _BITS["direct"]
_COUNTED = {
    "reply_count": _BITS["replied"],
    "open_count": _BITS["opened"],
    "bounce_count": _BITS["bounced"],
    "unsubscribe_count": _BITS["unsubscribed"],
}
_NO_LEADS = dict.fromkeys(("total_leads", "sent_count", *_COUNTED), 0)


class LeadCounts:
    """The counts that follow from the histories of all leads; it reads no history again.

    It keeps the kinds of events of each lead, and for each campaign the number of leads with the same kinds.
    It watches the tables that these follow from. It touches the campaigns, leads and contacts whose answers
    change.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._happened: dict[str, int] = {}
        """Lead → sum of `_BITS`; without those to whom nothing happened."""
        self._leads: dict[str | None, dict[int, int]] = {}
        """Campaign → sum of `_BITS` → number of leads."""
        for lead_id, kind, *_ in workspace.events.outline_all(outline_event):
            self._happened[lead_id] = self._happened.get(lead_id, 0) | _BITS.get(kind, 0)
        for mail in workspace.direct_mails:
            if mail.lead_id:
                self._happened[mail.lead_id] = self._happened.get(mail.lead_id, 0) | _BITS["direct"]
        for lead in workspace.leads:
            self._count(lead, 1)
        workspace.events.watch(self._take_event)
        workspace.direct_mails.watch(self._take_mail)
        workspace.leads.watch(self._take_lead)
        workspace.suppressions.watch(self._take_suppression)

    def count(self, campaign: Campaign) -> dict[str, int]:
        """Return for each count of the campaign answers how many leads of a campaign it has.

        A lead counts once, also when it got several mails. A lead whose mail bounced does not count as sent
        [docs:analytics/overview: sent and bounced sum to the leads].
        """
        leads = self._leads.get(campaign.campaign_id)
        if leads is None:
            return dict(_NO_LEADS)
        bounced = _BITS["bounced"]
        is_sent = {happened for happened in leads if happened & _CONTACTED and not happened & bounced}
        return {
            "total_leads": sum(leads.values()),
            "sent_count": sum(leads[happened] for happened in is_sent),
            **{
                name: sum(number for happened, number in leads.items() if happened & bit)
                for name, bit in _COUNTED.items()
            },
        }

    def _take_event(self, before: Event | None, after: Event | None) -> None:
        if before:
            self._set(before.lead_id, self._look(before.lead_id))
        if after:
            self._set(after.lead_id, self._happened.get(after.lead_id, 0) | _BITS.get(after.kind, 0))

    def _take_mail(self, before: DirectMail | None, after: DirectMail | None) -> None:
        for mail in (before, after):
            if mail and mail.lead_id:
                self._set(mail.lead_id, self._look(mail.lead_id))

    def _take_lead(self, before: Lead | None, after: Lead | None) -> None:
        if before and after and before.campaign_id == after.campaign_id:
            return
        if before:
            self._add(before, -1)
        if after:
            self._add(after, 1)

    def _take_suppression(self, before: Suppression | None, after: Suppression | None) -> None:
        contacts = self._workspace.contacts
        for suppression in filter(None, (before, after)):
            for contact in contacts.where("address", suppression.email.casefold()):
                contacts.touch(contact.contact_id)

    def _look(self, lead_id: str) -> int:
        events = self._workspace.events.outline("lead", lead_id, outline_event)
        happened = _BITS["direct"] if self._workspace.direct_mails.count("lead", lead_id) else 0
        for event in events:
            happened |= _BITS.get(event.kind, 0)
        return happened

    def _set(self, lead_id: str, happened: int) -> None:
        if happened == self._happened.get(lead_id, 0):
            return
        lead = self._workspace.leads.find(lead_id)
        if lead:
            self._add(lead, -1)
        self._happened[lead_id] = happened
        if not happened:
            del self._happened[lead_id]
        if lead:
            self._add(lead, 1)
            self._workspace.leads.touch(lead_id)

    def _add(self, lead: Lead, number: int) -> None:
        self._count(lead, number)
        self._workspace.contacts.touch(lead.contact_id)
        if lead.campaign_id:
            self._workspace.campaigns.touch(lead.campaign_id)

    def _count(self, lead: Lead, number: int) -> None:
        happened = self._happened.get(lead.lead_id, 0)
        leads = self._leads.get(lead.campaign_id)
        if leads is None:
            leads = self._leads[lead.campaign_id] = {}
        leads[happened] = leads.get(happened, 0) + number
        if not leads[happened]:
            del leads[happened]
            if not leads:
                del self._leads[lead.campaign_id]


def count_campaign_leads(workspace: Workspace, campaign: Campaign) -> dict[str, int]:
    """Return the counts of a campaign; see `LeadCounts.count`."""
    return workspace.derive(LeadCounts).count(campaign)
