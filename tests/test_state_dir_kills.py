"""--state-dir, and servers that are killed under load."""

import hashlib
import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
import requests

from .kit.api import SPEC
from .kit.process import SECONDS, Process
from .kit.samples import tries_all

KEYS = ("cs_live_one", "cs_live_two", "cs_live_three")
KILLS = 4 if tries_all() else 2
SAVE_SECONDS = 0.1


@dataclass
class Writer:
    """A client that adds one lead after the other, until the server is gone."""

    key: str
    campaign_id: str = ""
    times: list[tuple[float, float]] = field(default_factory=list)
    """When each lead was sent, and when it was acknowledged."""

    def write(self, base_url: str) -> None:
        with requests.Session() as session:
            session.headers[SPEC.key_header] = self.key
            try:
                while True:
                    sent = time.time()
                    body = {"email": f"{len(self.times)}@example.com"}
                    answer = session.post(f"{base_url}/campaigns/{self.campaign_id}/leads/manual", json=body)
                    if not answer.ok:
                        return
                    self.times.append((sent, time.time()))
            except requests.RequestException:
                pass

    def find_saved(self, folder: Path) -> float:
        """Return the time at which the workspace was saved last; 0 when it never was."""
        path = folder / f"{hashlib.sha256(self.key.encode()).hexdigest()}.json"
        try:
            head = json.loads(path.read_text("utf-8"))["workspace"]
        except FileNotFoundError:
            return 0
        return datetime.fromisoformat(head["saved_at"]).timestamp()

    def check(self, url: str, saved: float) -> None:
        """Compare what a server found with what it was told before and after a time."""
        answer = requests.get(f"{url}/_mock/state", headers={SPEC.key_header: self.key}, timeout=SECONDS)
        state = answer.json()
        leads = [lead["email"] for lead in state["leads"]]
        assert leads == [f"{number}@example.com" for number in range(len(leads))]
        assert [contact["email"] for contact in state["contacts"]] == leads, "it is one moment"
        assert len(leads) >= sum(acknowledged < saved for _, acknowledged in self.times)
        # the last one may have been sent and never acknowledged
        assert len(leads) <= sum(sent < saved for sent, _ in self.times) + 1
        del self.times[len(leads) :]
        self.times += [(0, 0)] * (len(leads) - len(self.times))


@pytest.fixture
def writers(tmp_path: Path) -> list[Writer]:
    process = start(tmp_path)
    made = [Writer(key) for key in KEYS]
    for each in made:
        headers = {SPEC.key_header: each.key}
        answer = requests.post(f"{process.base_url}/campaigns", json={"name": "For ever"}, headers=headers)
        each.campaign_id = answer.json()["campaign_id"]
    assert process.stop()[0] == 0
    return made


def start(folder: Path) -> Process:
    arguments = ("--quiet", "--state-dir", str(folder), "--state-seconds", str(SAVE_SECONDS))
    return Process(*arguments).wait_until_ready()


def wait_until_saved(writers: list[Writer], folder: Path, after: float) -> None:
    end = time.monotonic() + SECONDS
    while min(each.find_saved(folder) for each in writers) <= after:
        assert time.monotonic() < end, "nothing is saved"
        time.sleep(0.01)


def test_a_kill_loses_what_was_not_saved_yet_and_nothing_else(writers: list[Writer], tmp_path: Path) -> None:
    random = Random(1)
    found = 0
    process = start(tmp_path)
    for _ in range(KILLS):
        began = time.time()
        with ThreadPoolExecutor(len(writers)) as pool:
            for each in writers:
                pool.submit(each.write, process.base_url)
            wait_until_saved(writers, tmp_path, began)
            time.sleep(random.random() * 2 * SAVE_SECONDS)
            process.stop(signal.SIGKILL)
        saved = [each.find_saved(tmp_path) for each in writers]
        assert time.time() - min(saved) < SECONDS
        process = start(tmp_path)
        for each, at in zip(writers, saved, strict=True):
            each.check(process.base_url.removesuffix(SPEC.base_path), at)
        assert found < (found := sum(len(each.times) for each in writers))
    process.stop()
    assert not list(tmp_path.glob("*.broken-*"))


def test_an_orderly_stop_loses_nothing(writers: list[Writer], tmp_path: Path) -> None:
    process = start(tmp_path)
    with ThreadPoolExecutor(len(writers)) as pool:
        for each in writers:
            pool.submit(each.write, process.base_url)
        wait_until_saved(writers, tmp_path, time.time())
        code, _, log = process.stop()
    assert (code, log) == (0, "")
    process = start(tmp_path)
    for each in writers:
        each.check(process.base_url.removesuffix(SPEC.base_path), time.time())
    process.stop()


def test_a_second_server_says_that_the_folder_is_taken(tmp_path: Path) -> None:
    first = start(tmp_path)
    second = Process("--state-dir", str(tmp_path)).popen
    log = second.communicate(timeout=SECONDS)[1]
    assert second.returncode == 1
    assert log == f"Error: another server keeps its state in {tmp_path}; give each one its own\n"
    assert first.stop()[0] == 0
