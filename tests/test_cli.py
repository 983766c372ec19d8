"""The command as a process: what it prints, how it starts and how it stops.

Where only its words and its exit code count, it runs in the process of the tests.
"""

import gc
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from click.testing import CliRunner, Result

from mockserver import Settings
from mockserver.cli import main, serve
from mockserver.server.server import Server

from .kit.process import SECONDS, Process


@pytest.fixture
def start() -> Iterator[Callable[..., Process]]:
    """Start servers that end with the test."""
    processes: list[Process] = []

    def run(*arguments: str, **options: Any) -> Process:
        processes.append(Process(*arguments, **options))
        return processes[-1]

    yield run
    for process in processes:
        if process.popen.poll() is None:
            process.popen.kill()
        process.popen.communicate(timeout=SECONDS)


@pytest.fixture
def serve_here(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `coldsend-mock serve` in this process; its server stops as soon as it serves."""

    class ShortServer(Server):
        def __init__(self, settings: Settings) -> None:
            super().__init__(settings)
            self.stop()

    def run(*arguments: str, **environment: str) -> Result:
        try:
            return CliRunner().invoke(main, ["serve", "--port", "0", *arguments], env=environment)
        finally:
            gc.enable()

    monkeypatch.setattr(serve, "Server", ShortServer)
    # What a process sets for itself that only serves, the tests would keep.
    monkeypatch.setattr(serve, "tune_process", lambda: None)
    monkeypatch.setattr(serve, "configure_logging", lambda settings: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return run


def create(base_url: str, key: str = "cs_live_your_api_key") -> requests.Response:
    body = {"name": "Q1 Product Launch"}
    return requests.post(f"{base_url}/campaigns", json=body, headers={"X-API-Key": key}, timeout=SECONDS)


def test_it_greets_with_address_key_docs_and_two_commands_that_work(start: Callable[..., Process]) -> None:
    process = start().wait_until_ready()
    lines = process.greeting.splitlines()
    assert lines[0].startswith("coldsend-mock ")
    assert process.base_url.startswith("http://127.0.0.1:")
    assert "  key   cs_live_your_api_key" in lines
    assert f"  docs  {process.base_url.removesuffix('/api/public/v1')}/docs" in lines
    commands = process.greeting.replace("\\\n", "").partition("Try next:\n")[2].strip().splitlines()
    assert len(commands) == 2
    answers = [subprocess.check_output(["sh", "-c", f"{c} --silent"], timeout=SECONDS) for c in commands]
    assert json.loads(answers[0])["message"] == "Campaign created successfully"
    assert json.loads(answers[1])["pagination"]["total"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
@pytest.mark.parametrize("module", [False, True], ids=["coldsend-mock", "python -m mockserver"])
def test_it_stops_cleanly_and_frees_its_port(
    number: int, module: bool, start: Callable[..., Process]
) -> None:
    process = start(module=module).wait_until_ready()
    assert create(process.base_url).status_code == 201
    code, printed, log = process.stop(number)
    assert (code, printed.strip()) == (0, "Stopped.")
    assert "Traceback" not in log
    port = urlsplit(process.base_url).port
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_a_connection_that_is_open_does_not_keep_it_from_stopping(start: Callable[..., Process]) -> None:
    process = start().wait_until_ready()
    with requests.Session() as session:
        session.get(f"{process.base_url}/campaigns", timeout=SECONDS)
        assert process.stop()[0] == 0


def test_the_ready_file_holds_the_address_once_it_answers(
    tmp_path: Path, start: Callable[..., Process]
) -> None:
    path = tmp_path / "ready"
    start("--ready-file", str(path))
    deadline = time.monotonic() + SECONDS
    while not (path.exists() and path.read_text("utf-8").endswith("\n")):
        assert time.monotonic() < deadline, "no ready file"
        time.sleep(0.02)
    assert create(path.read_text("utf-8").strip()).status_code == 201


def test_a_ready_file_that_cannot_be_written_is_one_clear_line(start: Callable[..., Process]) -> None:
    process = start("--ready-file", "/no/such/file")
    printed, log = process.popen.communicate(timeout=SECONDS)
    assert process.popen.returncode == 1
    assert printed == ""
    assert log == "Error: cannot write /no/such/file: No such file or directory\n"


def test_a_busy_port_is_one_clear_line(start: Callable[..., Process]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start("--port", str(port))
        printed, log = process.popen.communicate(timeout=SECONDS)
    assert process.popen.returncode == 1
    assert printed == ""
    assert log == f"Error: port {port} on 127.0.0.1 is taken; choose another one, 0 for any\n"


WRONG_STARTS = {
    "no such file": (["--keys-file", "/no/keys"], "cannot read /no/keys: No such file or directory"),
    "no such scope": (["--key", "a=x:y"], "a: no scope is called 'x:y'"),
    "no such host": (["--host", "no.such.host.invalid"], "cannot listen on no.such.host.invalid"),
    "not our address": (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1:0: Cannot assign"),
    "an SMTP server elsewhere": (
        ["--smtp", "192.0.2.1:25"],
        "192.0.2.1 is not this machine; --smtp-anywhere",
    ),
    "no origin": (["--cors-origin", "foo"], "'foo' is no origin of web pages, for example http://local"),
    "no host name": (["--allowed-host", "http://mock"], "'http://mock' is no host name, for example mock."),
    "no SMTP server": (["--smtp", "mailpit"], "mailpit is no HOST:PORT, for example 127.0.0.1:1025"),
}


@pytest.mark.parametrize(("arguments", "reason"), WRONG_STARTS.values(), ids=WRONG_STARTS)
def test_what_keeps_it_from_starting_is_one_clear_line(
    arguments: list[str], reason: str, serve_here: Callable[..., Result]
) -> None:
    result = serve_here(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {reason}")
    assert result.stderr.count("\n") == 1


def test_a_bad_keys_file_is_one_clear_line(tmp_path: Path, serve_here: Callable[..., Result]) -> None:
    path = tmp_path / "keys.yaml"
    for content in ("keys:\n  - kee: a\n", "keys: [\n", "\0"):
        path.write_text(content, "utf-8")
        result = serve_here("--keys-file", str(path))
        assert result.exit_code == 1
        assert result.stderr.startswith(f"Error: {path}")
        assert result.stderr.count("\n") == 1


def test_the_key_shown_is_one_that_works(tmp_path: Path, serve_here: Callable[..., Result]) -> None:
    path = tmp_path / "keys.yaml"
    path.write_text("keys: [{key: old, revoked: true}, {key: mine}]", "utf-8")
    assert "  key   mine\n" in serve_here("--keys-file", str(path)).stdout
    strict = serve_here("--strict-keys")
    assert "  key   none: --strict-keys is on and no --key is declared\n" in strict.stdout


# ---------------------------------------------------------------- the log

KEY = "cs_live_a1b2c3d4e5f6g7h8"


def log_of(process: Process) -> str:
    process.wait_until_ready()
    assert create(process.base_url, KEY).status_code == 201
    requests.get(f"{process.base_url}/no%0Athing", timeout=SECONDS)
    requests.get(f"{process.base_url}/campaigns", headers={"X-API-Key": "wrong\ttab"}, timeout=SECONDS)
    return process.stop()[2]


def test_a_request_is_one_line_with_a_shortened_key(start: Callable[..., Process]) -> None:
    created, lost, refused = log_of(start()).splitlines()
    pattern = r"\d\d:\d\d:\d\d POST   /api/public/v1/campaigns createCampaign 201 \d+\.\d ms cs_live_a1b2…"
    assert re.fullmatch(pattern, created)
    assert re.fullmatch(r"\S+ GET    /api/public/v1/no%0Athing - 404 \d+\.\d ms Not Found", lost)
    reason = "Invalid or revoked API key"
    assert re.fullmatch(
        rf"\S+ GET    /api/public/v1/campaigns listCampaigns 401 \d+\.\d ms wrong%09tab {reason}", refused
    )


def test_the_log_can_be_json(start: Callable[..., Process]) -> None:
    log = log_of(start("--log-json"))
    created, lost, _ = map(json.loads, log.splitlines())
    assert KEY not in log
    assert created["milliseconds"] > 0
    assert {name: created[name] for name in ("level", "method", "path", "operation", "status", "key")} == {
        "level": "info", "method": "POST", "path": "/api/public/v1/campaigns", "operation": "createCampaign",
        "status": 201, "key": "cs_live_a1b2…",
    }  # fmt: skip
    assert (lost["operation"], lost["status"], lost["key"]) == ("-", 404, "")


def test_the_log_can_be_quiet(start: Callable[..., Process]) -> None:
    assert log_of(start("--quiet")) == ""


def test_a_variable_of_the_environment_sets_what_a_flag_would(start: Callable[..., Process]) -> None:
    process = start(COLDSEND_MOCK_KEY="mine", COLDSEND_MOCK_STRICT_KEYS="true").wait_until_ready()
    assert create(process.base_url, "mine").status_code == 201
    assert create(process.base_url).status_code == 401


def test_a_variable_that_is_nearly_a_setting_is_refused(serve_here: Callable[..., Result]) -> None:
    result = serve_here(COLDSEND_MOCK_PROT="1")
    reason = "the environment has COLDSEND_MOCK_PROT, which is no setting; did you mean COLDSEND_MOCK_PORT?"
    assert (result.stdout, result.stderr) == ("", f"Error: {reason}\n")


def test_a_key_that_the_api_would_never_give_is_named(serve_here: Callable[..., Result]) -> None:
    sentence = "Every key of ColdSend begins with cs_live_. Here these work, too: foo, bar\n"
    assert sentence in serve_here("--key", "foo", "--key", "cs_live_a", "--key", "bar=campaigns:read").stdout
    usual = serve_here("--key", "cs_live_a").stdout
    assert usual.endswith("Stopped.\n")
    assert "Every key" not in usual


# ---------------------------------------------------------------- stopping


def begin_slow(process: Process, seconds: float) -> tuple[Thread, list[int]]:
    """Ask for something that takes a while; returns the thread that waits, and where the status will be."""
    statuses: list[int] = []

    def ask() -> None:
        headers = {"X-API-Key": "cs_live_slow", "Prefer": f"wait={seconds}"}
        with suppress(requests.ConnectionError):
            answer = requests.get(f"{process.base_url}/campaigns", headers=headers, timeout=SECONDS)
            statuses.append(answer.status_code)

    root = process.base_url.removesuffix("/api/public/v1")
    thread = Thread(target=ask)
    thread.start()
    while True:  # until its connection is there, and this one was answered after it
        time.sleep(0.1)
        if requests.get(f"{root}/healthz", timeout=SECONDS).ok:
            return thread, statuses


def test_requests_under_way_are_finished_when_it_stops(start: Callable[..., Process]) -> None:
    process = start().wait_until_ready()
    thread, statuses = begin_slow(process, 1)
    assert process.stop()[0] == 0
    thread.join()
    assert statuses == [200]


def test_they_are_cut_when_they_take_longer_than_the_grace(start: Callable[..., Process]) -> None:
    process = start("--grace", "1").wait_until_ready()
    thread, statuses = begin_slow(process, 50)
    assert process.stop()[0] == 0
    thread.join()
    assert statuses == []


def test_a_second_signal_ends_it_at_once(start: Callable[..., Process]) -> None:
    process = start("--grace", "3600").wait_until_ready()
    thread, statuses = begin_slow(process, 50)
    process.popen.send_signal(signal.SIGINT)
    root = urlsplit(process.base_url)
    while True:  # until it listens no more
        with socket.socket() as probe:
            if probe.connect_ex((root.hostname, root.port)):
                break
    code, printed, log = process.stop(signal.SIGINT)
    assert (code, printed.strip()) == (0, "Stopped.")
    assert "Traceback" not in log
    thread.join()
    assert statuses == []


def test_a_silent_smtp_server_does_not_hold_it(start: Callable[..., Process]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = start("--grace", "1", "--smtp", f"127.0.0.1:{silent.getsockname()[1]}").wait_until_ready()
        control = process.base_url.replace("/api/public/v1", "/_mock")
        headers = {"X-API-Key": "cs_live_smtp"}
        campaign = create(process.base_url, "cs_live_smtp").json()["campaign_id"]
        url = f"{process.base_url}/campaigns/{campaign}"
        variant = {"subject_template": "Hello", "email_content": "How are things with you?"}
        requests.put(url, json={"variants": [variant]}, headers=headers, timeout=SECONDS)
        body = {"email": "ada@example.com"}
        lead = requests.post(f"{url}/leads/manual", json=body, headers=headers, timeout=SECONDS).json()
        url = f"{control}/leads/{lead['lead_id']}/events"
        sent = requests.post(url, json={"event": "sent"}, headers=headers, timeout=SECONDS)
        assert sent.ok, sent.text
        connection, _ = silent.accept()
        with connection:
            assert process.stop()[0] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_during_the_start_is_silent() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "mockserver", "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    log = ""
    for line in process.stderr:
        log += line
        if "flask" in line:  # in the middle of its imports
            process.send_signal(signal.SIGINT)
            break
    printed, rest = process.communicate(timeout=SECONDS)
    assert process.returncode == -signal.SIGINT
    assert "Traceback" not in log + rest
    assert printed == ""


# ---------------------------------------------------------------- bounds of the process


@pytest.mark.skipif(sys.platform == "win32", reason="no ulimit")
def test_with_few_files_it_answers_and_warns_once() -> None:
    command = f"ulimit -n 64; exec {sys.executable} -m mockserver serve --port 0 --quiet"
    process = Process(command=["sh", "-c", command])
    try:
        process.wait_until_ready()
        root = urlsplit(process.base_url)
        with ExitStack() as stack:
            for _ in range(200):
                stack.enter_context(socket.create_connection((root.hostname, root.port)))
            assert create(process.base_url).status_code == 201
        assert create(process.base_url).status_code == 201
    finally:
        code, _, log = process.stop()
    assert code == 0
    assert len(log.splitlines()) <= 2


def test_a_server_for_other_machines_says_who_is_answered(serve_here: Callable[..., Result]) -> None:
    hint = "--allowed-host NAME"
    assert hint in serve_here("--host", "0.0.0.0").stdout
    for options in (["--host", "0.0.0.0", "--allowed-host", "mock"], []):
        greeting = serve_here(*options).stdout
        assert greeting.endswith("Stopped.\n")
        assert hint not in greeting


@pytest.mark.parametrize("name", ["check", "coverage", "diff", "proxy"])
def test_the_commands_of_the_suite_are_found(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert (result.exit_code, f"Usage: coldsend-mock {name}" in result.output) == (0, True)
    assert name in CliRunner().invoke(main, ["--help"]).output


def test_the_documentation_is_listed_and_printed() -> None:
    listed = CliRunner().invoke(main, ["docs"]).output.splitlines()
    assert listed == sorted(listed)
    assert "why           Why no mail comes" in listed
    page = CliRunner().invoke(main, ["docs", "settings"]).output
    assert page.startswith("# Settings\n")
    assert "[[[" not in page
    refused = CliRunner().invoke(main, ["docs", "setings"])
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: No page is called setings; did you mean settings?\n",
    )


def test_the_health_is_an_exit_code(live_server: Server) -> None:
    ready = CliRunner().invoke(main, ["health", "--url", live_server.url])
    assert (ready.exit_code, ready.output) == (0, f"{live_server.url} takes requests.\n")
    # Nobody listens there.
    down = CliRunner().invoke(main, ["health", "--url", "http://127.0.0.1:1"])
    assert down.exit_code == 1
    assert "Connection refused" in down.output
