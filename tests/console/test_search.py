"""The search of the console, in a browser."""

import re

from playwright.sync_api import Page, expect

from mockserver.server.server import Server

from ..kit.api import Api
from ..kit.browser import find_barriers


def test_a_campaign_is_opened_with_the_keyboard(page: Page, server: Server, api: Api) -> None:
    campaign_id = api.campaign(name="Spring Offer 2026")
    page.goto(f"{server.url}/requests?key={api.key}")
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Search")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("offer")
    expect(dialog.get_by_role("link")).to_have_text(["Spring Offer 2026"])
    assert find_barriers(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("Meta+k")
    page.keyboard.type(campaign_id)
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("Spring Offer 2026"))
    page.get_by_role("button", name="Search").click()
    page.keyboard.type("no such thing")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Nothing found")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type("pausecampaign")
    expect(dialog.get_by_role("link")).to_have_text(["pauseCampaign"])
