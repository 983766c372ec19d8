"""`coldsend-mock balancer`."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..balancer.haproxy import CONFIG, write_files
from ..balancer.shards import Server, ServersError, assign_slots, find_slot, read_servers
from ..http.keys import KeyRing, KeysFileError
from ..openapi.spec import load_spec
from ..settings import Settings
from .command import call, main
from .remote import Remote


class _ServerList(click.ParamType[list[Server]]):
    name = "servers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[Server]:
        try:
            return read_servers(value)
        except ServersError as error:
            self.fail(str(error), param, ctx)


_LIST = "NAME=HOST:PORT,…"


@main.group()
def balancer() -> None:
    """Let a load balancer lead each workspace to one of several servers."""


@balancer.command("haproxy")
@click.option("--servers", type=_ServerList(), required=True, metavar=_LIST, help="All servers.")
@click.option("--owners", type=_ServerList(), metavar=_LIST, help="Those that have slots; default: all.")
@click.option("--keys-file", default="", metavar="FILE", help="The servers' file of declared keys.")
@click.option(
    "--bind", default="127.0.0.1:8000", show_default=True, metavar="ADDRESS", help="Where HAProxy listens."
)
@click.option(
    "--socket",
    "path",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Where HAProxy takes commands while it runs; default: haproxy.sock in FOLDER.",
)
@click.option("--dns", is_flag=True, help="Let HAProxy ask the DNS for servers that get new addresses.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def write_haproxy(
    *,
    servers: list[Server],
    owners: list[Server] | None,
    keys_file: str,
    bind: str,
    path: Path | None,
    dns: bool,
    folder: Path,
) -> None:
    """Write haproxy.cfg and the maps that it reads into FOLDER."""
    spec = load_spec()
    strangers = [server.name for server in owners or () if server not in servers]
    if strangers:
        raise click.UsageError(f"--servers lacks {strangers[0]}, which --owners names.")
    try:
        keys = KeyRing(spec, Settings(keys_file=keys_file)).declared
        shared = {key.value: key.workspace for key in keys if key.value != key.workspace}
        write_files(
            folder,
            spec,
            servers=servers,
            owners=owners or servers,
            workspaces=shared,
            bind=bind,
            socket_path=path,
            asks_dns=dns,
        )
    except (KeysFileError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"cannot write {folder}: {error.strerror}") from None
    click.echo(f"haproxy -f {folder / CONFIG}")


@balancer.command("moves")
@click.option("--servers", type=_ServerList(), required=True, metavar=_LIST, help="All servers.")
@click.option(
    "--owners", type=_ServerList(), metavar=_LIST, help="Those that are to have slots; default: all."
)
@click.option("--token", default="", help="The servers' --control-token, from another machine.")
@click.option(
    "--haproxy",
    "path",
    type=click.Path(path_type=Path),
    metavar="SOCKET",
    help="Tell this HAProxy of each move.",
)
def list_moves(servers: list[Server], owners: list[Server] | None, token: str, path: Path | None) -> None:
    """Ask the servers for their workspaces, and print the commands that move them to where they belong."""
    slots = assign_slots(owners or servers)
    for server in servers:
        listed = call(Remote(server.url, "", token), "listWorkspaces")["workspaces"]
        for line in _list_moves(server, listed, slots, path):
            click.echo(line)


def _list_moves(
    server: Server, listed: list[dict[str, Any]], slots: Sequence[Server], path: Path | None
) -> list[str]:
    lines = []
    for each in listed:
        owner = slots[find_slot(each["name"])]
        if owner.name == server.name:
            continue
        if each["key"] is None:
            lines.append("# a workspace without a key cannot be moved")
            continue
        where = ["--from", server.url, "--to", owner.url]
        balancer = ["--haproxy", str(path), "--server", owner.name] if path else []
        lines.append(shlex.join(["coldsend-mock", "workspaces", "move", each["key"], *where, *balancer]))
    return lines
