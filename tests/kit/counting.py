"""What the server keeps, counted and sorted anew: the reference that the kept is compared with."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from mockserver.mails.threads import Thread, read_thread
from mockserver.model.contacts import trace_contact
from mockserver.model.events import LeadHistory, trace_lead
from mockserver.state.records import Campaign, Contact
from mockserver.state.workspace import Workspace

R = TypeVar("R")


def count_leads(workspace: Workspace, campaign: Campaign) -> dict[str, int]:
    """Count the leads of a campaign by what happened to them, under the names of its answers.

    A lead counts once, however many mails it got; one whose mail bounced was not sent to.
    """
    leads = workspace.leads.where("campaign", campaign.campaign_id)
    histories = [trace_lead(workspace, lead) for lead in leads]

    def count(happened: Callable[[LeadHistory], Any]) -> int:
        return sum(bool(happened(history)) for history in histories)

    return {
        "total_leads": len(histories),
        "sent_count": count(lambda h: h.last_contacted_at and not h.bounced_at),
        "reply_count": count(lambda h: h.replied_at),
        "open_count": count(lambda h: h.opened_at),
        "bounce_count": count(lambda h: h.bounced_at),
        "unsubscribe_count": count(lambda h: h.unsubscribed_at),
    }


def sort(records: Iterable[R], value_of: Callable[[R], Any], *, descending: bool) -> list[R]:
    """Sort records, given oldest first.

    Equal ones stand in the order of their making, turned round when descending; those without a
    value stand last.
    """
    valued = [(value_of(record), record) for record in records]
    present = [(value, record) for value, record in valued if value is not None]
    if descending:
        present.reverse()  # sort() keeps ties as they come, even with reverse=True
    present.sort(key=lambda pair: _fold(pair[0]), reverse=descending)
    return [record for _, record in present] + [record for value, record in valued if value is None]


def _fold(value: Any) -> Any:
    return (value.casefold(), value) if isinstance(value, str) else value


def filter_contacts(workspace: Workspace, filters: Mapping[str, Any]) -> list[Contact]:
    """Return the contacts that pass all filters but `list_id` and `search`, newest first."""

    def passes(contact: Contact) -> bool:
        history = trace_contact(workspace, contact)
        campaigns = {lead.campaign_id for lead in workspace.leads if lead.contact_id == contact.contact_id}
        facts = {name: getattr(history, name, getattr(contact, name, None)) for name in filters}
        facts["campaign_id"] = filters.get("campaign_id") if filters.get("campaign_id") in campaigns else None
        if filters.get("not_in_campaign_id") not in campaigns:
            facts["not_in_campaign_id"] = filters.get("not_in_campaign_id")
        return all(facts[name] == value for name, value in filters.items())

    return [contact for contact in workspace.contacts if passes(contact)][::-1]


def sort_threads(workspace: Workspace) -> list[Thread]:
    """Return all threads, the one with the latest mail first.

    Equal ones stand in the order of their first replies, then of their first direct mails.
    """
    written = [*workspace.events.where("kind", "replied"), *workspace.direct_mails]
    leads = map(workspace.leads.find, dict.fromkeys(mail.lead_id for mail in written))
    threads = [read_thread(workspace, lead) for lead in leads if lead]
    return sorted(threads, key=lambda thread: thread.messages[-1].record.at, reverse=True)
