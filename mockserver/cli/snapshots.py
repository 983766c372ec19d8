"""`coldsend-mock snapshot` and `fork`."""

from typing import Any

import click

from .command import call, main, write, write_time
from .options import add_remote, with_remote
from .remote import Remote


@main.group()
@add_remote
def snapshot() -> None:
    """Take snapshots of a workspace, and return to them."""


@snapshot.command("list")
@with_remote
def list_snapshots(remote: Remote) -> None:
    """List the snapshots, and the times that `clock rewind` can reach."""
    answer = call(remote, "listSnapshots")
    spans = [f"rewind reaches {span['from']} to {span['to']}" for span in answer["reachable"]]
    write(answer, [*map(_describe, answer["snapshots"]), *spans])


@snapshot.command("take")
@click.argument("name")
@with_remote
def take_snapshot(remote: Remote, name: str) -> None:
    """Keep the present state as NAME."""
    view = call(remote, "takeSnapshot", {"name": name})
    write(view, _describe(view))


@snapshot.command("restore")
@click.argument("name")
@with_remote
def restore_snapshot(remote: Remote, name: str) -> None:
    """Return to the snapshot NAME, which stays."""
    write_time(call(remote, "restoreSnapshot", name=name))


@snapshot.command("delete")
@click.argument("name")
@with_remote
def delete_snapshot(remote: Remote, name: str) -> None:
    """Forget the snapshot NAME."""
    write(call(remote, "deleteSnapshot", name=name), [])


@main.command()
@click.option("--drop", is_flag=True, help="Forget the fork that the key leads to.")
@with_remote
def fork(remote: Remote, *, drop: bool) -> None:
    """Make a workspace that is as this one is now, and write its key."""
    if drop:
        write(call(remote, "dropFork"), [])
    else:
        answer = call(remote, "forkWorkspace")
        write(answer, answer["key"])


def _describe(view: dict[str, Any]) -> str:
    counts = view["counts"]
    return f"{view['name']}: {view['now']}, {counts['campaigns']} campaigns, {counts['leads']} leads"
