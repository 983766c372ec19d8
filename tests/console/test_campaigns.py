"""The view of the campaigns, in a browser."""

from playwright.sync_api import Page, Route, expect

from mockserver.server.server import Server

from ..kit.api import Api
from ..kit.control import Control

START = {"now": "2026-01-05T09:00:00Z", "frozen": True}


def show(page: Page, server: Server, key: str, path: str = "/campaigns") -> None:
    page.goto(f"{server.url}{path}?key={key}")


def test_a_campaign_is_launched_sends_and_is_answered(page: Page, server: Server, api: Api) -> None:
    Control(api).ok("setClock", START)
    show(page, server, api.key)
    expect(page.get_by_text("This workspace has no campaign yet")).to_be_visible()
    api.campaign()
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("DRAFT")
    page.get_by_role("link", name="Q1 Product Launch").click()
    readiness = page.get_by_role("region", name="Readiness")
    expect(readiness).to_contain_text("leads missing: Add a lead with addLead", use_inner_text=True)
    launch = page.get_by_role("button", name="Launch", exact=True)
    expect(launch).to_be_disabled()
    expect(launch).to_have_accessible_description(
        "Campaign is not ready to launch. Missing: leads, inboxes, variants"
    )
    page.get_by_role("button", name="Make launchable").click()
    expect(readiness).to_contain_text("variants met", use_inner_text=True)
    launch.click()
    message = page.get_by_role("status")
    expect(message).to_contain_text("Campaign launched successfully")
    facts = page.locator("dl.facts")
    expect(facts).to_contain_text("ACTIVE")
    message.get_by_role("link").click()
    expect(page.locator("dl.facts")).to_contain_text("the console")
    page.go_back()
    for _ in range(3):
        page.get_by_role("button", name="+1 day").click()
        expect(message).not_to_be_empty()
    expect(facts).to_contain_text("Sent 1", use_inner_text=True)
    page.get_by_role("link", name="All campaigns").click()
    expect(row.get_by_role("cell").nth(3)).to_have_text("sent 1")
    views = page.get_by_role("navigation", name="Views")
    views.get_by_role("link", name="Outbox").click()
    expect(row).to_contain_text("Quick question, Ada")
    views.get_by_role("link", name="Replies").click()
    page.get_by_label("Reply").fill("Tell me more.")
    page.get_by_role("button", name="Reply as lead").click()
    expect(page.get_by_role("article", name="Mail of the lead")).to_contain_text("Tell me more.")
    views.get_by_role("link", name="Campaigns").click()
    expect(row).to_contain_text("replied 1")
    [figures] = api.ok("getCampaignAnalytics")["campaigns"]
    assert (figures["total_sent"], figures["total_replied"]) == (1, 1)


def test_buttons_that_the_api_refuses_say_why(page: Page, server: Server, api: Api) -> None:
    campaign_id = api.campaign_in("ACTIVE")
    show(page, server, api.key, f"/campaigns/{campaign_id}")

    def check(name: str, refusal: str) -> None:
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_disabled()
        expect(button).to_have_accessible_description(refusal)
        expect(page.get_by_text(refusal).first).to_be_visible()

    check("Activate", "Only PAUSED campaigns can be activated")
    check("Make launchable", "Campaign cannot be modified in ACTIVE status. Pause the campaign first.")
    page.get_by_role("button", name="Pause").click()
    check("Pause", "Only ACTIVE campaigns can be paused")
    page.get_by_role("button", name="Activate").click()
    check("Archive", "Only PAUSED or COMPLETED campaigns can be archived")
    api.ok("pauseCampaign", campaign_id=campaign_id)
    page.get_by_role("button", name="Archive").click()
    check("Launch", "Campaign cannot be modified in ARCHIVED status. Pause the campaign first.")


def test_what_a_fault_does_to_a_button_shows_as_an_alert(page: Page, server: Server, api: Api) -> None:
    campaign_id = api.campaign_in("ACTIVE")
    Control(api).ok("addFault", {"operation": "pauseCampaign", "example": "rate_limited", "first": 1})
    show(page, server, api.key, f"/campaigns/{campaign_id}")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("alert")).to_contain_text("pauseCampaign: 429")
    expect(page.locator("dl.facts")).to_contain_text("ACTIVE")


def test_a_campaign_that_is_deleted_says_so(page: Page, server: Server, api: Api) -> None:
    campaign_id = api.campaign()
    show(page, server, api.key, f"/campaigns/{campaign_id}")
    api.ok("deleteCampaign", campaign_id=campaign_id)
    expect(page.get_by_text("The workspace has this campaign no more")).to_be_visible()
    expect(page.get_by_role("button", name="Launch")).to_have_count(0)


def test_a_message_shows_though_the_view_changed_before_it(page: Page, server: Server, api: Api) -> None:
    show(page, server, api.key, f"/campaigns/{api.campaign_in('ACTIVE')}")

    def hold_back(route: Route) -> None:
        answer = route.fetch()
        expect(page.locator("dl.facts")).to_contain_text("PAUSED")
        route.fulfill(response=answer)

    page.route("**/pause", hold_back)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status")).to_contain_text("paused")
