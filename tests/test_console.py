"""The console without a browser: who may see it, what it costs, what it leaves alone."""

import gzip
import hashlib
import html
import json
import logging
import re
import shlex
from base64 import b64encode
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mockserver import Settings, create_app
from mockserver.console import pages
from mockserver.console.console import Console
from mockserver.console.navigation import NAVIGATION
from mockserver.console.pages import CONTENT_SECURITY_POLICY, STATIC
from mockserver.console.views import VIEWS, campaign, campaigns, requests
from mockserver.model import lead_counts
from mockserver.state.records import Campaign
from mockserver.state.workspace import Workspace

from .kit.api import BASE, NAME, SPEC, Api, smtp_account
from .kit.control import Control

ELSEWHERE = {"REMOTE_ADDR": "192.168.1.20"}
HTML = {"Accept": "text/html"}
LOOKS = (
    "/",
    "/requests",
    "/requests/1",
    "/campaigns",
    "/outbox",
    "/outbox/1",
    "/replies",
    "/replies/1",
    "/docs",
    "/faults",
    "/data",
    "/data/leads",
    "/data/leads/1",
)
FIRST_LOAD = 150 * 1024
NO_ID = "00000000-0000-4000-8000-000000000000"
_NUMBERS = count(1)


@pytest.fixture
def key() -> str:
    return f"cs_live_{next(_NUMBERS)}_console"


def look(api: Api, path: str = "/", **request: Any) -> Any:
    request.setdefault("headers", HTML)
    return api.client.get(f"{path}?key={api.key}", **request)


@pytest.mark.parametrize("path", ["/", "/campaigns", "/outbox", "/replies"])
def test_a_command_to_copy_is_quoted_whatever_the_key_is(api: Api, path: str) -> None:
    key = "cs_live_it's; exit 1 #"
    page = api.client.get(path, query_string={"key": key}, headers=HTML).text
    [command] = re.findall(r"<code>(curl .*?)</code>", page, re.DOTALL)
    words = shlex.split(html.unescape(command).replace("\\\n", ""))
    assert f"X-API-Key: {key}" in words
    json.loads(words[words.index("--data-raw") + 1])


def test_the_vendored_files_are_those_of_the_manifest() -> None:
    manifest = json.loads((STATIC / "MANIFEST.json").read_text("utf-8"))
    for row in manifest:
        assert hashlib.sha256((STATIC / row["file"]).read_bytes()).hexdigest() == row["sha256"], row
        assert row["license"] == "0BSD"
    assert {row["file"] for row in manifest} == {path.name for path in STATIC.glob("*.min.js")}


@pytest.mark.parametrize(
    "path", ["/", "/requests", "/requests/1", "/faults", "/console/events", "/console/export"]
)
def test_every_answer_keeps_to_itself(api: Api, path: str) -> None:
    api.campaign()
    answer = (
        look(api, path, query_string=None)
        if path != "/console/events"
        else api.client.get(f"{path}?key={api.key}&view=requests")
    )
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_no_template_but_that_of_swagger_has_inline_scripts_or_styles() -> None:
    for path in (Path(pages.__file__).parent / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert " on" + "click=" not in text, path
        inline = text.count("<script") - text.count("<script src=")
        assert inline == (path.name == "swagger.html"), path


def test_the_first_load_is_small() -> None:
    api = Api(create_app(Settings()), "cs_live_first_load")
    for _ in range(requests.MOST_ROWS):
        api("createCampaign", {"name": "short"})
    for number in range(200):
        Api(api.app, f"cs_live_{number}_neighbour").campaign()
    headers = {**HTML, "Accept-Encoding": "gzip, deflate, br"}
    page = look(api, headers=headers)
    text = gzip.decompress(page.data).decode()
    files = [path.name for path in STATIC.iterdir() if path.name in text]
    assert len(files) >= 4
    loads = [page, *(api.client.get(f"/console/static/{name}", headers=headers) for name in files)]
    assert {load.headers["Content-Encoding"] for load in loads} == {"gzip"}
    assert sum(len(load.data) for load in loads) < FIRST_LOAD


def test_a_page_is_plain_for_who_takes_no_gzip(api: Api) -> None:
    for accepted in ("identity", "gzip;q=0", ""):
        page = look(api, headers={**HTML, "Accept-Encoding": accepted})
        assert "Content-Encoding" not in page.headers
        assert page.headers["Vary"] == "Accept-Encoding"
        assert page.data.startswith(b"<!doctype html>")


def test_the_title_names_view_and_workspace_and_links_keep_the_key(api: Api) -> None:
    text = look(api, "/requests").get_data(as_text=True)
    assert f"<title>Requests · {api.key} · " in text
    for name, path in NAVIGATION.items():
        assert f'<a href="{path}?key=' in text, name


def test_a_table_is_shown_in_pages_and_as_json_without_secrets(api: Api) -> None:
    account = smtp_account()
    inbox_id = api.ok("createSmtpSenderAccount", account)["inbox_id"]
    path = f"/data/sender_accounts/{inbox_id}"
    assert f'<a href="{path}?key=' in look(api, "/data/sender_accounts").get_data(as_text=True)
    shown = [look(api, each).get_data(as_text=True) for each in ("/data/sender_accounts", path)]
    sent = [look(api, f"/console{each}") for each in ("/data/sender_accounts", path)]
    [record], same = (each.get_json() for each in sent)
    assert record == same
    assert (record["inbox_id"], record["email_address"]) == (inbox_id, account["email_address"])
    for text in (*shown, *(each.get_data(as_text=True) for each in sent)):
        assert account["email_address"] in text
        assert account["smtp_password"] not in text
    tables = look(api, "/data").get_data(as_text=True)
    for table in api.workspace.tables:
        assert f'<a href="/data/{table}?key=' in tables
        assert look(api, f"/data/{table}").status_code == 200
    for gone in ("/data/things", "/data/leads/1", "/data/things/1"):
        assert look(api, gone).status_code == 404


def test_looking_leaves_no_trace(key: str) -> None:
    app = create_app(Settings(rate_limit=True))
    api = Api(app, key)
    for path in (*LOOKS, "/console/export", "/console/requests.har", "/console/capsule.json"):
        look(api, path)
    for view in (view.name for view in VIEWS):
        api.client.get(f"/console/events?view={view}&key={key}")
    assert list(app.workspaces) == []
    assert app.journal.last_number == 0
    control = Control(api)
    control.ok("addFault", {"status": 503, "first": 1})
    look(api, "/requests")
    assert control.ok("listFaults")["faults"][0]["seen"] == 0


def test_looking_at_a_campaign_changes_nothing(api: Api) -> None:
    campaign_id = api.campaign_in("ACTIVE")
    lead_id = api.leads(campaign_id)[0]["lead_id"]
    before, journaled = api.workspace.make_mark(), api.app.journal.last_number
    for path in (f"/campaigns/{campaign_id}", f"/campaigns/{campaign_id}/leads/{lead_id}"):
        assert look(api, path).status_code == 200
    stream = f"/console/events?view=campaigns&campaign={campaign_id}&key={api.key}"
    text = api.client.get(stream).get_data(as_text=True)
    assert {name for name in ("figures", "timeline", "leads") if f'<div id="{name}" hx-swap-oob' in text} == {
        "figures", "timeline", "leads",
    }  # fmt: skip
    assert f"Timeline of {NAME}" in text
    assert (api.workspace.make_mark(), api.app.journal.last_number) == (before, journaled)


def test_what_changes_while_a_page_is_made_comes_with_its_stream(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = api.campaign()

    def count_and_rename(workspace: Workspace, found: Campaign) -> dict[str, int]:
        counts = lead_counts.count_campaign_leads(workspace, found)
        workspace.campaigns.put(replace(found, settings={**found.settings, "name": "Renamed meanwhile"}))
        return counts

    for path in (f"/campaigns/{campaign_id}", "/campaigns"):
        for module in (campaigns, campaign):
            monkeypatch.setattr(module, "count_campaign_leads", count_and_rename)
        page = look(api, path).get_data(as_text=True)
        monkeypatch.undo()
        [stream] = re.findall('hx-sse:connect="([^"]+)"', page)
        text = api.client.get(f"{html.unescape(stream)}&key={api.key}").get_data(as_text=True)
        assert 'hx-swap-oob="outerHTML"' in text, path


@pytest.mark.parametrize("page", ["0", "-1", "last", "²", "9999999", "9" * 5000, "3"])
def test_a_page_that_a_list_does_not_have_is_no_error(api: Api, page: str) -> None:
    campaign_id = api.campaign_in("ACTIVE")
    lists = ("/campaigns", "/data/leads", "/requests", "/outbox", "/replies")
    for path in (f"/campaigns/{campaign_id}", *lists):
        answer = api.client.get(f"{path}?key={api.key}&page={page}&before={page}", headers=HTML)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/campaigns/x",
        "/campaigns/x/leads/y",
        "/console/data/things",
        "/console/data/leads/1",
        f"/console/outbox/{NO_ID}.eml",
    ],
)
def test_what_the_workspace_does_not_have_is_a_404(api: Api, path: str) -> None:
    assert look(api, path).status_code == 404


def test_a_file_of_a_key_that_leads_nowhere_is_a_401(api: Api) -> None:
    for path in ("/console/export", "/console/data/leads", "/console/outbox.mbox"):
        answer = api.client.get(f"{path}?key=none", headers=HTML)
        assert answer.status_code == 401
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("key", "table"), [("none", "leads"), ("none", "things"), ("cs_live_a", "things")])
def test_a_stream_of_what_is_not_there_says_so(app: Any, key: str, table: str) -> None:
    address = f"/console/events?view=data&table={table}&key={key}"
    assert 'id="alert"' in app.test_client().get(address).get_data(as_text=True)


def test_the_reference_allows_one_script_by_its_hash_and_inline_styles(api: Api) -> None:
    for path in ("/docs", "/docs/"):
        answer = look(api, path)
        [script] = re.findall(r"<script>(.*?)</script>", answer.get_data(as_text=True), re.DOTALL)
        digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
        allowed = CONTENT_SECURITY_POLICY.replace("script-src 'self'", f"script-src 'self' 'sha256-{digest}'")
        allowed = allowed.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
        assert answer.headers["Content-Security-Policy"] == allowed
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert api.client.get("/docs/swagger-ui-bundle.js").headers["X-Content-Type-Options"] == "nosniff"


def test_the_reference_fills_in_the_key_of_the_workspace_or_the_default_one(app: Any, api: Api) -> None:
    assert f'data-filled-in="{api.key}"' in look(api, "/docs").get_data(as_text=True)
    fresh = app.test_client().get("/docs").get_data(as_text=True)
    assert 'data-filled-in="cs_live_your_api_key"' in fresh
    declared = create_app(Settings(key=("cs_live_of_a_team",), no_control=True)).test_client()
    assert 'data-filled-in="cs_live_of_a_team"' in declared.get("/docs").get_data(as_text=True)
    assert "cs_live_of_a_team" not in declared.get("/docs", environ_base=ELSEWHERE).get_data(as_text=True)


def test_the_reference_shows_the_control_api_beside_the_api(api: Api) -> None:
    text = look(api, "/docs").get_data(as_text=True)
    assert f'<a href="/docs?key={api.key}&amp;api=control">coldsend-mock control API</a>' in text
    assert 'data-url="/openapi.json"' in text
    text = api.client.get("/docs?api=control").get_data(as_text=True)
    assert 'data-url="/_mock/openapi.json"' in text


def test_the_clock_moves_from_the_page(api: Api, control: Control) -> None:
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    text = look(api).get_data(as_text=True)
    assert "2026-01-05 09:00:00 UTC" in text
    assert ">frozen<" in text

    def move(**form: str) -> str:
        answer = api.client.post("/console/clock", data=form, headers={SPEC.key_header: api.key})
        return str(answer.get_data(as_text=True))

    assert "2026-01-05 10:00:00 UTC: nothing happened" in move(move="1h")
    assert "2026-01-06 22:00:00 UTC" in move(to="1d12h")
    assert "2026-02-01 09:00:00 UTC" in move(to="2026-02-01 09:00:00 UTC")
    assert '<div id="alert"' in move(move="next-send")
    assert '<div id="alert"' in move(to="tomorrow")
    assert ">running<" in move(move="run")


def test_the_menu_loads_a_seed_resets_and_takes_an_export_in(api: Api, control: Control) -> None:
    def post(path: str, **form: Any) -> str:
        headers = {SPEC.key_header: api.key}
        return str(api.client.post(path, data=form, headers=headers).get_data(as_text=True))

    assert "Seed launch-ready loaded: 2 campaigns" in post("/console/seed", seed="launch-ready")
    exported = look(api, "/console/export").get_data()
    control.ok("takeSnapshot", {"name": "before"})
    assert "Return to before" in look(api).get_data(as_text=True)
    control.ok("seedWorkspace", {"seed": "empty"})
    assert "nothing in it" in post("/console/reset")
    assert "Back at before: 2 campaigns" in post("/console/restore", name="before")
    control.ok("resetWorkspace")
    assert "Imported: 2 campaigns" in post("/console/import", state=exported.decode())
    assert '<div id="alert"' in post("/console/import", state='{"campaigns": 1}')
    assert '<div id="alert"' in post("/console/seed", seed="nothing")


def test_a_new_workspace_has_a_key_that_nobody_uses(api: Api) -> None:
    answer = api.client.post(f"/console/workspaces?key={api.key}")
    assert answer.headers["HX-Redirect"].startswith("/requests?key=cs_live_")
    assert api.key not in answer.headers["HX-Redirect"]


def test_the_browser_comes_back_to_its_last_workspace(app: Any, api: Api) -> None:
    look(api, "/requests")
    text = api.client.get("/", headers=HTML).get_data(as_text=True)
    assert api.key in text.partition("</title>")[0]
    fresh = app.test_client().get("/", headers=HTML).get_data(as_text=True)
    assert "cs_live_your_api_key" in fresh.partition("</title>")[0]


def test_a_key_that_leads_nowhere_is_explained(api: Api) -> None:
    answer = api.client.get("/requests?key=wrong", headers=HTML)
    assert answer.status_code == 401
    assert "No workspace has this key" in answer.get_data(as_text=True)


def test_a_journal_that_is_off_says_so(key: str) -> None:
    api = Api(create_app(Settings(journal=0)), key)
    assert "The journal is off" in look(api).get_data(as_text=True)


def test_the_access_log_shortens_the_key(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("mockserver.access")
    logger.setLevel(logging.INFO)
    root = logging.getLogger("mockserver")
    propagates, root.propagate = root.propagate, True
    try:
        look(api)
    finally:
        logger.setLevel(logging.NOTSET)
        root.propagate = propagates
    [record] = [each for each in caplog.records if each.name == "mockserver.access"]
    fields = record.__dict__["fields"]
    assert (fields["path"], fields["key"]) == ("/", api.key[:12] + "…")


def test_the_methods_of_a_page_are_known(app: Any) -> None:
    console: Console = app.console
    assert console.list_methods("/requests") == ["GET", "HEAD"]
    assert console.list_methods("/console/clock") == ["POST"]
    assert console.list_methods(f"{BASE}/campaigns") == []
