"""The view of the faults, in a browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, expect

from mockserver.server.server import Server

from ..kit.api import NAME, SPEC, Api
from ..kit.browser import Watch
from ..kit.control import Control

CREATE = SPEC.operations["createCampaign"]
APP = f"""<!doctype html><title>App</title><link rel="icon" href="data:,">
<button>Create</button><output></output>
<script>
document.querySelector("button").addEventListener("click", async () => {{
  const {{ server, key }} = Object.fromEntries(new URLSearchParams(location.search));
  const answer = await fetch(server + "{CREATE.path}", {{
    method: "POST",
    headers: {{ "{SPEC.key_header}": key, "Content-Type": "application/json" }},
    body: JSON.stringify({{ name: "{NAME}" }}),
  }});
  document.querySelector("output").textContent += answer.status + " ";
}});
</script>
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def serve_app(folder: Path) -> Iterator[str]:
    """Serve the page of an application, on a port of its own; yields its address."""
    (folder / "index.html").write_text(APP, "utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/index.html"
        finally:
            server.shutdown()
            thread.join()


def show(page: Page, server: Server, key: str, path: str = "/faults") -> None:
    page.goto(f"{server.url}{path}?key={key}")


def test_the_next_request_of_an_application_fails_and_the_one_after_works(
    context: BrowserContext, watch: Watch, server: Server, key: str, tmp_path: Path
) -> None:
    page, app = context.new_page(), context.new_page()
    show(page, server, key)
    expect(page.get_by_text("No rule is in force")).to_be_visible()
    page.get_by_role("button", name="createCampaign 429 rate_limited", exact=True).click()
    group = page.get_by_role("group", name="createCampaign 429 rate_limited", exact=True)
    expect(group).to_contain_text("Rate limit exceeded. Retry after 60 seconds.")
    group.get_by_role("button", name="Next request").click()
    expect(page.get_by_role("status")).to_contain_text("createCampaign rate_limited, next request")
    row = page.get_by_role("row").filter(has_text="createCampaign")
    expect(row).to_contain_text("429 rate_limited")
    expect(row).to_contain_text("next request")
    with serve_app(tmp_path) as address:
        app.goto(f"{address}?server={server.url}&key={key}")
        app.get_by_role("button").click()
        expect(app.locator("output")).to_have_text("429 ")
        expect(page.get_by_text("No rule is in force")).to_be_visible()
        app.get_by_role("button").click()
        expect(app.locator("output")).to_have_text("429 201 ")
    show(page, server, key, "/requests")
    page.get_by_role("row").filter(has_text="429").get_by_role("link", name="POST").click()
    page.get_by_role("link", name="example=rate_limited").click()
    expect(page.locator("tr:target")).to_contain_text("createCampaign")
    expect(page.locator("tr:target")).to_be_visible()
    assert [each for each in watch.complaints if "429" in each] == watch.complaints
    watch.complaints.clear()


def test_a_rule_for_some_calls_is_added_and_removed(page: Page, server: Server, api: Api) -> None:
    control = Control(api)
    show(page, server, api.key)
    page.get_by_role("searchbox").fill("campaign_not_found")
    expect(page.get_by_text("missing_key")).to_have_count(0)
    error = page.get_by_role("button", name="getCampaign 404 campaign_not_found", exact=True)
    error.click()
    page.get_by_label("First N").fill("3")
    page.get_by_label("With share").fill("0.5")
    page.get_by_label("After delay").fill("0.25")
    page.get_by_label("After delay").press("Enter")
    row = page.get_by_role("row").filter(has_text="getCampaign")
    expect(row).to_contain_text("404 campaign_not_found, after 0.25 s")
    expect(row).to_contain_text("first 3, with share 0.5")
    [rule] = control.ok("listFaults")["faults"]
    wanted = {"operation": "getCampaign", "first": 3, "chance": 0.5, "wait": 0.25}
    assert {name: rule[name] for name in wanted} == wanted
    page.get_by_role("button", name="Always").click()
    expect(page.get_by_role("row").filter(has_text="always, with share 0.5")).to_be_visible()
    row.first.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Fault rule removed")
    expect(row).to_have_count(1)
    page.get_by_role("button", name="Remove all").click()
    expect(row).to_have_count(0)
    assert control.ok("listFaults")["faults"] == []
    page.get_by_label("With share").fill("often")
    page.get_by_role("button", name="Always").click()
    expect(page.get_by_role("alert")).to_contain_text("chance: value is not a valid")


def test_every_documented_error_of_every_operation_is_there(page: Page, server: Server, key: str) -> None:
    show(page, server, key)
    buttons = page.locator("#errors button[aria-expanded]")
    expected = [
        f"{operation.operation_id} {error.status} {error.name}"
        for operation in SPEC.operations.values()
        for error in operation.errors.values()
    ]
    assert [text.strip() for text in buttons.all_text_contents()] == expected
    page.get_by_label("Operation").select_option("deleteCampaign")
    expect(buttons.first).to_contain_text("deleteCampaign")
    assert "operation=deleteCampaign" in page.url


def test_a_search_that_is_done_leaves_the_form_alone(page: Page, server: Server, api: Api) -> None:
    show(page, server, api.key)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("searchbox").press_sequentially("rate_limited")
    expect(page.get_by_text("missing_key")).to_have_count(0)
    page.get_by_role("button", name="createCampaign 429 rate_limited", exact=True).click()
    page.get_by_label("First N").fill("3")
    page.wait_for_timeout(600)
    expect(page.get_by_label("First N")).to_have_value("3")
    assert [urlsplit(url).path for url in asked].count("/faults") == 1


def test_a_filter_keeps_the_choice_and_what_was_filled_in(page: Page, server: Server, key: str) -> None:
    show(page, server, key)
    chosen = page.get_by_role("button", name="deleteCampaign 429 rate_limited", exact=True)
    chosen.click()
    page.get_by_label("First N").fill("3")
    page.get_by_role("searchbox").press_sequentially("rate_limited")
    expect(page.get_by_text("missing_key")).to_have_count(0)
    expect(chosen).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[aria-expanded=true][aria-controls=rule]")).to_have_count(1)
    expect(page.get_by_label("First N")).to_have_value("3")
    assert page.locator("#rule [name=operation]").input_value() == "deleteCampaign"
