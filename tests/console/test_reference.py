"""The view of the reference, in a browser."""

import re

from playwright.sync_api import Page, expect

from mockserver.server.server import Server

from ..kit.api import Api

DRAWN = 60_000
"""Milliseconds; Swagger UI draws all operations at once, which takes long beside other tests."""


def test_an_operation_is_tried_with_its_key(page: Page, server: Server, api: Api) -> None:
    """One walk: to draw the reference with an operation open costs more than all other views together."""
    campaign_id = api.campaign()
    page.goto(f"{server.url}/requests?key={api.key}")
    page.get_by_role("link", name="POST").click()
    page.get_by_role("link", name="createCampaign").click()
    expect(page).to_have_title(re.compile(f"Reference · {api.key}"))
    operation = page.locator("#operations-Campaigns-createCampaign")
    operation.get_by_role("button", name="Try it out").click(timeout=DRAWN)
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("201")
    [made] = [each for each in api.workspace.campaigns if each.campaign_id != campaign_id]
    assert made.status == "DRAFT"
    page.locator("a.skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    faults, requests = (
        operation.get_by_role("link", name=f"{name} of createCampaign").evaluate("each => each.href")
        for name in ("Faults", "Requests")
    )
    page.get_by_role("link", name="control API").click()
    expect(page.get_by_text("/faults/{fault_id}").first).to_be_visible(timeout=DRAWN)
    page.goto(faults)
    expect(page.get_by_label("Operation")).to_have_value("createCampaign")
    page.goto(requests)
    expect(page.get_by_role("row").filter(has_text="createCampaign")).to_have_count(2)
