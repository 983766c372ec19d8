"""The view of the mails, in a browser."""

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from mockserver.server.server import Server

from ..kit.api import Api, variant
from ..kit.control import Control
from ..kit.mails import Mailing

START = {"now": "2026-01-05T09:00:00Z", "frozen": True}


def show(page: Page, server: Server, key: str, path: str = "/outbox", **query: str) -> None:
    page.goto(f"{server.url}{path}?key={key}" + "".join(f"&{name}={value}" for name, value in query.items()))


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """A port that nobody may knock at."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.setblocking(False)
        yield made


def test_a_mail_of_a_launched_campaign_shows_at_once(page: Page, server: Server, api: Api) -> None:
    control = Control(api)
    control.ok("setClock", START)
    campaign_id = api.ready(
        variants=[
            variant(
                subject_template="For {{first_name|you}}",
                email_content="<p>Hi <b>{{email}}</b>, <a href='https://example.com/offer'>look</a></p>",
                content_type="html",
            )
        ],
        enable_tracking=True,
    )
    show(page, server, api.key)
    expect(page.get_by_text("This workspace has sent no mail yet")).to_be_visible()
    api.update(campaign_id, launch=True)
    page.get_by_role("button", name="Next send").click()
    page.get_by_role("link", name="For you").click()
    frame = page.frame_locator("iframe")
    expect(frame.locator("b")).to_have_text("ada@example.com")
    expect(page.locator("iframe")).to_have_attribute("sandbox", "")
    assert page.locator("iframe").evaluate("each => each.contentDocument") is None
    url = page.url
    frame.get_by_text("look").click()
    frame.get_by_text("Unsubscribe").click()
    expect(frame.locator("b")).to_have_text("ada@example.com")
    assert page.url == url
    expect(page.get_by_role("row").filter(has_text="{{first_name|you}}")).to_contain_text("you")
    expect(page.locator("mark").filter(has_text="ada@example.com")).to_be_visible()
    [mail] = control.ok("listOutbox")["mails"]
    expect(page.get_by_text(mail["pixel_url"], exact=True)).to_be_visible()
    expect(page.get_by_text(mail["unsubscribe_url"], exact=True)).to_be_visible()
    expect(page.get_by_text("List-Unsubscribe", exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name=".eml").click()
    assert b"Subject: For you" in download.value.path().read_bytes()
    # looking counts as nothing
    counts = api.ok("getCampaign", campaign_id=campaign_id)
    assert (counts["sent_count"], counts["open_count"], counts["unsubscribe_count"]) == (1, 0, 0)


def test_a_hostile_mail_does_nothing(
    context: BrowserContext, server: Server, api: Api, trap: socket.socket
) -> None:
    page = context.new_page()
    there = f"http://127.0.0.1:{trap.getsockname()[1]}"
    content = f"""<html><head><link rel="preconnect" href="{there}">
        <link rel="stylesheet" href="{there}/a.css">
        <meta http-equiv="refresh" content="0;url={there}"><base href="{there}">
        <style>@import "{there}/b.css"; p {{ background: url({there}/c.png) }}</style></head>
        <body><p onclick="location='{there}'">Innocent</p><script>location = "{there}"</script>
        <img src="{there}/d.png" alt="Logo"><iframe src="{there}/e"></iframe>
        <object data="{there}/f"></object>
        <form action="{there}/g"><button>Go</button></form><a href="{there}/h" ping="{there}/i">link</a>
        </body></html>"""
    mailing = Mailing(api, {"content_type": "raw_html", "email_content": content})
    mail = mailing.send()
    show(page, server, api.key, f"/outbox/{mail.email_id}")
    frame = page.frame_locator("iframe")
    frame.get_by_text("Innocent").click()
    frame.get_by_text("link").click()
    alone = context.new_page()
    answer = alone.goto(f"{server.url}/outbox/{mail.email_id}/html?key={api.key}")
    assert answer is not None
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: cid:; sandbox"
    )
    alone.get_by_text("Innocent").click()
    alone.get_by_text("link").click()
    assert alone.url.startswith(server.url)
    page.wait_for_timeout(300)
    with pytest.raises(BlockingIOError):
        trap.accept()


def test_what_is_typed_before_the_page_is_ready_is_searched_for(page: Page, server: Server, api: Api) -> None:
    held: list[Route] = []
    page.route("**/htmx.min.js*", lambda route: held.append(route))  # noqa: PLW0108 (playwright takes no method)
    page.goto(f"{server.url}/outbox?key={api.key}", wait_until="commit")
    page.get_by_role("main").get_by_label("Search").fill("nobody")
    held[0].continue_()
    page.wait_for_url("**search=nobody**")
    page.unroute("**/htmx.min.js*")


def test_ten_thousand_mails_are_pages_away(page: Page, server: Server, api: Api) -> None:
    control = Control(api)
    control.ok("setClock", START)
    campaign_id = api.campaign(enable_unsubscribe=False)
    api.upload(campaign_id, "email\n" + "".join(f"person-{number}@example.com\n" for number in range(10_000)))
    inbox_ids = [api.account(f"sender-{number}@outreach.example.com") for number in range(20)]
    api.update(campaign_id, inbox_ids=inbox_ids, variants=[variant()], launch=True)
    assert control.ok("moveClock", {"advance": "60d"})["happened"]["sent"] == 10_000
    show(page, server, api.key)
    expect(page.get_by_text("10000 mails, the newest first")).to_be_visible()
    assert page.get_by_role("row").count() <= 2_000
    page.get_by_role("link", name="Oldest").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Page 100 of 100")).to_be_visible()
    [first] = control.ok("listOutbox", query={"limit": 1})["mails"]
    page.get_by_role("row").last.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.locator("dl.facts")).to_contain_text(first["to"])
    page.get_by_role("link", name="All mails").click()
    page.get_by_role("main").get_by_label("Search").fill("PERSON-77@")
    expect(page.get_by_role("row")).to_have_count(2)
    assert "search=PERSON-77%40" in page.url
