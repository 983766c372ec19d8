"""After any actions and events, all answers about a workspace agree."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import MockServer
from mockserver.mails.thread_list import count_unread, list_threads
from mockserver.mails.threads import Thread, mark_read, read_thread, toggle_star
from mockserver.model.contact_lists import find_contacts
from mockserver.model.contacts import remove_contacts, suppress
from mockserver.model.direct_mails import send_mail
from mockserver.model.events import trace_lead
from mockserver.model.lead_counts import LeadCounts
from mockserver.state.workspace import Workspace

from .kit.actions import ADDRESSES, KINDS, Actions
from .kit.agreement import STATUSES, check_agreement
from .kit.counting import count_leads, filter_contacts, sort, sort_threads
from .kit.samples import examples

action_names = st.one_of(
    st.sampled_from([*KINDS, "sent", "opened", "clicked"]),
    st.sampled_from(
        ["move", "subsequence mail", "subsequence mail", "add lead", "add subsequence", "let time pass"]
    ),
    st.sampled_from(["cut subsequence", "delete subsequence", "delete lead", "delete contact", "test mail"]),
    st.sampled_from(["delete campaign", "add lead", "move", "subsequence mail"]),
)


@settings(max_examples=examples(120))
@given(steps=st.lists(st.tuples(action_names, st.integers(0, 59)), min_size=8, max_size=40))
def test_all_answers_agree_after_any_requests_and_events(
    app: MockServer, steps: list[tuple[str, int]]
) -> None:
    actions = Actions(app)
    for number in (1, 6, 7):
        actions.do("add lead", number)
    for action in ("add subsequence", "move", "subsequence mail"):
        actions.do(action, 0)
    for action, number in steps:
        actions.do(action, number)
    check_agreement(actions)


BESIDES = (
    *("direct mail", "unlink mail", "read thread", "star thread", "suppress", "allow", "pin signal"),
    *("import", "restore", "undo", "lose reply"),
)
"""What else changes what is kept."""
CONTENT = {"subject": "Hi", "body_text": "Hi", "body_html": None}


class UndoneError(Exception):
    """Ends what is undone."""


def do_besides(actions: Actions, action: str, number: int) -> None:
    """Do one of `BESIDES`."""
    workspace = actions.api.workspace
    leads, contacts = list(workspace.leads), list(workspace.contacts)
    if action == "direct mail" and leads:
        account = next(iter(workspace.sender_accounts))
        send_mail(workspace, account, leads[number % len(leads)], "reply", CONTENT)
    elif action == "unlink mail":
        for mail in workspace.direct_mails:
            workspace.direct_mails.put(replace(mail, lead_id=None))
    elif action == "lose reply":
        for event in workspace.events.where("kind", "replied")[: number % 2 + 1]:
            workspace.events.remove(event.event_id)
    elif action in ("read thread", "star thread"):
        for outline in list_threads(workspace)[: number % 3]:
            thread = read_thread(workspace, outline.lead)
            (mark_read if action == "read thread" else toggle_star)(workspace, thread)
    elif action == "suppress":
        suppress(workspace, ADDRESSES[number % len(ADDRESSES)], ("BOUNCED", "UNSUBSCRIBED")[number % 2])
    elif action == "allow":
        for suppression in workspace.suppressions:
            workspace.suppressions.remove(suppression.suppression_id)
    elif action == "pin signal" and contacts:
        contact = contacts[number % len(contacts)]
        workspace.contacts.put(replace(contact, signal_override=(None, "ENGAGED")[number % 2]))
    elif action == "import":
        actions.api.app.states.replace(workspace, actions.api.app.states.write(workspace.snapshot()))
    elif action == "restore":
        before = workspace.snapshot()
        actions.do("replied", number)
        actions.do("add lead", number)
        workspace.restore(before)
    elif action == "undo":
        try:
            with workspace.undoing():
                actions.do("bounced", number)
                remove_contacts(workspace, contacts[: number % 3])
                raise UndoneError
        except UndoneError:
            pass


def check_kept(actions: Actions) -> None:
    """Compare what is kept with what is counted, filtered and sorted anew."""
    api, workspace = actions.api, actions.api.workspace
    for campaign in workspace.campaigns:
        assert workspace.derive(LeadCounts).count(campaign) == count_leads(workspace, campaign)
        leads = workspace.leads.where("campaign", campaign.campaign_id)[::-1]
        for status in STATUSES:
            listed = api.ok("listLeads", query={"status": status}, campaign_id=campaign.campaign_id)
            expected = [lead.lead_id for lead in leads if trace_lead(workspace, lead).status == status]
            assert [lead["lead_id"] for lead in listed["leads"]] == expected
    counts = {c.campaign_id: count_leads(workspace, c) for c in workspace.campaigns}
    for name in ("sent_count", "reply_count"):
        listed = api.ok("listCampaigns", query={"sort_by": name})["campaigns"]
        numbers = {campaign_id: count[name] for campaign_id, count in counts.items()}
        assert [row["campaign_id"] for row in listed] == sort(numbers, numbers.__getitem__, descending=True)
    threads = sort_threads(workspace)
    assert count_unread(workspace) == sum(not thread.is_read for thread in threads)
    for name, value in (("is_read", False), ("is_starred", True), ("category", None), ("status", "read")):
        for asked in ({}, {name: value}):
            expected = [thread.thread_id for thread in threads if passes(thread, asked)]
            assert [each.thread_id for each in list_threads(workspace, asked)] == expected
    for filters in list_filters(workspace):
        assert [*find_contacts(workspace, filters)] == filter_contacts(workspace, filters)


def passes(thread: Thread, filters: dict[str, Any]) -> bool:
    """Return whether a thread passes one filter of the list, or none."""
    states = {
        "is_read": thread.is_read,
        "is_starred": thread.mark.is_starred,
        "category": thread.effective_category,
        "status": "read" if thread.is_read else "unread",
    }
    return all(states[name] == value for name, value in filters.items())


def list_filters(workspace: Workspace) -> list[dict[str, Any]]:
    campaign_id = next(iter(workspace.campaigns)).campaign_id
    return [
        {},
        {"signal": "CONTACTED"},
        {"signal": "ENGAGED", "is_bounced": False},
        {"is_bounced": True},
        {"has_replied": True, "is_unsubscribed": False},
        {"has_opened": True},
        {"campaign_id": campaign_id},
        {"not_in_campaign_id": campaign_id, "source_type": "MANUAL"},
    ]


@settings(max_examples=examples(80))
@given(
    steps=st.lists(
        st.tuples(st.one_of(action_names, st.sampled_from(BESIDES)), st.integers(0, 59)),
        min_size=6,
        max_size=20,
    )
)
def test_what_is_kept_is_what_is_counted(app: MockServer, steps: list[tuple[str, int]]) -> None:
    actions = Actions(app)
    for number in (1, 6, 7):
        actions.do("add lead", number)
    check_kept(actions)
    for action, number in steps:
        if action in BESIDES:
            do_besides(actions, action, number)
        else:
            actions.do(action, number)
        if number % 3:
            check_kept(actions)
    check_kept(actions)
