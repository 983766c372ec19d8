"""The timeline and the leads of a campaign, in a browser."""

import re

from playwright.sync_api import Page, expect

from mockserver.server.server import Server

from ..kit.api import NAME, Api, follow_up
from ..kit.control import Control
from ..kit.simulation import ready

START = {"now": "2026-03-27T09:00:00Z", "frozen": True}


def show(page: Page, server: Server, key: str, path: str) -> None:
    page.goto(f"{server.url}{path}?key={key}")


def test_planned_mails_are_sent_while_one_watches(page: Page, server: Server, api: Api) -> None:
    Control(api).ok("setClock", START)
    campaign_id = ready(api, "silent@example.com", "bounce@example.com", sequences=[follow_up(2)])
    api.update(campaign_id, timezone="Europe/Berlin", launch=True)
    show(page, server, api.key, f"/campaigns/{campaign_id}")
    timeline = page.get_by_role("img", name=f"Timeline of {NAME}")
    expect(timeline).to_be_visible()
    planned = timeline.locator(".mark.planned title")
    expect(planned).to_have_count(3)
    expect(planned.first).to_have_text(
        "silent@example.com, step 1, 2026-03-27 09:01:00 UTC (Fri 27 Mar 10:01 Berlin), planned"
    )
    change = timeline.locator(".change title")
    expect(change).to_have_text(re.compile("clocks are put forward by 60 minutes, 2026-03-29 01:00:00 UTC"))
    expect(timeline.locator(".day title").first).to_contain_text(
        "Fri 27 Mar 2026: window 00:00 to 24:00, lim"
    )
    page.get_by_role("button", name="+1 day").click()
    sent = timeline.locator(".mark.sent title")
    expect(sent).to_have_count(2)
    expect(sent.first).to_have_text(
        "silent@example.com, step 1, 2026-03-27 09:01:00 UTC (Fri 27 Mar 10:01 Berlin), sent"
    )
    expect(timeline.locator(".mark.bounced title")).to_contain_text("bounce@example.com, ")
    expect(planned).to_have_count(1)
    chart = page.get_by_role("img", name=f"Counts per day of {NAME}")
    expect(chart.locator(".bar.sent title")).to_have_text("2026-03-27: sent 2")
    expect(page.get_by_text("sent 2, planned 1, bounced 1.")).to_be_visible()


def test_leads_say_why_and_do_what_one_wants(page: Page, server: Server, api: Api) -> None:
    Control(api).ok("setClock", START)
    campaign_id = ready(api, "silent@example.com", "silent+2@example.com", sequences=[follow_up(2)])
    api.update(campaign_id, launch=True)
    show(page, server, api.key, f"/campaigns/{campaign_id}")
    row = page.get_by_role("row").filter(has_text="silent+2@example.com")
    expect(row).to_contain_text("the first mail goes out from")
    page.get_by_role("button", name="+1 hour").click()
    expect(row).to_contain_text("It waits for step 2, due on Mon 30 Mar")
    row.get_by_role("button", name="Opens").focus()
    page.keyboard.press("Enter")
    expect(row).to_contain_text("OPENED")
    expect(row.get_by_role("button", name="Opens")).to_be_focused()
    expect(page.locator("dl.facts").first).to_contain_text("Opened 1", use_inner_text=True)
    row.get_by_role("button", name="Clicks").click()
    expect(page.get_by_role("alert")).not_to_be_empty()  # the mail has no link
    row.get_by_role("button", name="Replies…").click()
    page.get_by_label("Reply of silent+2@example.com").fill("Tell me more.")
    page.get_by_role("button", name="Reply as lead").click()
    expect(row).to_contain_text("REPLIED")
    expect(page.get_by_role("button", name="Reply as lead")).to_have_count(0)
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", name="silent+2@example.com")).to_be_visible()
    journey = page.get_by_role("region", name="Journey")
    expect(journey.get_by_role("row")).to_have_count(4)
    expect(journey).to_contain_text("Tell me more.")
    expect(page.get_by_role("region", name="Why")).to_contain_text("which ends the main sequence")
    page.get_by_role("button", name="Unsubscribes").click()
    expect(journey.get_by_role("row")).to_have_count(5)
    expect(page.locator("dl.facts")).to_contain_text("UNSUBSCRIBED")


def test_many_leads_come_page_by_page_and_are_summed(page: Page, server: Server, api: Api) -> None:
    Control(api).ok("setClock", START)
    campaign_id = ready(api)
    file = "email\n" + "".join(f"silent+{number}@example.com\n" for number in range(2499))
    api.upload(campaign_id, file)
    inbox_ids = [api.account(f"sam+{number}@outreach.example.com") for number in range(12)]
    api.update(campaign_id, inbox_ids=inbox_ids, launch=True)
    show(page, server, api.key, f"/campaigns/{campaign_id}")
    timeline = page.get_by_role("img", name=f"Timeline of {NAME}")
    expect(timeline.locator(".bar.planned title").first).to_contain_text("2026-03-27: planned ")
    expect(timeline.locator(".mark")).to_have_count(0)
    expect(page.get_by_role("row")).to_have_count(26)
    page.get_by_role("link", name="Last").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").last).to_contain_text("silent+2498@example.com")
    expect(page.get_by_text("Page 100 of 100")).to_be_visible()
    assert page.locator("*").count() < 2000
