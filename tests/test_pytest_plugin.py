"""The fixtures, in test runs of their own."""

import re
import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

TEST_FILE = """
import requests

def test_one({fixture}):
    assert {fixture}.session.post("/campaigns", json={{"name": "Q1 Product Launch"}}).status_code == 201

def test_two({fixture}):
    assert {fixture}.session.get("/campaigns").json()["campaigns"] == []
    url, headers = {fixture}.base_url + "/campaigns", {fixture}.headers
    if {fixture}.base_url.startswith("http://127.0.0.1:"):
        assert requests.get(url, headers=headers).status_code == 200
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    return pytester


@pytest.mark.parametrize("fixture", ["coldsend", "coldsend_server"])
def test_each_test_has_a_workspace_of_its_own(fixture: str, run: pytest.Pytester) -> None:
    run.makepyfile(TEST_FILE.format(fixture=fixture))
    run.runpytest().assert_outcomes(passed=2)


def test_threads_of_one_test_share_its_workspace_and_no_other(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        import pytest
        from concurrent.futures import ThreadPoolExecutor

        @pytest.mark.parametrize("number", range(3))
        def test_alone(coldsend_server, number):
            post, names = coldsend_server.session.post, [f"Campaign {number}-{i}" for i in range(5)]
            with ThreadPoolExecutor() as pool:
                list(pool.map(lambda name: post("/campaigns", json={"name": name}), names))
            found = coldsend_server.session.get("/campaigns").json()["campaigns"]
            assert sorted(c["name"] for c in found) == names
        """
    )
    run.runpytest().assert_outcomes(passed=3)


def test_a_test_has_the_same_ids_in_every_run(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        def test_ids(coldsend):
            created = coldsend.session.post("/campaigns", json={"name": "A campaign"}).json()
            print("id:" + created["campaign_id"])
        """
    )
    first, again = (re.findall("id:(.+)", run.runpytest("-s").stdout.str()) for _ in range(2))
    assert first == again != []


def test_options_are_those_of_the_command_line(run: pytest.Pytester) -> None:
    run.makeini(
        """
        [pytest]
        filterwarnings = error
        coldsend_strict_keys = true
        coldsend_seed = launch-ready
        coldsend_rate_limit = true
        """
    )
    run.makepyfile(
        """
        def test_options(coldsend):
            assert len(coldsend.workspace.campaigns) == 2
            assert coldsend.session.get("/campaigns").status_code == 200
            other = {"X-API-Key": "cs_live_other"}
            assert coldsend.session.get("/campaigns", headers=other).status_code == 401
            statuses = {coldsend.session.get("/campaigns").status_code for _ in range(100)}
            assert statuses == {200, 429}
        """
    )
    run.runpytest().assert_outcomes(passed=1)


def test_a_failed_test_shows_its_exchanges(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        def test_fails(coldsend):
            coldsend.session.post("/campaigns", json={"name": "short"})
            assert False

        def test_passes(coldsend):
            coldsend.session.get("/campaigns", params={"search": "unseen"})
        """
    )
    output = run.runpytest().stdout.str()
    assert output.count("coldsend exchanges") == 1
    assert "POST /api/public/v1/campaigns → 422" in output
    assert '> {"name": "short"}' in output
    assert "unseen" not in output
    assert "coldsend exchanges" not in run.runpytest("--show-capture=no").stdout.str()


def test_of_many_exchanges_the_last_ones_are_shown(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        def test_fails(coldsend):
            for number in range(25):
                coldsend.session.get("/campaigns", params={"page": number + 1})
            coldsend.session.post("/campaigns", json={"name": "Many days", "sending_days": list(range(100))})
            assert False
        """
    )
    output = run.runpytest().stdout.str()
    assert "(6 earlier ones are in the fixture's journal)" in output
    assert "page=6 " not in output
    assert "page=7 " in output
    assert "  > … 75 more lines" in output


def test_a_request_without_a_usable_key_is_shown_with_the_test_that_sent_it(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        import requests

        def test_before(coldsend_server):
            requests.get(coldsend_server.base_url + "/campaigns", headers={"X-API-Key": "before"})

        def fail(given):
            given.session.get("/campaigns", headers={"X-API-Key": f"Bearer {given.api_key}"})
            given.session.get("/campaign")
            assert False

        def test_fails(coldsend):
            fail(coldsend)

        def test_fails_over_a_socket(coldsend_server):
            fail(coldsend_server)
        """
    )
    output = run.runpytest().stdout.str()
    assert output.count("GET /api/public/v1/campaigns → 401") == 2
    assert output.count("GET /api/public/v1/campaign → 404") == 2
    assert "none" not in output


def test_a_start_without_use_imports_nothing_of_the_server() -> None:
    code = (
        "import sys, pytest, mockserver.testing.pytest_plugin\n"
        "ours = {name for name in sys.modules if name.partition('.')[0] == 'mockserver'}\n"
        "ours -= {'mockserver', 'mockserver.version', 'mockserver.testing'}\n"
        "assert ours == {'mockserver.testing.pytest_plugin'}, ours\n"
        "assert not {'flask', 'requests', 'httpx', 'yaml', 'jsonschema', 'httptools'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
