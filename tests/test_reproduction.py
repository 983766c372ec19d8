"""An exchange as code: what runs it sends the same request again."""

import json
import subprocess
from http.client import HTTPConnection
from typing import Any

import pytest
import requests

from mockserver.reproduction import Sendable
from mockserver.reproduction.python import write_pytest
from mockserver.server.server import Server

from .kit.api import BASE, SPEC, Api, smtp_account
from .kit.control import CONTROL, Control
from .needs import need

pytest_plugins = ["pytester"]

HARD = b'{"name": "it\'s $HOME `id` \\"quoted\\" \\\\ \xc3\xbc\\n @x", "x": 1 }'


def send_raw(server: Server, key: str, body: bytes, kind: str = "application/json") -> requests.Response:
    headers = {SPEC.key_header: key, "Content-Type": kind}
    return requests.post(f"{server.base_url}/campaigns", data=body, headers=headers, timeout=10)


def ask(server: Server, key: str, path: str, **query: str) -> Any:
    url = f"{server.url}{CONTROL.base_path}/journal{path}"
    return requests.get(url, params=query, headers={SPEC.key_header: key}, timeout=10).json()


def write_code(server: Server, key: str, language: str) -> str:
    number = ask(server, key, "")["exchanges"][-1]["number"]
    answer = ask(server, key, f"/{number}/code", language=language, base_url=server.url)
    return str(answer["code"]).replace("YOUR_API_KEY", key)


@pytest.mark.parametrize("body", [HARD, b"@file", b"\nline\n"], ids=["quotes", "at", "lines"])
def test_the_shell_sends_the_same_body(live_server: Server, key: str, body: bytes) -> None:
    need("curl")
    answer = send_raw(live_server, key, body)
    found = subprocess.run(
        ["sh", "-c", write_code(live_server, key, "curl")], capture_output=True, check=True, timeout=10
    )
    assert (found.stdout == answer.content) == (answer.status_code >= 400)  # a success has an id of its own
    first, second = live_server.app.journal.select(workspace=key)
    assert (second.request, second.path, second.status) == (body, first.path, first.status)


def test_python_sends_the_same_body(live_server: Server, key: str) -> None:
    send_raw(live_server, key, HARD)
    exec(write_code(live_server, key, "requests"), {})
    assert [entry.request for entry in live_server.app.journal.select(workspace=key)] == [HARD, HARD]


def test_javascript_sends_the_same_body(live_server: Server, key: str) -> None:
    node = need("node")
    send_raw(live_server, key, HARD)
    code = write_code(live_server, key, "fetch")
    subprocess.run([node, "--input-type=module", "-e", code], capture_output=True, check=True, timeout=30)
    assert [entry.request for entry in live_server.app.journal.select(workspace=key)] == [HARD, HARD]


def test_the_test_passes_in_a_workspace_of_its_own(
    live_server: Server, key: str, pytester: pytest.Pytester
) -> None:
    send_raw(live_server, key, b'{"name": "short"}')
    pytester.makepyfile(write_code(live_server, key, "pytest"))
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_shell_takes_an_address_as_it_is(live_server: Server, key: str) -> None:
    need("curl")
    query = "search={a,b}[1-2]"
    connection = HTTPConnection(live_server.url.removeprefix("http://"), timeout=10)
    connection.request("GET", f"{BASE}/campaigns?{query}", headers={SPEC.key_header: key})
    connection.getresponse().read()
    connection.close()
    code = write_code(live_server, key, "curl")
    subprocess.run(["sh", "-c", code], capture_output=True, check=True, timeout=10)
    found = live_server.app.journal.select(workspace=key)
    assert [entry.query for entry in found] == [query, query]


@pytest.mark.parametrize(("method", "name"), [("GET", "get"), ("M-SEARCH", "m_search")])
def test_the_test_of_what_is_no_operation_is_python(method: str, name: str) -> None:
    made = write_pytest(Sendable(method, "http://mock/x", {}, b"", path="/x", status=404))
    assert made.startswith(f"def test_{name}_answers_404(coldsend):\n")
    compile(made, "made", "exec")


def test_the_test_leaves_the_key_to_its_fixture(api: Api, control: Control) -> None:
    api.campaign()
    number = str(control.ok("listJournal")["exchanges"][-1]["number"])
    code = control.ok("writeCode", query={"language": "pytest"}, number=number)["code"]
    assert SPEC.key_header not in code
    assert "Content-Type" in code


def test_secrets_are_placeholders(api: Api, control: Control) -> None:
    secret = smtp_account()["smtp_password"]
    api("createSmtpSenderAccount", {**smtp_account(), "smtp_port": "none"})
    number = str(control.ok("listJournal")["exchanges"][-1]["number"])
    for language in ("curl", "requests", "fetch", "pytest"):
        code = control.ok("writeCode", query={"language": language}, number=number)["code"]
        assert secret not in code
        assert api.key not in code
    archive = json.dumps(control.ok("exportJournal"))
    assert secret not in archive
    assert api.key not in archive
    assert api.key not in json.dumps(control.ok("showExchange", number=number))


def test_an_archive_has_every_exchange(api: Api, control: Control) -> None:
    campaign_id = api.campaign()
    api.ok("listCampaigns", query={"limit": 5})
    first, second = control.ok("exportJournal", query={"base_url": "http://mock"})["log"]["entries"]
    assert json.loads(first["request"]["postData"]["text"]) == {"name": "Q1 Product Launch"}
    assert first["response"]["status"] == 201
    assert campaign_id in first["response"]["content"]["text"]
    assert second["request"]["url"] == f"http://mock{BASE}/campaigns?limit=5"
    assert second["request"]["queryString"] == [{"name": "limit", "value": "5"}]


def test_an_exchange_of_others_is_not_shown(api: Api, control: Control) -> None:
    Api(api.app, f"{api.key}_other").campaign()
    number = str(api.app.journal.last_number)
    assert control("showExchange", number=number).status == 404
    api.send("GET", f"{BASE}/campaigns", headers={})
    assert control.ok("showExchange", number=str(api.app.journal.last_number))["status"] == 401
