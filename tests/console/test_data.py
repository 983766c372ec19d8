"""The view of the tables, in a browser."""

from playwright.sync_api import Page, expect

from mockserver.server.server import Server
from mockserver.state.records import ContactTag

from ..kit.api import Api

MANY = 10_000


def show(page: Page, server: Server, key: str, path: str = "/data") -> None:
    page.goto(f"{server.url}{path}?key={key}")


def test_a_record_is_found_by_its_table_and_by_a_reference(page: Page, server: Server, api: Api) -> None:
    show(page, server, api.key)
    expect(page.get_by_text("This workspace holds nothing yet")).to_be_visible()
    campaign_id = api.campaign()
    lead_id = api.lead(campaign_id)
    expect(page.get_by_role("row", name="leads 1")).to_have_count(1)
    page.get_by_role("link", name="leads", exact=True).click()
    page.get_by_role("link", name=lead_id).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"leads {lead_id}")
    page.get_by_role("row", name="campaign_id").get_by_role("link").click()
    expect(page.get_by_role("row", name="status")).to_contain_text("DRAFT")
    api.ok("deleteCampaign", campaign_id=campaign_id)
    expect(page.get_by_text("The table has this record no more")).to_be_visible()
    show(page, server, api.key, f"/data/leads/{api.lead(api.campaign())}")
    page.get_by_role("link", name="JSON").click()
    expect(page.locator("body")).to_contain_text('"lead_id"')


def test_the_last_of_many_rows_is_reached_with_the_keyboard(page: Page, server: Server, api: Api) -> None:
    table = server.app.workspaces.get(api.key).contact_tags
    for number in range(MANY):
        table.put(ContactTag(f"00000000-0000-4000-8000-{number:012}", f"tag {number}"))
    show(page, server, api.key, "/data/contact_tags")
    assert page.locator("*").count() < MANY
    last = page.get_by_role("link", name="Last")
    last.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name=f"tag {MANY - 1}")).to_be_visible()
    expect(page.get_by_text(f"to {MANY} of {MANY}")).to_be_visible()
    expect(last).to_have_count(0)
