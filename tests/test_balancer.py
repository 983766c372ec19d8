"""Several servers behind HAProxy or nginx: each workspace is on one of them, and found there."""

import re
import shlex
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests
import yaml12
from click.testing import CliRunner

from mockserver import Server, running
from mockserver.balancer import haproxy
from mockserver.balancer.haproxy import HaproxyError, note_move
from mockserver.balancer.shards import SLOTS, ServersError, assign_slots, find_slot, read_servers
from mockserver.cli import main
from mockserver.settings import check_environment

from .kit.api import SPEC
from .needs import need

SECONDS = 60
NAMES = "abcd"
KEYS = [f"cs_live_behind_{number}" for number in range(190)]
TEAM = {f"cs_live_member_{number}": f"team-{number % 5}" for number in range(10)}
"""Keys that share five workspaces."""
GUIDE = (Path(__file__).parent.parent / "docs/scaling.md").read_text("utf-8")


def run(*arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(main, [*arguments])
    assert result.exit_code == status, result.output
    return result.output


@pytest.fixture(scope="module")
def keys_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "keys.yaml"
    rows = [f"  - {{key: {key}, workspace: {name}}}\n" for key, name in TEAM.items()]
    path.write_text("keys:\n" + "".join(rows), "utf-8")
    return path


@contextmanager
def start_servers(count: int, keys_file: Path) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        yield [stack.enter_context(running(quiet=True, keys_file=str(keys_file))) for _ in range(count)]


def list_servers(servers: list[Server]) -> str:
    return ",".join(f"{name}={server.url[7:]}" for name, server in zip(NAMES, servers, strict=False))


def find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def start_balancer(*command: str, url: str) -> Iterator[str]:
    """Run a balancer until it answers, and while the block lasts."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: answers(f"{url}/healthz"), process)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=SECONDS).ok
    except requests.ConnectionError:
        return False


def wait_until(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.02)


def create(url: str, key: str) -> requests.Response:
    body, header = {"name": f"Made by {key}"}, {SPEC.key_header: key}
    return requests.post(f"{url}{SPEC.base_path}/campaigns", json=body, headers=header, timeout=SECONDS)


def list_names(url: str, key: str) -> list[str]:
    header = {SPEC.key_header: key}
    answer = requests.get(f"{url}{SPEC.base_path}/campaigns", headers=header, timeout=SECONDS)
    return sorted(each["name"] for each in answer.json()["campaigns"])


def place(servers: list[Server]) -> dict[str, list[int]]:
    """Return workspace → the places of the servers that have it."""
    found: dict[str, list[int]] = {}
    for number, server in enumerate(servers):
        for workspace in server.app.workspaces:
            found.setdefault(workspace.name, []).append(number)
    return found


# ---------------------------------------------------------------- which server has what


def test_a_further_server_takes_its_share_and_nothing_changes_between_the_others() -> None:
    three, four = (assign_slots(read_servers(",".join(f"{n}=h:{i + 1}" for i, n in enumerate(NAMES[:count]))))
                   for count in (3, 4))  # fmt: skip
    moved = [slot for slot in range(SLOTS) if three[slot].name != four[slot].name]
    assert {four[slot].name for slot in moved} == {"d"}
    assert len(moved) <= 1.2 * SLOTS / 4
    for servers in (three, four):
        shares = [sum(each.name == name for each in servers) for name in {each.name for each in servers}]
        assert max(shares) <= 1.2 * min(shares)


def test_a_server_at_another_address_keeps_its_slots() -> None:
    before, after = (assign_slots(read_servers(f"a=x:{port},b=y:{port}")) for port in (1, 2))
    assert [each.name for each in before] == [each.name for each in after]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "0 servers; there may be from 1 to 1,000"),
        ("a", "'a' is no server; write NAME=HOST:PORT"),
        ("a=h:0", "is no server"),
        ("a=h:65536", "is no server"),
        ("a b=h:1", "is no server"),
        ("a=h:1,a=h:2", "two servers have the name a"),
        ("a=h:1,b=h:1", "two servers have the address h:1"),
    ],
)
def test_servers_that_make_no_sense_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ServersError, match=re.escape(reason)):
        read_servers(text)


def test_an_address_may_be_the_name() -> None:
    assert [(each.name, each.url) for each in read_servers("[::1]:8001, h:2")] == [
        ("---1--8001", "http://[::1]:8001"),
        ("h-2", "http://h:2"),
    ]


def test_the_files_show_no_key_to_others_and_take_none_that_would_break_them(tmp_path: Path) -> None:
    keys = tmp_path / "keys.yaml"
    keys.write_text("keys: [{key: cs_live_a, workspace: team}]", "utf-8")
    folder = tmp_path / "balancer"
    said = run("balancer", "haproxy", "--servers", "a=h:1", "--keys-file", str(keys), str(folder))
    assert said == f"haproxy -f {folder}/haproxy.cfg\n"
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    keys.write_text("keys: [{key: cs_live_a, workspace: the team}]", "utf-8")
    said = run("balancer", "haproxy", "--servers", "a=h:1", "--keys-file", str(keys), str(folder), status=1)
    assert "'the team' cannot stand in a map of HAProxy" in said
    said = run("balancer", "haproxy", "--servers", "a=h:1", "--owners", "b=h:2", str(folder), status=2)
    assert "--servers lacks b" in said
    assert "is no server" in run("balancer", "moves", "--servers", "a", status=2)


# ---------------------------------------------------------------- HAProxy


def test_a_fourth_server_joins_under_load_and_no_key_is_at_a_wrong_one(
    tmp_path: Path, keys_file: Path
) -> None:
    program, folder, port = need("haproxy"), tmp_path / "balancer", find_port()
    path, keys = folder / "haproxy.sock", [*KEYS, *TEAM]
    with start_servers(4, keys_file) as servers, ThreadPoolExecutor(1) as pool:
        three, four = list_servers(servers[:3]), list_servers(servers)
        options = ["--keys-file", str(keys_file), "--bind", f"127.0.0.1:{port}"]
        run("balancer", "haproxy", "--servers", four, "--owners", three, *options, str(folder))
        command = (program, "-db", "-f", str(folder / "haproxy.cfg"))
        with start_balancer(*command, url=f"http://127.0.0.1:{port}") as url:
            assert all(create(url, key).status_code == 201 for key in keys)
            before = place(servers)
            assert set(before) == {*KEYS, *TEAM.values()}
            assert {number for places in before.values() for number in places} == {0, 1, 2}
            assert all(len(places) == 1 for places in before.values())

            is_over, acknowledged = Event(), dict.fromkeys(KEYS, 1)

            def write() -> None:
                while not is_over.is_set():
                    for key in KEYS[::5]:
                        answer = create(url, key)
                        assert answer.status_code in {201, 503}, answer.text
                        acknowledged[key] += answer.status_code == 201

            writer = pool.submit(write)
            try:
                moves = run("balancer", "moves", "--servers", four, "--haproxy", str(path)).splitlines()
                assert 0 < len(moves) <= 1.2 * len(before) / 4
                for line in moves:
                    run(*shlex.split(line)[1:])
            finally:
                is_over.set()
            writer.result()
            after = place(servers)
            assert sum(after[name] != before[name] for name in before) == len(moves)
            assert run("balancer", "moves", "--servers", four) == ""
        run("balancer", "haproxy", "--servers", four, *options, str(folder))
        with start_balancer(*command, url=url):
            for key in KEYS:
                assert list_names(url, key) == [f"Made by {key}"] * acknowledged[key]
            for key, team in TEAM.items():
                members = [f"Made by {each}" for each, other in TEAM.items() if other == team]
                assert list_names(url, key) == members
            assert place(servers) == after
            slots = assign_slots(read_servers(four))
            wrong = [name for name, places in after.items()
                     if [NAMES[number] for number in places] != [slots[find_slot(name)].name]]  # fmt: skip
            assert wrong == []


def test_haproxy_checks_the_health_and_keeps_others_from_all_but_the_api(
    tmp_path: Path, keys_file: Path
) -> None:
    program, port = need("haproxy"), find_port()
    with start_servers(2, keys_file) as servers:
        bind = ["--bind", f"127.0.0.1:{port}"]
        run("balancer", "haproxy", "--servers", list_servers(servers), *bind, str(tmp_path))
        config = tmp_path / "haproxy.cfg"
        subprocess.run([program, "-c", "-f", str(config)], check=True, capture_output=True)
        path = tmp_path / "haproxy.sock"
        with start_balancer(program, "-db", "-f", str(config), url=f"http://127.0.0.1:{port}") as url:

            def list_checks() -> set[str]:
                rows = haproxy._ask(path, "show stat").lstrip("# ").splitlines()
                names, *lines = [row.split(",") for row in rows if row]
                checks = [dict(zip(names, line, strict=False)) for line in lines]
                return {each["check_status"] for each in checks if each["svname"] in NAMES}

            end = time.monotonic() + SECONDS
            while list_checks() != {"L7OK"}:
                assert time.monotonic() < end, list_checks()
                time.sleep(0.05)
            assert create(url, "").status_code == 401
            control = f"{url}/_mock/workspace"
            header = {SPEC.key_header: KEYS[0]}
            assert requests.get(control, headers=header, timeout=SECONDS).status_code == 200
            for name in ("two words", "a;shutdown", "a\nb"):
                with pytest.raises(HaproxyError, match="cannot be told of a workspace"):
                    note_move(path, name, "a")
        config.write_text(config.read_text("utf-8").replace("127.0.0.0/8 ::1", "192.0.2.1"), "utf-8")
        with start_balancer(program, "-db", "-f", str(config), url=url):
            assert requests.get(control, headers=header, timeout=SECONDS).status_code == 403
            assert create(url, KEYS[0]).status_code == 201
    with pytest.raises(HaproxyError, match="does not answer"):
        note_move(path, "team", "a")


# ---------------------------------------------------------------- nginx, Kubernetes


def find_block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def test_nginx_as_the_guide_configures_it(tmp_path: Path, keys_file: Path) -> None:
    program, port = need("nginx", "/usr/sbin/nginx"), find_port()
    with start_servers(3, keys_file) as servers:
        config = find_block("nginx").replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        for number, server in enumerate(servers, 1):
            config = config.replace(f"127.0.0.1:800{number}", server.url[7:])
        config = config.replace("cs_live_editor team-a;", "".join(f"{k} {t};\n" for k, t in TEAM.items()))
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")  # here also for who is not root
        places = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
        config = config.replace("access_log off;", f"access_log off; {places}")
        (tmp_path / "nginx.conf").write_text(config, "utf-8")
        place_of = ["-p", str(tmp_path), "-c", "nginx.conf", "-e", str(tmp_path / "error.log")]
        directives = ["-g", f"daemon off; pid {tmp_path}/nginx.pid;"]
        subprocess.run([program, "-t", *place_of, *directives], check=True, capture_output=True)
        with start_balancer(program, *place_of, *directives, url=f"http://127.0.0.1:{port}") as url:
            keys = [*KEYS[:30], *TEAM]
            assert all(create(url, key).status_code == 201 for key in keys)
            found = place(servers)
            assert set(found) == {*KEYS[:30], *TEAM.values()}
            assert all(len(places) == 1 for places in found.values())
            assert {number for places in found.values() for number in places} == {0, 1, 2}
            assert requests.get(f"{url}/_mock/workspaces", timeout=SECONDS).status_code == 404


def test_the_objects_for_kubernetes_hold_together(tmp_path: Path) -> None:
    document: Any = yaml12.parse_yaml(find_block("yaml"))
    items = {each["kind"]: each for each in document["items"]}
    service, stateful = items["Service"], items["StatefulSet"]
    assert service["spec"]["clusterIP"] == "None"
    assert stateful["spec"]["serviceName"] == service["metadata"]["name"]
    template = stateful["spec"]["template"]
    labels = stateful["spec"]["selector"]["matchLabels"]
    assert labels == template["metadata"]["labels"] == service["spec"]["selector"]
    pod, (container,) = template["spec"], template["spec"]["containers"]
    assert pod["enableServiceLinks"] is False
    assert pod["terminationGracePeriodSeconds"] > 10
    check_environment({each["name"]: "" for each in container["env"]})
    assert [container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("liveness", "readiness")] == [
        "/healthz",
        "/readyz",
    ]
    (mount,) = container["volumeMounts"]
    values = {each["name"]: each.get("value") for each in container["env"]}
    assert mount["mountPath"] == values["COLDSEND_MOCK_STATE_DIR"]
    assert mount["name"] == stateful["spec"]["volumeClaimTemplates"][0]["metadata"]["name"]
    names = [f"coldsend-mock-{number}" for number in range(stateful["spec"]["replicas"])]
    domain = f"{service['metadata']['name']}.default.svc.cluster.local"
    servers = ",".join(f"{name}={name}.{domain}:8000" for name in names)
    assert f"--servers {servers} --dns" in GUIDE
    program = need("haproxy")
    run("balancer", "haproxy", "--servers", servers, "--dns", str(tmp_path))
    subprocess.run([program, "-c", "-f", str(tmp_path / "haproxy.cfg")], check=True, capture_output=True)
