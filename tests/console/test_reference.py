"""The view of the reference, in a browser."""

import re

from playwright.sync_api import Page, expect

from mockserver.server.server import Server

from ..kit.api import Api

DRAWN = 60_000
"""Milliseconds; Swagger UI draws all operations at once, which takes long beside other tests."""


def test_an_operation_is_tried_with_its_key(page: Page, server: Server, api: Api) -> None:
    page.goto(f"{server.url}/docs?key={api.key}#/Campaigns/createCampaign")
    operation = page.locator("#operations-Campaigns-createCampaign")
    operation.get_by_role("button", name="Try it out").click(timeout=DRAWN)
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("201")
    [campaign] = api.workspace.campaigns
    operation.get_by_role("link", name="Requests of createCampaign").click()
    row = page.get_by_role("row").filter(has_text="createCampaign")
    expect(row).to_have_count(1)
    row.get_by_role("link", name="POST").click()
    page.get_by_role("link", name="createCampaign").click()
    expect(page).to_have_title(re.compile(f"Reference · {api.key}"))
    expect(operation.get_by_role("button", name="Try it out")).to_be_visible(timeout=DRAWN)
    operation.get_by_role("link", name="Faults of createCampaign").click()
    expect(page.get_by_label("Operation")).to_have_value("createCampaign")
    page.get_by_role("link", name="Reference").click()
    page.get_by_role("link", name="control API").click()
    expect(page.get_by_text("/faults/{fault_id}").first).to_be_visible(timeout=DRAWN)
    assert campaign.status == "DRAFT"


def test_the_skip_link_leads_to_the_content(page: Page, server: Server, api: Api) -> None:
    page.goto(f"{server.url}/docs?key={api.key}")
    expect(page.get_by_role("heading", name="ColdSend public API").first).to_be_visible(timeout=DRAWN)
    page.locator("a.skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
