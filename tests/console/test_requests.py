"""The view of the requests, in a browser."""

import json
import re
import subprocess

from playwright.sync_api import BrowserContext, Page, expect

from mockserver import Settings
from mockserver.server.server import Server, running

from ..kit.api import BASE, SPEC, Api, smtp_account
from ..kit.control import Control
from ..needs import need


def show(page: Page, server: Server, key: str, path: str = "/requests", **query: str) -> None:
    page.goto(f"{server.url}{path}?key={key}" + "".join(f"&{name}={value}" for name, value in query.items()))


def test_a_refused_call_shows_at_once_with_its_reason(page: Page, server: Server, api: Api) -> None:
    show(page, server, api.key, "/")
    expect(page.get_by_text("This workspace has no request yet")).to_be_visible()
    api("createCampaign", {"name": "short"})
    row = page.get_by_role("row").filter(has_text="createCampaign")
    expect(row).to_contain_text("422")
    expect(row).to_contain_text("body.name: ensure this value has at least 8 characters")
    api.campaign()
    expect(page.get_by_role("row").nth(1)).to_contain_text("201")
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_text("This workspace has no request yet")).to_have_count(0)


def test_requests_of_others_do_not_show_but_those_without_a_usable_key(page: Page, key: str) -> None:
    with running(Settings(port=0, quiet=True)) as server:
        check_keyless(page, server, Api(server.app, key))
        page.goto("about:blank")  # before its server goes away


def check_keyless(page: Page, server: Server, api: Api) -> None:
    api.campaign()
    show(page, server, api.key)
    Api(server.app, "cs_live_other").campaign()
    api.send("GET", f"{BASE}/campaigns", headers={SPEC.key_header: "wrong"})
    row = page.get_by_role("row").filter(has_text="no usable key")
    expect(row).to_have_count(1)
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_label("No usable key").check()
    expect(page.get_by_role("row")).to_have_count(2)
    assert "keyless=1" in page.url


def test_filters_stand_in_the_address(page: Page, server: Server, api: Api) -> None:
    api.ok("listCampaigns")
    api("createCampaign", {"name": "short"})
    api.campaign()
    show(page, server, api.key)
    page.get_by_label("Status").fill("4xx")
    expect(page.get_by_role("row")).to_have_count(2)
    page.reload()
    expect(page.get_by_label("Status")).to_have_value("4xx")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_label("Status").fill("")
    page.get_by_label("Method").select_option("POST")
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_label("Text").fill("at least 8")
    expect(page.get_by_role("row")).to_have_count(2)
    api("createCampaign", {"name": "shorter"})
    expect(page.get_by_role("row")).to_have_count(3)
    api.campaign()
    page.get_by_label("Text").fill("")
    page.get_by_label("Operation").select_option("createCampaign")
    expect(page.get_by_role("row")).to_have_count(5)


def test_a_violation_is_marked_in_the_body(page: Page, server: Server, api: Api) -> None:
    api("createCampaign", {"name": "short", "settings": {}})
    show(page, server, api.key)
    page.get_by_role("link", name="POST").click()
    expect(page.locator("mark")).to_have_text('"short"')
    expect(page.get_by_role("cell", name="docs:api-reference/campaigns/create-campaign")).to_be_visible()


def test_a_missing_field_is_marked_too(page: Page, server: Server, api: Api) -> None:
    api("createCampaign", {})
    show(page, server, api.key, f"/requests/{server.app.journal.last_number}")
    expect(page.locator("mark")).to_have_text('"name" is missing')


def test_the_record_behind_a_refusal_is_linked(page: Page, server: Server, api: Api) -> None:
    campaign_id = api.campaign()
    api("updateCampaign", {"launch": True}, campaign_id=campaign_id)
    show(page, server, api.key, f"/requests/{server.app.journal.last_number}")
    link = page.get_by_role("link", name=f"campaign {campaign_id}")
    expect(link).to_have_attribute("href", f"/campaigns/{campaign_id}?key={api.key}")
    expect(page.get_by_text("leads: Add a lead with addLead")).to_be_visible()


def test_the_inbox_that_exists_is_linked(page: Page, server: Server, api: Api) -> None:
    inbox_id = api.account("sam@outreach.example.com")
    assert api("createSmtpSenderAccount", smtp_account("sam@outreach.example.com")).status >= 400
    show(page, server, api.key, f"/requests/{server.app.journal.last_number}")
    link = page.get_by_role("link", name=f"inbox {inbox_id}")
    expect(link).to_have_attribute("href", f"/data/sender_accounts/{inbox_id}?key={api.key}")


def test_the_copied_command_gives_the_same_answer(page: Page, server: Server, api: Api) -> None:
    need("curl")
    answer = api("createCampaign", {"name": "it's"})
    show(page, server, api.key, f"/requests/{server.app.journal.last_number}")
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_role("status")).to_have_text("Copied.")
    command = page.evaluate("navigator.clipboard.readText()")
    found = subprocess.run(["sh", "-c", command], capture_output=True, check=True, timeout=10)
    assert b"at least 8 characters" in found.stdout
    assert answer.status == 422


def test_a_text_box_shows_where_the_clipboard_is_refused(
    context: BrowserContext, server: Server, api: Api
) -> None:
    page = context.new_page()
    api.campaign()
    context.clear_permissions()
    show(page, server, api.key, f"/requests/{server.app.journal.last_number}")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    page.get_by_role("button", name="Copy as fetch").click()
    expect(page.get_by_role("textbox", name="Code for fetch")).to_have_value(re.compile("await fetch"))


def test_a_secret_is_not_in_the_source_of_the_page(page: Page, server: Server, api: Api) -> None:
    account = smtp_account()
    api.ok("createSmtpSenderAccount", account)
    show(page, server, api.key, f"/requests/{server.app.journal.last_number}")
    assert account["smtp_password"] not in page.content()
    expect(page.get_by_text("other secrets are placeholders")).to_be_visible()


def test_send_again_asks_again_and_is_marked(page: Page, server: Server, api: Api) -> None:
    api("createCampaign", {"name": "short"})
    show(page, server, api.key, f"/requests/{server.app.journal.last_number}")
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("status")).to_contain_text("Sent again: 422")
    page.get_by_role("status").get_by_role("link").click()
    expect(page.locator("dl.facts")).to_contain_text("the console")
    page.get_by_role("link", name="All requests").click()
    expect(page.get_by_role("row").nth(1).get_by_text("console", exact=True)).to_be_visible()


def test_fail_next_time_adds_a_rule_for_one_call(page: Page, server: Server, api: Api) -> None:
    api.campaign()
    show(page, server, api.key, f"/requests/{server.app.journal.last_number}")
    page.get_by_label("Error").select_option("rate_limited")
    page.get_by_role("button", name="Fail next time").click()
    expect(page.get_by_role("status")).to_contain_text("The next createCampaign fails: rate_limited")
    assert api("createCampaign", {"name": "Q1 Product Launch"}).status == 429
    [rule] = Control(api).ok("listFaults")["faults"]
    show(page, server, api.key, f"/requests/{server.app.journal.last_number}")
    link = page.get_by_role("link", name="example=rate_limited")
    expect(link).to_have_attribute("href", f"/faults?key={api.key}#rule-{rule['fault_id']}")
    assert api("createCampaign", {"name": "Q1 Product Launch"}).status == 201


def test_a_long_body_is_cut_with_a_link_to_all(page: Page, server: Server, api: Api) -> None:
    api("createCampaign", {"name": "x" * 150_000})
    show(page, server, api.key, f"/requests/{server.app.journal.last_number}")
    expect(page.get_by_text("Cut: the body has")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    assert len(page.locator("body").inner_text()) > 150_000


def test_an_archive_holds_what_is_shown(page: Page, server: Server, api: Api) -> None:
    api("createCampaign", {"name": "short"})
    api.campaign()

    def save() -> list[int]:
        with page.expect_download() as download:
            page.get_by_role("button", name="HAR").click()
        archive = json.loads(download.value.path().read_text("utf-8"))
        return [entry["response"]["status"] for entry in archive["log"]["entries"]]

    show(page, server, api.key, status="422")
    assert save() == [422]
    show(page, server, api.key, f"/requests/{server.app.journal.last_number}")
    assert save() == [201]
