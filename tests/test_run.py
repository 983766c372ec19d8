"""`coldsend-mock run`: programs that know nothing of the mock meet it at the addresses of ColdSend."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockserver import Settings
from mockserver.cli import main, serve
from mockserver.proxy.environment import leading_programs
from mockserver.server.server import Server, in_background

from .kit.api import SPEC
from .needs import NODE, install_node_tools, need

COMMAND = [str(Path(sys.executable).with_name("coldsend-mock")), "run"]
PROGRAMS = Path(__file__).parent / "programs"
SECONDS = 60
URL = "https://api.coldsend.io/api/public/v1/campaigns"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with in_background(Server(Settings(port=0, quiet=True, allowed_host=tuple(SPEC.hosts)))) as server:
        yield server


@pytest.fixture(scope="module")
def environment(server: Server) -> Iterator[dict[str, str]]:
    with leading_programs(server, os.environ) as environment:
        yield environment


@pytest.fixture(scope="module")
def blocking_environment(server: Server) -> Iterator[dict[str, str]]:
    with leading_programs(server, os.environ, block_others=True) as environment:
        yield environment


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


# ---------------------------------------------------------------- programs


def python(library: str, key: str) -> list[str]:
    return [sys.executable, str(PROGRAMS / "post.py"), library, key]


def node(library: str, key: str) -> list[str]:
    if library == "axios":
        install_node_tools(need("npm"))
    return [need("node"), str(PROGRAMS / "post.mjs"), library, key, str(NODE)]


def curl(_library: str, key: str) -> list[str]:
    return [need("curl"), "-sS", "-o", os.devnull, "-w", "%{http_code}", URL, "-H", f"X-API-Key: {key}",
            "--json", '{"name": "Q1 Product Launch"}']  # fmt: skip


def java(_library: str, key: str) -> list[str]:
    need("javac")
    # the first compiler is enough for a program that lives a second
    return [need("java"), "-XX:TieredStopAtLevel=1", str(PROGRAMS / "Post.java"), key]


@pytest.mark.parametrize(
    ("make_command", "library"),
    [
        (python, "requests"),
        (python, "httpx"),
        (python, "urllib"),
        (python, "aiohttp"),
        (node, "fetch"),
        (node, "axios"),
        (node, "https"),
        (node, "tls"),
        (curl, ""),
        (java, "HttpClient"),
    ],
)
def test_a_program_that_is_not_changed_meets_the_mock(
    make_command: Callable[[str, str], list[str]],
    library: str,
    key: str,
    server: Server,
    environment: dict[str, str],
) -> None:
    done = run(environment, *make_command(library, key))
    assert (done.returncode, done.stdout.strip()) == (0, "201"), done.stderr
    assert len(server.app.workspaces.get(key).campaigns) == 1


def test_the_second_host_the_control_api_and_plain_http_are_the_mock_too(
    key: str, environment: dict[str, str]
) -> None:
    for url in (
        URL.replace(".io", ".pro"),
        URL.replace("https:", "http:"),
        "https://api.coldsend.io/_mock/clock",
    ):
        done = run(environment, need("curl"), "-sSf", url, "-H", f"X-API-Key: {key}")
        assert done.returncode == 0, done.stderr


def test_what_a_python_program_imports_at_its_start_is_still_imported(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('mine')")
    path = os.pathsep.join([environment["PYTHONPATH"], str(tmp_path)])
    done = run({**environment, "PYTHONPATH": path}, sys.executable, "-c", "print('program')")
    assert done.stdout.split() == ["mine", "program"]


CONNECT_BY_PYTHON = """
import socket
try:
    socket.create_connection(("93.184.215.14", 443), timeout=5)
except PermissionError as error:
    print(error)
"""
CONNECT_BY_NODE = """
const net = require("net");
net.connect(443, "93.184.215.14").on("error", (error) => console.log(error.message));
fetch("https://example.com").catch((error) => console.log(error.cause.message));
"""


def test_with_block_others_nothing_else_is_reached(blocking_environment: dict[str, str]) -> None:
    sentence = "coldsend-mock run --block-others lets nobody reach "
    done = run(blocking_environment, sys.executable, "-c", CONNECT_BY_PYTHON)
    assert done.stdout == f"{sentence}93.184.215.14\n", done.stderr
    done = run(blocking_environment, need("node"), "-e", CONNECT_BY_NODE)
    assert sorted(done.stdout.splitlines()) == [f"{sentence}93.184.215.14", f"{sentence}example.com"]
    done = run(blocking_environment, need("curl"), "-sS", "http://example.com")
    assert done.stdout == f"{sentence}example.com\n"
    done = run(blocking_environment, sys.executable, str(PROGRAMS / "post.py"), "aiohttp", "cs_live_blocked")
    assert done.stdout == "201\n", done.stderr


# ---------------------------------------------------------------- the environment


def test_commands_ask_the_mock_of_the_run(server: Server) -> None:
    given = {**os.environ, "COLDSEND_MOCK_URL": "http://127.0.0.1:1"}
    with leading_programs(server, given) as environment:
        answer = run(environment, COMMAND[0], "clock", "show")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_variables_that_a_program_has_stay_in_force(server: Server, tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    text = "-----BEGIN CERTIFICATE-----\nbWluZQ==\n-----END CERTIFICATE-----"
    own.write_text(text)
    given = {
        "NODE_OPTIONS": "--no-warnings",
        "PYTHONPATH": "/mine",
        "JAVA_TOOL_OPTIONS": "-Dmine=1",
        "no_proxy": "*, intranet, .coldsend.io, api.coldsend.pro:443",
        "REQUESTS_CA_BUNDLE": str(own),
        "HOME": "/home/mine",
    }
    with leading_programs(server, given) as made:
        bundle = Path(made["REQUESTS_CA_BUNDLE"]).read_text()
        assert text in bundle
        assert bundle.count("BEGIN") > 2  # ours, mine, those of this machine
        assert made["NODE_OPTIONS"].startswith("--no-warnings --require=")
        assert made["PYTHONPATH"].endswith(":/mine")
        assert made["JAVA_TOOL_OPTIONS"].startswith("-Dmine=1 -D")
        assert made["NO_PROXY"] == made["no_proxy"] == "localhost,127.0.0.1,::1,.localhost,intranet"
        assert made["HOME"] == "/home/mine"
        assert len({made[name] for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")}) == 1
        folder = Path(made["SSL_CERT_FILE"]).parent
        assert not [path for path in folder.iterdir() if b"PRIVATE KEY" in path.read_bytes()]
    assert not folder.exists()


# ---------------------------------------------------------------- the command


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the command; it ends with the test."""
    with ExitStack() as stack:

        def begin(*arguments: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [*COMMAND, *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield begin


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command in this process, without its handlers of signals and its log."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(serve, "configure_logging", lambda settings: None)
    return lambda *arguments: CliRunner().invoke(main, ["run", *arguments])


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (["sh", "-c", "exit 7"], 7, ""),
        (["sh", "-c", "kill -KILL $$"], 137, ""),
        (["no-such-program"], 127, "there is no program no-such-program\n"),
        (["/"], 126, "/ cannot be run: Permission denied\n"),
    ],
)
def test_the_exit_code_is_the_program_s(
    command: list[str], code: int, says: str, run_here: Callable[..., Result]
) -> None:
    result = run_here("--", *command)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.endswith(says)
    greeting = r"coldsend-mock: https://api.coldsend.io, \S+ are http://127.0.0.1:\d+ for "
    assert re.match(greeting, result.stderr)


COUNT_SIGNALS = """
import os, signal, sys, time
seen = []
def take(number, _frame):
    os.write(1, b"%d\\n" % number)  # print may be interrupted by itself
    seen.append(number)
for name in ("SIGTERM", "SIGINT", "SIGUSR1"):
    signal.signal(getattr(signal, name), take)
print("ready", flush=True)
while len(seen) < 3:
    time.sleep(0.01)
sys.exit(9)
"""


def test_signals_are_passed_on_and_the_mock_ends_with_the_program(start: Start) -> None:
    process = start("--log", "--", sys.executable, "-c", COUNT_SIGNALS)
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline() == "ready\n"
    for number in (signal.SIGUSR1, signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)
        assert process.stdout.readline() == f"{number.value}\n"
    log = process.communicate(timeout=SECONDS)[1]
    assert process.returncode == 9
    found = re.search(r"http://127.0.0.1:(\d+)", log)
    assert found
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(found[1])))


def test_a_signal_at_its_start_leaves_no_files(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    process = start("--", "sleep", "60")
    while not any(tmp_path.glob("coldsend-mock-*")):  # Python tries the folder with a file of its own before
        assert process.poll() is None
        time.sleep(0.01)
    process.terminate()
    process.communicate(timeout=SECONDS)
    assert (process.returncode, list(tmp_path.iterdir())) == (128 + signal.SIGTERM, [])


def test_settings_are_those_of_serve_and_the_log_can_be_seen(start: Start) -> None:
    command = [need("curl"), "-sS", URL, "-H", "X-API-Key: cs_live_x"]
    process = start("--seed", "launch-ready", "--log", "--", *command)
    printed, log = process.communicate(timeout=SECONDS)
    assert '"total":2' in printed
    assert "listCampaigns 200" in log
    process = start("--strict-keys", "--", *command)
    printed, log = process.communicate(timeout=SECONDS)
    assert "Invalid or revoked API key" in printed
    assert log.count("\n") == 1


def test_a_port_that_is_named_is_used(server: Server, run_here: Callable[..., Result]) -> None:
    taken = server.url.rpartition(":")[2]
    result = run_here("--port", taken, "--", "true")
    assert f"port {taken} on 127.0.0.1 is taken" in result.stderr
    assert result.exit_code == 1


def test_without_its_libraries_it_says_what_to_install(
    run_here: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mockserver.proxy.environment", None)
    result = run_here("--", "true")
    assert result.exit_code == 2
    assert "pip install 'coldsend-mock[run]'" in result.output
