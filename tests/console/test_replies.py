"""The view of the threads, in a browser."""

from playwright.sync_api import Page, expect

from mockserver.server.server import Server

from ..kit.api import Api
from ..kit.control import Control
from ..kit.mails import list_threads, thread_with

START = {"now": "2026-01-05T14:00:00Z", "frozen": True}


def show(page: Page, server: Server, key: str, path: str = "/replies") -> None:
    page.goto(f"{server.url}{path}?key={key}")


def test_a_reply_is_written_as_the_lead_and_analytics_agree(page: Page, server: Server, api: Api) -> None:
    control = Control(api)
    control.ok("setClock", START)
    show(page, server, api.key)
    expect(page.get_by_text("no lead who could reply")).to_be_visible()
    campaign_id = api.campaign_in("ACTIVE")
    control.ok("moveClock", {"to": "next-send"})
    page.reload()
    expect(page.get_by_text("No lead has replied yet")).to_be_visible()
    page.get_by_label("Reply").fill("Tell me <b>more</b>.")
    page.get_by_role("button", name="Reply as lead").click()
    expect(page.get_by_role("article", name="Mail of the lead")).to_contain_text("Tell me <b>more</b>.")
    expect(page.get_by_role("article", name="Mail to the lead")).to_have_count(1)
    page.get_by_label("Reply").fill("And the price?")
    page.get_by_label("Category").fill("interested")
    page.get_by_role("button", name="Reply as lead").click()
    expect(page.get_by_role("status")).to_contain_text("ada@example.com replied.")
    expect(page.get_by_role("article")).to_have_count(3)
    expect(page.get_by_label("Reply")).to_have_value("")
    expect(page.get_by_role("row").filter(has_text="ada@example.com")).to_contain_text("interested")
    [thread] = list_threads(api)
    assert (thread["category"], thread["last_message_preview"]) == ("interested", "And the price?")
    assert api.read(campaign_id)["reply_count"] == 1
    [figures] = api.ok("getCampaignAnalytics")["campaigns"]
    assert (figures["total_sent"], figures["total_replied"]) == (1, 1)
    page.get_by_role("link", name="whole mail").click()
    expect(page.locator("dl.facts")).to_contain_text("ada@example.com")


def test_threads_come_in_while_somebody_writes(page: Page, server: Server, api: Api) -> None:
    campaign_id = api.campaign_in("ACTIVE")
    first, second = (api.lead(campaign_id, f"{name}@example.com") for name in ("first", "second"))
    thread_with(api, first, "One.")
    show(page, server, api.key)
    page.get_by_label("Reply").fill("half a sen")
    thread_with(api, second, "Two.")
    row = page.get_by_role("row").filter(has_text="second@example.com")
    expect(row).to_contain_text("unread")
    expect(page.get_by_label("Reply")).to_have_value("half a sen")
    expect(page.get_by_role("article", name="Mail of the lead")).to_contain_text("One.")
    row.get_by_role("link").click()
    expect(page.get_by_role("article", name="Mail of the lead")).to_contain_text("Two.")
