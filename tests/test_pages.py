"""The pages that a user sees: landing, docs, the file itself, health."""

import json
import re
import subprocess
from html import escape
from http.client import HTTPConnection
from pathlib import Path

import pytest
import requests

from mockserver import create_app
from mockserver.server.server import Server
from mockserver.version import __version__

from .kit.api import SPEC, Api
from .needs import need_chromium


def get(api: Api, path: str, **headers: str) -> tuple[int, str, str]:
    response = api.client.get(path, headers=headers)
    return response.status_code, str(response.mimetype), response.get_data(as_text=True)


def test_the_file_is_served_byte_by_byte(api: Api) -> None:
    response = api.client.get("/openapi.yaml")
    assert response.mimetype == "application/yaml"
    assert response.get_data() == SPEC.path.read_bytes()


def test_the_file_as_json_is_the_same_with_this_server_first(api: Api) -> None:
    document = json.loads(get(api, "/openapi.json")[2])
    here, *others = document.pop("servers")
    assert here["url"] == SPEC.base_path
    assert others == SPEC.document["servers"]
    assert document == {key: value for key, value in SPEC.document.items() if key != "servers"}


def test_the_health_is_answered_without_a_key(api: Api) -> None:
    response = api.client.get("/healthz")
    health = {"status": "ok", "server": "coldsend-mock", "version": __version__}
    assert (response.status_code, response.get_json()) == (200, health)


def test_a_server_that_stops_is_not_ready_but_alive() -> None:
    app = create_app()
    client = app.test_client()
    assert (client.get("/readyz").status_code, client.get("/readyz").get_json()) == (200, {"status": "ready"})
    app.is_stopping = True
    assert (client.get("/readyz").status_code, client.get("/healthz").status_code) == (503, 200)


@pytest.mark.parametrize(
    "path", ["/docs/nothing.js", "/docs/../../pyproject.toml", "/docs/%2e%2e/__init__.py"]
)
def test_nothing_but_the_docs_own_files_is_served_beside_them(path: str, api: Api) -> None:
    assert api.send("GET", path).body == {"detail": "Not Found"}


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.yaml", "/openapi.json", "/healthz"])
def test_pages_are_for_reading(path: str, api: Api) -> None:
    answer = api.send("POST", path)
    assert (answer.status, answer.body) == (405, {"detail": "Method Not Allowed"})


def test_a_browser_gets_an_icon(api: Api) -> None:
    status, mimetype, text = get(api, "/favicon.ico")
    assert (status, mimetype) == (200, "image/svg+xml")
    assert text.startswith("<svg ")
    for page in ("/", "/docs"):
        assert 'href="/favicon.ico"' in get(api, page)[2]


def test_json_for_a_terminal_ends_with_a_newline_and_that_of_the_api_does_not(api: Api) -> None:
    headers = {SPEC.key_header: api.key}
    for path in (
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/_mock/openapi.json",
        "/_mock/clock",
        "/_mock/faults",
    ):
        assert get(api, path, **headers)[2].endswith("}\n")
    assert get(api, "/_mock/clock")[2].endswith('header."}\n')
    assert not get(api, f"{SPEC.base_path}/campaigns", **headers)[2].endswith("\n")
    assert not get(api, f"{SPEC.base_path}/campaigns")[2].endswith("\n")


def test_the_docs_name_no_other_host(api: Api) -> None:
    assert set(re.findall('https?://[^/"]*', get(api, "/docs")[2])) == {"http://localhost"}


def test_the_docs_show_every_operation_in_a_browser_without_a_network(
    live_server: Server, tmp_path: Path
) -> None:
    browser = need_chromium()
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         f"--user-data-dir={tmp_path}", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
         "--virtual-time-budget=20000", "--dump-dom", f"{live_server.url}/docs"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "Failed to load" not in done.stdout
    for operation in SPEC.operations.values():
        assert f">{escape(operation.summary, quote=False)}</div>" in done.stdout
    for tag in SPEC.document["tags"]:
        assert f'data-tag="{tag["name"]}"' in done.stdout


def test_a_file_that_a_browser_has_already_is_answered_with_a_head_alone(live_server: Server) -> None:
    connection = HTTPConnection(live_server.base_url.split("/")[2], timeout=30)
    path = "/docs/favicon-32x32.png"
    connection.request("GET", path)
    first = connection.getresponse()
    first.read()
    for _ in range(2):  # what is left of an answer would be the beginning of the next one
        connection.request("GET", path, headers={"If-None-Match": first.headers["ETag"]})
        again = connection.getresponse()
        assert (again.status, again.read(), again.headers["Transfer-Encoding"]) == (304, b"", None)
    connection.close()


def test_what_the_docs_load_is_there(server_url: str) -> None:
    root = server_url.removesuffix(SPEC.base_path)
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"):
        response = requests.get(f"{root}/docs/{name}", timeout=30)
        assert response.status_code == 200
        assert len(response.content) > 100
