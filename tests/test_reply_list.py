"""The list of threads: filters, pages, order, and how many are unread."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mockserver.mails import thread_list
from mockserver.mails.incoming_events import receive_mail, receive_reply
from mockserver.mails.threads import flip_id
from mockserver.model.direct_mails import send_mail

from .kit.api import UNKNOWN_ID, Api
from .kit.counting import sort_threads
from .kit.mails import list_threads

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def three(api: Api) -> list[str]:
    """Threads of two campaigns and of none: the first read, the second starred, the third neither."""
    workspace = api.workspace
    workspace.clock.freeze(NOON)
    made = []
    for name, email, category in (
        ("First campaign", "ada@example.com", "interested"),
        ("Second campaign", "grace@example.com", None),
    ):
        lead_id = api.lead(api.ready(name=name), f"x{email}")
        receive_reply(workspace, lead_id, "Tell me more.", category=category)
        made.append(flip_id(lead_id))
        workspace.clock.advance(timedelta(minutes=1))
    lead = receive_mail(workspace, api.account(), "zoe@example.com", "What is it?", from_name="Zoe van Dyk")
    api.ok("markThreadRead", thread_id=made[0])
    api.ok("toggleThreadStar", thread_id=made[1])
    return [*made, flip_id(lead.lead_id)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [2, 1, 0]),
        ({"is_read": "true"}, [0]),
        ({"is_read": "false"}, [2, 1]),
        ({"is_starred": "true"}, [1]),
        ({"is_starred": "false"}, [2, 0]),
        ({"status": "read"}, [0]),
        ({"status": "unread"}, [2, 1]),
        ({"status": "starred"}, [1]),
        ({"status": "unread", "is_starred": "true"}, [1]),
        ({"status": "read", "is_read": "false"}, []),
        ({"category": "interested"}, [0]),
        ({"category": "INTERESTED"}, []),
        ({"search": "VAN DYK"}, [2]),
        ({"search": "xgrace@"}, [1]),
        ({"search": "QUICK question"}, [1, 0]),
        ({"search": "tell me"}, []),
        ({"campaign_id": UNKNOWN_ID}, []),
        ({"limit": "2"}, [2, 1]),
        ({"limit": "2", "page": "2"}, [0]),
        ({"page": "3"}, []),
    ],
    ids=str,
)
def test_filters_add_up_and_leave_the_unread_count_alone(
    query: dict[str, str], found: list[int], api: Api, three: list[str]
) -> None:
    answer = api.ok("listReplies", query=query)
    assert [item["thread_id"] for item in answer["conversations"]] == [three[index] for index in found]
    assert answer["unread_count"] == 2


def test_the_list_can_be_of_one_campaign(api: Api, three: list[str]) -> None:
    campaign_id = api.ok("getThread", thread_id=three[0])["campaign_id"]
    assert [item["thread_id"] for item in list_threads(api, campaign_id=campaign_id)] == three[:1]


def test_the_thread_written_in_last_stands_first(api: Api, three: list[str]) -> None:
    api.workspace.clock.advance(timedelta(hours=1))
    api.ok("sendReply", {"body": "Gladly."}, thread_id=three[0])
    assert [item["thread_id"] for item in list_threads(api)] == [three[0], three[2], three[1]]


def test_threads_of_the_same_time_stand_in_the_order_of_their_first_mails(api: Api) -> None:
    workspace = api.workspace
    workspace.clock.freeze(NOON)
    account = workspace.sender_accounts.get(api.account())
    leads = [workspace.leads.get(api.lead(api.ready(), f"tie-{number}@example.com")) for number in range(4)]

    def mail(number: int) -> None:
        content = {"subject": "Hi", "body_text": "Hi", "body_html": None}
        send_mail(workspace, account, leads[number], "reply", content)

    def reply(number: int) -> None:
        receive_reply(workspace, leads[number].lead_id, "Tell me more.")

    def forget_first_reply(number: int) -> None:
        replies = workspace.events.where("lead", leads[number].lead_id)
        workspace.events.remove(next(event.event_id for event in replies if event.kind == "replied"))

    # What happens → the threads: by the first reply, then those without one by the first mail.
    steps: list[tuple[Callable[[int], None], int, list[int]]] = [
        (mail, 0, [0]),
        (mail, 1, [0, 1]),
        (reply, 2, [2, 0, 1]),
        (reply, 3, [2, 3, 0, 1]),
        (reply, 1, [2, 3, 1, 0]),
        (reply, 2, [2, 3, 1, 0]),
        (forget_first_reply, 2, [3, 1, 2, 0]),
        (forget_first_reply, 1, [3, 2, 0, 1]),
    ]
    for act, number, expected in steps:
        act(number)
        found = [outline.lead.lead_id for outline in thread_list.list_threads(workspace)]
        assert found == [thread.lead.lead_id for thread in sort_threads(workspace)]
        assert found == [leads[each].lead_id for each in expected]
