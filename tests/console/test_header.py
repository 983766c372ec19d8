"""The header, and what holds for every view."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from mockserver import Settings
from mockserver.sending import advance
from mockserver.server.server import Server, running
from mockserver.state import workspace

from ..kit.api import Api
from ..kit.browser import Watch, find_barriers, open_context
from ..kit.control import Control
from ..kit.mails import Mailing, thread_with
from ..kit.moves import HeldMove, Mover
from ..kit.simulation import emails, ready

START = {"now": "2026-01-05T09:00:00Z", "frozen": True}
PATHS = (
    "/requests",
    "/requests/{number}",
    "/campaigns",
    "/campaigns/{campaign_id}",
    "/campaigns/{campaign_id}/leads/{lead_id}",
    "/faults",
    "/data",
    "/docs",
    "/data/campaigns",
    "/data/campaigns/{campaign_id}",
    "/outbox",
    "/outbox/{email_id}",
    "/replies",
)
"""Of the views that every promise is held against."""
OF_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe that look at colours; for the others, a page in other colours is the same."""


def show(page: Page, server: Server, key: str, path: str = "/requests") -> None:
    page.goto(f"{server.url}{path}?key={key}")


def test_the_clock_shows_a_move_that_was_made_elsewhere(page: Page, server: Server, api: Api) -> None:
    control = Control(api)
    control.ok("setClock", START)
    show(page, server, api.key)
    clock = page.locator("#clock")
    expect(clock).to_contain_text("2026-01-05 09:00:00 UTC")
    expect(clock).to_contain_text("frozen")
    expect(clock).to_contain_text("2026-01-05 10:00:00 Europe/Berlin")
    control.ok("moveClock", {"advance": "1d"})
    expect(clock).to_contain_text("2026-01-06 09:00:00 UTC")
    control.ok("setClock", {"frozen": False})
    expect(clock).to_contain_text("running")
    expect(clock).to_contain_text("2026-01-06 09:00:02 UTC")  # it ticks by itself


def test_the_clock_moves_and_says_what_happened(page: Page, server: Server, api: Api) -> None:
    control = Control(api)
    api.update(api.ready(), launch=True)
    control.ok("setClock", START)
    show(page, server, api.key)
    page.get_by_role("button", name="Next send").click()
    expect(page.get_by_role("status")).to_contain_text("sent 1")
    page.get_by_role("button", name="+1 hour").click()
    expect(page.get_by_role("status")).to_contain_text("UTC: ")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#clock")).to_contain_text("running")
    page.get_by_role("button", name="Freeze").click()
    expect(page.locator("#clock")).to_contain_text("frozen")
    page.get_by_label("Move the clock to or by").fill("2026-03-01 10:00")
    page.get_by_role("button", name="Go").click()
    expect(page.locator("#clock")).to_contain_text("2026-03-01 10:00:00 UTC")
    page.get_by_label("Move the clock to or by").fill("soon")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_role("alert")).not_to_be_empty()


def test_the_menu_loads_a_seed(page: Page, server: Server, api: Api) -> None:
    show(page, server, api.key)
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Load seed launch-ready").click()
    expect(page.get_by_role("status")).to_contain_text("Seed launch-ready loaded: 2 campaigns")
    page.get_by_role("button", name="Reset to seed").click()
    expect(page.get_by_role("status")).to_contain_text("Reset to seed: 2 campaigns")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Load seed empty").click()
    expect(page.get_by_role("status")).to_contain_text("nothing in it")
    page.get_by_label("Import").set_input_files(download.value.path())
    expect(page.get_by_role("status")).to_contain_text("Imported: 2 campaigns")


def test_two_windows_see_nothing_of_each_other(context: BrowserContext, server: Server, key: str) -> None:
    pages = {name: context.new_page() for name in (f"{key}_1", f"{key}_2")}
    for name, page in pages.items():
        show(page, server, name)
    for name in pages:
        Api(server.app, name).campaign()
    for name, page in pages.items():
        expect(page.get_by_role("row")).to_have_count(2)
        expect(page).to_have_title(re.compile(re.escape(f"Requests · {name}")))
        for other in pages:
            expect(page.get_by_label("Workspace").locator("option").filter(has_text=other)).to_have_count(1)
    first, second = pages
    page = pages[first]
    page.get_by_label("Workspace").select_option(second)
    expect(page).to_have_title(re.compile(second))
    page.get_by_role("button", name="New workspace").click()
    expect(page.get_by_text("This workspace has no request yet")).to_be_visible()
    page.get_by_label("Key", exact=True).fill(first)
    page.get_by_role("button", name="Open").click()
    expect(page).to_have_title(re.compile(first))


def test_seven_tabs_are_all_live(context: BrowserContext, server: Server, api: Api) -> None:
    pages = [context.new_page() for _ in range(7)]
    for page in pages:
        show(page, server, api.key)
    api.campaign()
    for page in pages:
        expect(page.get_by_role("row")).to_have_count(2)
    pages[-1].get_by_role("button", name="+1 day").click()
    expect(pages[-1].get_by_role("status")).to_contain_text("nothing happened")


def test_the_page_goes_on_after_a_restart(browser: Browser, key: str) -> None:
    watch = Watch()
    with open_context(browser, watch) as context:
        page = context.new_page()
        with running(Settings(port=0, quiet=True, grace=1)) as server:
            port = int(server.url.rpartition(":")[2])
            show(page, server, key)
            Api(server.app, key).campaign()
            expect(page.get_by_role("row")).to_have_count(2)
        expect(page.get_by_text("The server is away")).to_be_visible()
        with running(Settings(port=port, quiet=True, grace=1)) as server:
            Api(server.app, key).campaign()
            Api(server.app, key).campaign()
            expect(page.get_by_role("row")).to_have_count(3)
            expect(page.get_by_text("The server is away")).to_be_hidden()
    assert watch.strangers == []


@pytest.fixture(scope="module")
def narrow(browser: Browser) -> Iterator[tuple[Page, Watch]]:
    """One window for all views, since each new one costs a process."""
    watch = Watch()
    with open_context(browser, watch, viewport={"width": 390, "height": 800}) as context:
        yield context.new_page(), watch


@pytest.mark.parametrize("path", PATHS)
def test_a_view_is_usable_on_a_narrow_screen_and_without_eyes(
    narrow: tuple[Page, Watch], server: Server, api: Api, path: str
) -> None:
    page, watch = narrow
    api("createCampaign", {"name": "short", "description": "x" * 300})
    names = {"number": str(server.app.journal.last_number)}
    if "{campaign_id}" in path:
        names["campaign_id"] = api.campaign_in("ACTIVE")
        names["lead_id"] = api.leads(names["campaign_id"])[0]["lead_id"]
        api.happen(names["lead_id"], "sent", "opened", "clicked", "replied", "bounced", "unsubscribed")
    if "outbox" in path:
        html = {"email_content": "<p>Hi {{first_name}}</p>" + "x" * 300, "content_type": "html"}
        names["email_id"] = Mailing(api, html, enable_tracking=True).send(subject="For Ada").email_id
    if path == "/replies":
        thread_with(api, api.lead(api.campaign_in("ACTIVE"), "x" * 50 + "@example.com"), "y" * 300)
    show(page, server, api.key, path.format_map(names))
    widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    scrolled, shown = page.evaluate(widths)
    assert scrolled <= shown
    page.emulate_media(color_scheme="light")
    assert find_barriers(page) == []
    page.emulate_media(color_scheme="dark")
    assert find_barriers(page, *OF_COLOURS) == []
    watch.check()


def test_a_long_move_shows_how_far_it_has_come_and_can_be_stopped(
    page: Page, server: Server, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advance, "LOOK_EVERY", 1)
    monkeypatch.setattr(workspace, "Move", HeldMove)
    control = Control(api)
    control.ok("setClock", START)
    api.update(ready(api, *emails("one", "two")), launch=True)
    page.goto(f"{server.url}/requests?key={api.key}")
    mover = Mover(control, {"advance": "30d"})
    clock = page.locator("#clock")
    expect(clock).to_contain_text("to 2026-02-04 09:00:00 UTC, 1 events")
    expect(page.get_by_role("progressbar", name="Move of the clock")).to_be_visible()
    with page.expect_response("**/clock/move"):
        page.get_by_role("button", name="Stop").click()
    mover.finish()
    expect(page.locator("#pace")).to_have_text("frozen")
    expect(clock).to_contain_text("2026-01-05 09:0")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
