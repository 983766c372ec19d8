"""Hosts and web pages: which are trusted, and what a page may read."""

from typing import Any

import pytest

from mockserver import Settings, create_app

from .kit.api import BASE, SPEC, Answer, Api

PATH = f"{BASE}/campaigns"


def ask(api: Api, method: str = "GET", path: str = PATH, **headers: str) -> Answer:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.send(method, path, headers={SPEC.key_header: api.key} | names)


TRUSTED_HOSTS = ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000", "api.localhost"]
OTHER_HOSTS = ["example.com", "localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "[::2]",
               "localhost@evil.com", "0.0.0.0:8000", "xlocalhost", ""]  # fmt: skip


@pytest.mark.parametrize("host", TRUSTED_HOSTS)
def test_this_machines_own_names_are_answered(host: str, api: Api) -> None:
    assert ask(api, Host=host).status == 200


@pytest.mark.parametrize("host", OTHER_HOSTS)
@pytest.mark.parametrize("path", [PATH, "/", "/docs", "/openapi.json", "/nothing"])
def test_other_names_are_refused_for_every_path(host: str, path: str, api: Api) -> None:
    answer = ask(api, path=path, Host=host)
    assert answer.status == 403
    names = {"localhost@evil.com": "evil.com", "0.0.0.0:8000": "0.0.0.0", "[::2]": "::2", "": "*"}
    name = names.get(host, host)
    detail = f"Host not allowed: {host}; --allowed-host {name} allows it"
    assert answer.body == {"detail": detail}
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("settings", "host", "trusted"),
    [
        ({"allowed_host": ("mock.example.com",)}, "Mock.Example.com:8000", True),
        ({"allowed_host": ("mock.example.com",)}, "other.example.com", False),
        ({"allowed_host": ("*",)}, "anything.example.com", True),
        ({"host": "10.0.0.5"}, "10.0.0.5:8000", True),
        ({"host": "10.0.0.5"}, "10.0.0.6:8000", False),
    ],
)
def test_more_hosts_can_be_trusted(settings: Any, host: str, trusted: bool) -> None:
    api = Api(create_app(Settings(**settings)), "cs_live_x")
    assert (ask(api, Host=host).status == 200) is trusted


TRUSTED_ORIGINS = ["http://localhost", "http://localhost:3000", "https://localhost:8443", "http://127.0.0.1:5173",
                   "http://[::1]:3000", "http://app.localhost:3000"]  # fmt: skip
OTHER_ORIGINS = ["https://example.com", "http://localhost.example.com", "null", "", "file://", "http://10.0.0.1",
                 "http://localhost@evil.com", "ftp://localhost", "http://evil.com?localhost",
                 "http://[::1"]  # fmt: skip


@pytest.mark.parametrize("origin", TRUSTED_ORIGINS)
def test_a_page_of_this_machine_may_read_answers_and_rate_limits(origin: str, api: Api) -> None:
    for answer in (
        ask(api, Origin=origin),
        ask(api, path="/nothing", Origin=origin),
        ask(api, "PUT", Origin=origin),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        exposed = answer.headers["Access-Control-Expose-Headers"]
        assert exposed == "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("origin", OTHER_ORIGINS)
def test_another_page_is_refused_and_changes_nothing(origin: str, api: Api) -> None:
    headers = {SPEC.key_header: api.key, "Origin": origin}
    answer = api.send("POST", PATH, json={"name": "Q1 Product Launch"}, headers=headers)
    detail = f"Origin not allowed: {origin}; --cors-origin {origin} allows it"
    assert (answer.status, answer.body) == (403, {"detail": detail})
    assert answer.headers["Access-Control-Allow-Origin"] == origin  # it may read why
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert api.remembered()["campaigns"] == []


def test_what_comes_from_no_page_needs_no_origin(api: Api) -> None:
    assert "Access-Control-Allow-Origin" not in ask(api).headers


@pytest.mark.parametrize(
    ("setting", "origin", "trusted"),
    [
        ("https://app.example.com", "https://app.example.com", True),
        ("https://app.example.com/", "https://APP.example.com", True),
        ("https://app.example.com", "http://app.example.com", False),
        ("https://app.example.com", "https://app.example.com.evil.com", False),
        ("*", "https://anything.example.com", True),
        ("*", "null", True),
    ],
)
def test_more_pages_can_be_trusted(setting: str, origin: str, trusted: bool) -> None:
    api = Api(create_app(Settings(cors_origin=(setting,))), "cs_live_x")
    answer = ask(api, Origin=origin)
    assert (answer.status == 200) is trusted


def preflight(api: Api, path: str, origin: str, method: str = "PUT") -> Answer:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "x-api-key, content-type",
    }
    return api.send("OPTIONS", path, headers=headers)


@pytest.mark.parametrize("operation", SPEC.operations.values(), ids=lambda o: o.operation_id)
def test_a_browser_may_ask_beforehand_without_a_key(operation: Any, api: Api) -> None:
    path = operation.path.replace("{", "").replace("}", "")
    answer = preflight(api, path, "http://localhost:3000", operation.method)
    assert (answer.status, answer.body) == (204, None)
    assert operation.method in answer.headers["Access-Control-Allow-Methods"].split(", ")
    assert answer.headers["Access-Control-Allow-Headers"] == "X-API-Key, Content-Type, Prefer"
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


def test_another_page_gets_its_preflight_and_is_refused_then(api: Api) -> None:
    """A browser shows a page why it is refused only if it was let through before."""
    answer = preflight(api, PATH, "https://evil.example.com")
    assert (answer.status, answer.body) == (204, None)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://evil.example.com"
    assert ask(api, "PUT", Origin="https://evil.example.com").status == 403


def test_beforehand_too_another_host_is_refused(api: Api) -> None:
    headers = {"Host": "evil.example.com", "Origin": "http://evil.example.com"}
    headers["Access-Control-Request-Method"] = "GET"
    answer = api.send("OPTIONS", PATH, headers=headers)
    assert answer.status == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.1.2.3:8000", "mock", ""])
def test_the_health_is_answered_to_any_client(path: str, host: str, api: Api) -> None:
    assert ask(api, path=path, Host=host).status == 200
    answer = ask(api, path=path, Host=host, Origin="https://evil.example.com")
    assert answer.status == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_refusal_is_logged_once_for_each_name(caplog: pytest.LogCaptureFixture) -> None:
    api = Api(create_app(), "cs_live_x")
    for _ in range(3):
        ask(api, Host="mock:8000")
        ask(api, Origin="https://page.example.com")
    assert caplog.messages == [
        "host not allowed: mock:8000; --allowed-host mock allows it",
        "origin not allowed: https://page.example.com; --cors-origin https://page.example.com allows it",
    ]


def test_asking_for_the_options_of_no_page_is_a_wrong_method(api: Api) -> None:
    assert ask(api, "OPTIONS").status == 405


def test_not_every_name_is_logged_when_somebody_asks_for_thousands(caplog: pytest.LogCaptureFixture) -> None:
    api = Api(create_app(), "cs_live_x")
    for number in range(1100):
        assert ask(api, Host=f"{'x' * 400}{number}.example.com").status == 403
        assert ask(api, Host=f"{number}.example.com").status == 403
    assert len(caplog.messages) <= 1000
    assert max(map(len, caplog.messages)) < 1000
