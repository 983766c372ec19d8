"""`coldsend-mock snapshot` and `fork`."""

from typing import Any

import click

from .command import add_remote, call, main, write_time
from .remote import Remote


@main.group()
@add_remote
@click.pass_context
def snapshot(context: click.Context, url: str, key: str, token: str) -> None:
    """Take snapshots of a workspace, and return to them."""
    context.obj = Remote(url, key, token)


@snapshot.command("list")
@click.pass_obj
def list_snapshots(remote: Remote) -> None:
    """List the snapshots, and the times that `clock rewind` can reach."""
    answer = call(remote, "listSnapshots")
    for view in answer["snapshots"]:
        _write_snapshot(view)
    for span in answer["reachable"]:
        click.echo(f"rewind reaches {span['from']} to {span['to']}")


@snapshot.command("take")
@click.argument("name")
@click.pass_obj
def take_snapshot(remote: Remote, name: str) -> None:
    """Keep the present state as NAME."""
    _write_snapshot(call(remote, "takeSnapshot", {"name": name}))


@snapshot.command("restore")
@click.argument("name")
@click.pass_obj
def restore_snapshot(remote: Remote, name: str) -> None:
    """Return to the snapshot NAME, which stays."""
    write_time(call(remote, "restoreSnapshot", name=name))


@snapshot.command("delete")
@click.argument("name")
@click.pass_obj
def delete_snapshot(remote: Remote, name: str) -> None:
    """Forget the snapshot NAME."""
    call(remote, "deleteSnapshot", name=name)


@main.command()
@add_remote
@click.option("--drop", is_flag=True, help="Forget the fork that the key leads to.")
def fork(url: str, key: str, token: str, *, drop: bool) -> None:
    """Make a workspace that is as this one is now, and write its key."""
    remote = Remote(url, key, token)
    if drop:
        call(remote, "dropFork")
    else:
        click.echo(call(remote, "forkWorkspace")["key"])


def _write_snapshot(view: dict[str, Any]) -> None:
    counts = view["counts"]
    click.echo(f"{view['name']}: {view['now']}, {counts['campaigns']} campaigns, {counts['leads']} leads")
