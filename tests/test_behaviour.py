"""How leads react to mails, by reaction rates or by magic address."""

from typing import Any

import pytest

from .kit.simulation import LIVELY, Simulation, emails, simulate, variant

HTML: Any = {
    "content_type": "html",
    "email_content": '<p>Hi {{first_name}}, see <a href="https://example.com/a">this</a>.</p>',
}
TRACKED: Any = {"variants": [variant(**HTML)], "enable_tracking": True, "enable_click_tracking": True}


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
def test_a_magic_address_decides_the_reaction(name: str, kinds: list[str]) -> None:
    simulation = simulate(rates=dict.fromkeys(LIVELY, 1.0))
    simulation.campaign(emails(name), **TRACKED)
    simulation.advance(days=3)
    assert [event.kind for event in simulation.events()] == ["sent", *kinds]


@pytest.mark.parametrize(
    ("name", "settings", "kinds"),
    [
        ("open", {"enable_tracking": False}, []),
        ("open", {"variants": [variant()]}, []),
        ("click", {"enable_tracking": False}, ["clicked"]),
        ("click", {"enable_click_tracking": False}, ["opened"]),
        ("click", {"variants": [variant(content_type="html", email_content="<p>No link</p>")]}, ["opened"]),
        ("reply", {"enable_tracking": False}, ["replied"]),
        ("interested", {"variants": [variant()]}, ["replied"]),
        ("unsubscribe", {"enable_unsubscribe": False}, ["opened"]),
        ("unsubscribe", {"enable_tracking": False}, ["unsubscribed"]),
    ],
)
def test_the_settings_decide_which_reactions_are_noticed(
    name: str, settings: dict[str, Any], kinds: list[str], simulation: Simulation
) -> None:
    simulation.campaign(emails(name), **{**TRACKED, **settings})
    simulation.advance(days=3)
    assert [event.kind for event in simulation.events()] == ["sent", *kinds]


@pytest.mark.parametrize(
    ("name", "category", "is_auto_reply"),
    [("reply", None, False), ("interested", "interested", False), ("ooo", "out_of_office", True)],
)
def test_a_reply_has_a_category(name: str, category: str | None, is_auto_reply: bool) -> None:
    simulation = simulate()
    simulation.campaign(emails(name))
    simulation.advance(days=1)
    [reply] = simulation.events("replied")
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
    simulation = simulate(rates={"opened": 1, "clicked": 1})
    simulation.campaign(emails("ada"), **{"variants": [variant(**HTML)], **settings})
    simulation.advance(days=3)
    assert {event.kind for event in simulation.events()} == {"sent", *kinds}


def test_a_click_names_its_link(simulation: Simulation) -> None:
    simulation.campaign(emails("click"), variants=[variant(**HTML)], enable_click_tracking=True)
    simulation.advance(days=1)
    [click] = simulation.events("clicked")
    assert click.details == {"url": "https://example.com/a", "link_index": 0, "verified": True}


@pytest.mark.parametrize(("enabled", "gone"), [(True, 5), (False, 0)])
def test_nobody_unsubscribes_without_a_link_to_do_so(enabled: bool, gone: int) -> None:
    simulation = simulate(rates={"unsubscribed": 1})
    simulation.campaign(emails("a", "b", "c", "d", "e"), enable_unsubscribe=enabled)
    simulation.advance(days=5)
    assert len(simulation.events("unsubscribed")) == gone


def test_rates_set_in_the_workspace_count_from_the_next_mail_on(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("a", "b"), daily_limit_per_inbox=1)
    simulation.advance(hours=1)
    simulation.bench.add(simulation.workspace.reaction_rates, name="bounced", value=1.0)
    simulation.advance(days=2)
    assert [simulation.name(event) for event in simulation.events("bounced")] == ["b"]
    assert simulation.status(campaign) == "COMPLETED"


def test_rates_come_out_about_as_set() -> None:
    rates = {"bounced": 0.05, "opened": 0.5, "replied": 0.1, "unsubscribed": 0.05}
    simulation = simulate(rates=rates)
    simulation.campaign(
        (f"p{n}@example.com" for n in range(1000)),
        accounts=[simulation.account(daily_limit=1000)],
        variants=[variant(**HTML)],
        enable_tracking=True,
    )
    simulation.advance(days=7)
    counts = {kind: len(simulation.events(kind)) for kind in ("bounced", "opened", "replied", "unsubscribed")}
    assert 25 <= counts["bounced"] <= 80
    assert 420 <= counts["opened"] <= 530
    assert 60 <= counts["replied"] <= 130
    assert 25 <= counts["unsubscribed"] <= 80
