"""Who may use the console: this machine, and others with the token; no page of another site."""

from itertools import count
from typing import Any

import pytest
import requests

from mockserver import Settings, create_app
from mockserver.console.navigation import NAVIGATION
from mockserver.server.server import Server

from .kit.api import SPEC, Api

ELSEWHERE = {"REMOTE_ADDR": "192.168.1.20"}
HTML = {"Accept": "text/html"}
_NUMBERS = count(1)


@pytest.fixture
def key() -> str:
    return f"cs_live_{next(_NUMBERS)}_access"


def look(api: Api, path: str = "/", **request: Any) -> Any:
    request.setdefault("headers", HTML)
    return api.client.get(f"{path}?key={api.key}", **request)


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_other_sites_are_refused(api: Api, headers: dict[str, str]) -> None:
    assert look(api, headers=headers).status_code == 403
    answer = api.client.post(
        "/console/clock", data={"move": "1d"}, headers={SPEC.key_header: api.key, **headers}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/", "/docs", "/console/clock", "/console/session", "/console/events"])
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_other_sites_are_refused_over_a_socket(
    live_server: Server, path: str, headers: dict[str, str]
) -> None:
    url = live_server.url + path
    ask = requests.post if path in ("/console/clock", "/console/session") else requests.get
    answer = ask(url, headers={**HTML, **headers}, timeout=30)
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (403, False)


def test_without_the_control_api_nothing_of_the_console_answers() -> None:
    client = create_app(Settings(no_control=True)).test_client()
    for path in (*NAVIGATION.values(), "/console/events", "/console/export", "/console/search"):
        assert client.get(path, headers=HTML).status_code == (200 if path == "/docs" else 404), path
    for path in ("/console/clock", "/console/faults", "/console/session", "/console/import"):
        assert client.post(path, headers=HTML).status_code == 404, path


def test_the_session_of_one_server_is_none_of_another(key: str) -> None:
    settings = Settings(control_token="letmein-please", allowed_host=("*",))
    first, second = (Api(create_app(settings), key) for _ in range(2))
    entered = first.client.post("/console/session", data={"token": "letmein-please"}, environ_base=ELSEWHERE)
    name, _, value = entered.headers["Set-Cookie"].partition(";")[0].partition("=")
    second.client.set_cookie(name, value)
    assert look(second, environ_base=ELSEWHERE).status_code == 403
    assert look(first, environ_base=ELSEWHERE).status_code == 200


def test_another_machine_sends_the_token_once(key: str) -> None:
    api = Api(create_app(Settings(control_token="letmein-please", allowed_host=("*",))), key)
    refused = look(api, environ_base=ELSEWHERE)
    assert refused.status_code == 403
    assert "Control token" in refused.get_data(as_text=True)
    wrong = api.client.post("/console/session", data={"token": "wrong"}, environ_base=ELSEWHERE)
    assert "This is not the token" in wrong.get_data(as_text=True)
    assert look(api, environ_base=ELSEWHERE).status_code == 403
    alone = look(api, "/docs", environ_base=ELSEWHERE)
    assert (alone.status_code, "New workspace" in alone.get_data(as_text=True)) == (200, False)
    entered = api.client.post("/console/session", data={"token": "letmein-please"}, environ_base=ELSEWHERE)
    assert entered.headers["HX-Redirect"] == "/"
    assert "SameSite=Strict" in entered.headers["Set-Cookie"]
    assert look(api, environ_base=ELSEWHERE).status_code == 200
    assert api.send("GET", "/_mock/workspaces", headers={}, environ_base=ELSEWHERE).status == 403


def test_another_machine_without_a_token_learns_of_the_flag(api: Api) -> None:
    refused = look(api, environ_base=ELSEWHERE)
    assert (refused.status_code, "--control-token" in refused.get_data(as_text=True)) == (403, True)


def test_without_the_control_api_a_page_says_why(key: str) -> None:
    api = Api(create_app(Settings(no_control=True)), key)
    text = look(api).get_data(as_text=True)
    assert "--no-control" in text
    assert look(api, "/requests").status_code == 404
    alone = api.client.get("/docs")
    assert alone.status_code == 200
    assert "control API" not in alone.get_data(as_text=True)
    assert NAVIGATION["Data"] not in alone.get_data(as_text=True)
