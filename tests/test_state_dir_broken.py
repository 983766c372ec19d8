"""--state-dir: files that are broken, too large, or cannot be written."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver import Settings, create_app
from mockserver.state_dir import StateDirError, directory

from .kit.state_dir import KEY, Folder, users


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateDirError, match=r"cannot use .*: Not a directory"):
        create_app(Settings(state_dir=str(tmp_path / "file" / "state")))


def break_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def break_format(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace('"format":1', '"format":99'), "utf-8")


def break_record(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace('"status":"DRAFT"', '"status":"LOST"'), "utf-8")


def break_head(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace('"is_fork":false', '"is_fork":0'), "utf-8")


def break_name(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace(KEY, "cs_live_another"), "utf-8")


def break_encoding(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"Q1", b"\xff\xff"))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (break_half, "."),
        (break_format, "it is no workspace of format 1"),
        (break_record, "campaigns"),
        (break_head, "is_fork"),
        (break_name, "it is the file of another workspace"),
        (break_encoding, "."),
    ],
)
def test_a_broken_file_is_set_aside_with_a_sentence_and_the_others_are_read(
    folder: Folder, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None], reason: str
) -> None:
    app = folder.start()
    users(app)[0].campaign()
    users(app)[1].ok("takeSnapshot", {"name": "monday"})
    folder.save()
    broken = folder.files().keys()
    (path,) = (folder.path / name for name in broken if name.count(".") == 1)
    users(app, "cs_live_other")[0].campaign(name="Sound and well")
    folder.stop()
    damage(path)
    app = folder.start()
    (record,) = caplog.records
    assert f"{path.name} is broken, and set aside as {path.name}.broken-" in record.getMessage()
    assert reason in record.getMessage()
    assert KEY not in record.getMessage()
    assert len(list(folder.path.glob("*.broken-*"))) == len(broken)
    (sound,) = users(app, "cs_live_other")[0].ok("listCampaigns")["campaigns"]
    assert sound["name"] == "Sound and well"
    assert users(app)[0].ok("listCampaigns")["campaigns"] == []
    caplog.clear()
    folder.start()
    assert not caplog.records, "it is not read a second time"


def test_a_broken_snapshot_is_set_aside_alone(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    api, control = users(folder.start())
    api.campaign()
    control.ok("takeSnapshot", {"name": "monday"})
    control.ok("takeSnapshot", {"name": "tuesday"})
    folder.stop()
    break_half(next(path for path in folder.path.glob("*.json") if path.name.count(".") == 2))
    api, control = users(folder.start())
    assert "is broken, and set aside" in caplog.text
    assert len(api.ok("listCampaigns")["campaigns"]) == 1
    assert len(control.ok("listSnapshots")["snapshots"]) == 1


@pytest.mark.parametrize("name", ["../outside.json", "lock", None, {}])
def test_a_snapshot_is_one_of_the_files_of_its_workspace(
    folder: Folder, caplog: pytest.LogCaptureFixture, name: Any
) -> None:
    outside = folder.path.parent / "outside.json"
    outside.write_text("no state", "utf-8")
    users(folder.start())[0].campaign()
    folder.stop()
    folder.edit(lambda document: document.update(snapshots={"monday": name}))
    api, control = users(folder.start())
    assert "names a snapshot whose file is not there" in caplog.text
    assert len(api.ok("listCampaigns")["campaigns"]) == 1
    assert control.ok("listSnapshots")["snapshots"] == []
    assert outside.exists()


def test_a_file_that_is_too_large_is_neither_written_nor_read(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = folder.start()
    api = users(app)[0]
    api.campaign()
    folder.save()
    monkeypatch.setattr(directory, "MOST_BYTES", 1000)
    api.campaign(name="Another one")
    before = folder.files()
    folder.save()
    assert folder.files() == before
    assert "not saved in" in caplog.text
    assert "too large for a file" in caplog.text
    caplog.clear()
    folder.start()
    assert "set aside as" in caplog.text


def test_a_server_that_cannot_save_says_so_and_goes_on(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    app = folder.start()
    api = users(app)[0]
    shutil.rmtree(folder.path)
    for name in ("Number one", "Number two"):
        api.campaign(name=name)
        folder.save()
    (record,) = caplog.records
    assert record.getMessage().startswith(f"workspaces are not saved in {folder.path}: No such file")
    ready = api.send("GET", "/readyz")
    assert (ready.status, ready.body) == (
        200,
        {"status": "ready", "state": "not saved: No such file or directory"},
    )
    folder.path.mkdir()
    folder.save()
    assert caplog.records[-1].levelno == logging.WARNING
    assert "saved again" in caplog.records[-1].getMessage()
    assert api.send("GET", "/readyz").body == {"status": "ready"}
    folder.app = None  # its lock went with the folder
    assert len(users(folder.start())[0].ok("listCampaigns")["campaigns"]) == 2
