"""`coldsend-mock workspaces`."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from ..balancer.haproxy import HaproxyError, note_move
from .command import call, main, write
from .options import with_remote
from .remote import Remote, RemoteError
from .tables import write_table

_TOO_LARGE = 413


@main.group(invoke_without_command=True)
@with_remote
def workspaces(remote: Remote) -> None:
    """List the workspaces in use, the one used last first; or move one to another server."""
    context = click.get_current_context()
    context.obj = remote
    if context.invoked_subcommand:
        return
    answer = call(remote, "listWorkspaces")
    rows = [
        [
            each["key"] or f"{each['name']} (no key)",
            each["now"] + (" (stands still)" if each["frozen"] else ""),
            each["campaigns"],
            "fork" if each["is_fork"] else "",
        ]
        for each in answer["workspaces"]
    ]
    write_table(answer, ["key", "time", "campaigns", ""], rows)


@workspaces.command("move")
@click.argument("key")
@click.option("--from", "source_url", required=True, metavar="URL", help="The server that has the workspace.")
@click.option("--to", "target_url", required=True, metavar="URL", help="The server that is to have it.")
@click.option("--token", help="The --control-token of both servers, from another machine.")
@click.option("--replace", is_flag=True, help="Replace a workspace that holds changes there.")
@click.option(
    "--haproxy", "path", type=click.Path(path_type=Path), metavar="SOCKET", help="Tell this HAProxy, too."
)
@click.option("--server", metavar="NAME", help="What HAProxy calls the server that is to have it.")
@click.pass_obj
def move_workspace(
    remote: Remote,
    *,
    key: str,
    source_url: str,
    target_url: str,
    token: str | None,
    replace: bool,
    path: Path | None,
    server: str | None,
) -> None:
    """Move the workspace of KEY to another server, with all that it goes on from but its journal.

    Until the balancer leads its requests there, they are refused (503) and are to be sent again.
    """
    if (path is None) != (server is None):
        raise click.UsageError("--haproxy and --server belong together.")
    source, target = (Remote(url, key, token or remote.token) for url in (source_url, target_url))
    view, name = _hand_over(source, target, replace=replace)
    if path and server:
        try:
            note_move(path, name, server)
        except HaproxyError as error:
            raise click.ClickException(f"the workspace is at {target_url} now, but {error}") from None
    write(
        view, f"The workspace of {key} is at {target_url} now, with {view['counts']['campaigns']} campaigns."
    )


def _hand_over(source: Remote, target: Remote, *, replace: bool) -> tuple[dict[str, Any], str]:
    """Return how a workspace looks at its new server, and its name; raises ClickException.

    When something goes wrong, it goes on where it was.
    """
    held = call(source, "beginHandover")
    try:
        view: dict[str, Any] = target.call("takeOver", held, {"replace": "true"} if replace else None)
    except BaseException as error:  # Ctrl-C, too
        with suppress(click.ClickException):
            call(source, "cancelHandover")
        if not isinstance(error, RemoteError):
            raise
        hint = f"; start {target.url} with a higher --max-body" if error.status == _TOO_LARGE else ""
        raise click.ClickException(f"{error}{hint}") from None
    try:
        call(source, "finishHandover")
    except BaseException:
        with suppress(click.ClickException):
            call(target, "beginHandover")
            call(target, "finishHandover")
        raise
    return view, str(held["workspace"]["name"])
