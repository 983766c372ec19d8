"""What people do with their mails, by rates or by the name of their address."""

from typing import Any

import pytest

from .kit.simulation import LIVELY, Story, emails, story, variant

HTML: Any = {"content_type": "html", "email_content": "<p>Hi {{first_name}}, see https://example.com/a</p>"}


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("silent.ada", []),
        ("bounce", ["bounced"]),
        ("OpenSesame", ["opened"]),
        ("clicker", ["opened", "clicked"]),
        ("reply", ["opened", "replied"]),
        ("interested", ["opened", "replied"]),
        ("ooo", ["replied"]),
        ("unsubscribe", ["opened", "unsubscribed"]),
    ],
)
def test_an_address_tells_what_its_owner_does(name: str, kinds: list[str]) -> None:
    tale = story(rates=dict.fromkeys(LIVELY, 1.0))
    tale.campaign(emails(name))
    tale.advance(days=3)
    assert [event.kind for event in tale.events()] == ["sent", *kinds]


@pytest.mark.parametrize(
    ("name", "category", "is_auto_reply"),
    [("reply", None, False), ("interested", "interested", False), ("ooo", "out_of_office", True)],
)
def test_a_reply_has_a_category(name: str, category: str | None, is_auto_reply: bool) -> None:
    tale = story()
    tale.campaign(emails(name))
    tale.advance(days=1)
    [reply] = tale.events("replied")
    assert reply.details.get("category") == category
    assert reply.details["is_auto_reply"] is is_auto_reply
    assert reply.details["subject"].endswith("Quick question,")
    assert reply.details["body"]


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({}, set()),
        ({"enable_tracking": True}, {"opened"}),
        ({"enable_click_tracking": True}, {"clicked"}),
        ({"enable_tracking": True, "variants": [variant()]}, set()),
        ({"enable_click_tracking": True, "variants": [variant()]}, set()),
    ],
)
def test_opens_and_clicks_are_noticed_only_where_they_are_tracked(
    settings: dict[str, Any], kinds: set[str]
) -> None:
    tale = story(rates={"opened": 1, "clicked": 1})
    tale.campaign(emails("ada"), **{"variants": [variant(**HTML)], **settings})
    tale.advance(days=3)
    assert {event.kind for event in tale.events()} == {"sent", *kinds}


def test_a_click_names_its_link(tale: Story) -> None:
    tale.campaign(emails("click"), variants=[variant(**HTML)], enable_click_tracking=True)
    tale.advance(days=1)
    [click] = tale.events("clicked")
    assert click.details == {"url": "https://example.com/a", "link_index": 0, "verified": True}


@pytest.mark.parametrize(("enabled", "gone"), [(True, 5), (False, 0)])
def test_nobody_unsubscribes_without_a_link_to_do_so(enabled: bool, gone: int) -> None:
    tale = story(rates={"unsubscribed": 1})
    tale.campaign(emails("a", "b", "c", "d", "e"), enable_unsubscribe=enabled)
    tale.advance(days=5)
    assert len(tale.events("unsubscribed")) == gone


def test_rates_set_in_the_workspace_count_from_the_next_mail_on(tale: Story) -> None:
    campaign = tale.campaign(emails("a", "b"), daily_limit_per_inbox=1)
    tale.advance(hours=1)
    tale.bench.add(tale.workspace.reaction_rates, name="bounced", value=1.0)
    tale.advance(days=2)
    assert [tale.name(event) for event in tale.events("bounced")] == ["b"]
    assert tale.status(campaign) == "COMPLETED"


def test_rates_come_out_about_as_set() -> None:
    rates = {"bounced": 0.05, "opened": 0.5, "replied": 0.1, "unsubscribed": 0.05}
    tale = story(rates=rates)
    tale.campaign((f"p{n}@example.com" for n in range(1000)), inboxes=[tale.inbox(daily_limit=1000)],
                  variants=[variant(**HTML)], enable_tracking=True)  # fmt: skip
    tale.advance(days=7)
    counts = {kind: len(tale.events(kind)) for kind in ("bounced", "opened", "replied", "unsubscribed")}
    assert 25 <= counts["bounced"] <= 80
    assert 420 <= counts["opened"] <= 530
    assert 60 <= counts["replied"] <= 130
    assert 25 <= counts["unsubscribed"] <= 80
