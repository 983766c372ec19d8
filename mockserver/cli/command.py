"""The coldsend-mock command itself, and what its commands have in common."""

import json
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

import click

from ..spelling import suggest
from ..version import __version__
from .remote import Remote, RemoteError

WANTS_JSON = f"{__name__}.json"
"""The context holds under this name whether answers are to be written as JSON."""

MODULES = {
    "balancer": "balancer",
    "call": "calls",
    "capsule": "capsules",
    "check": "suite",
    "clock": "clock",
    "coverage": "suite",
    "diff": "suite",
    "docs": "docs",
    "fault": "faults",
    "fork": "snapshots",
    "health": "health",
    "js": "js",
    "log": "journal",
    "mails": "mails",
    "mcp": "mcp",
    "proxy": "suite",
    "replay": "capsules",
    "reply": "mails",
    "run": "run",
    "seed": "seeds",
    "serve": "serve",
    "snapshot": "snapshots",
    "state": "state",
    "why": "why",
    "workspaces": "workspaces",
}
"""Command → the module of this folder that adds it."""


class NamedGroup(click.Group):
    """Commands under a name; a misspelt one is refused with the nearest."""

    group_class: type[click.Group] | type[type] | None = type

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names, and the other arguments."""
        name = args[0]
        if not (ctx.resilient_parsing or name.startswith("-") or self.get_command(ctx, name)):
            ctx.fail(f"No command is called {name}; {suggest(name, self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


class CommandGroup(NamedGroup):
    """The commands of all modules. A module is imported when somebody asks for one of its commands.

    All modules together take several times as long to import as most commands take to run.
    """

    group_class = NamedGroup

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command that has a name."""
        self.load(cmd_name)
        return super().get_command(ctx, cmd_name)

    def load(self, name: str) -> None:
        """Import the module that adds a command; a name that no command has changes nothing."""
        if name in MODULES:
            import_module(f".{MODULES[name]}", __package__)


@click.group(
    cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="coldsend-mock")
def main() -> None:
    """Stand in for the ColdSend public API, on this machine, mailing nobody."""


def call(
    remote: Remote, operation_id: str, body: Any = None, query: Mapping[str, Any] | None = None, **ids: str
) -> Any:
    """Return the answer of a control operation; raises ClickException."""
    try:
        return remote.call(operation_id, body, query, **ids)
    except RemoteError as error:
        raise click.ClickException(str(error)) from None


def write(answer: Any, text: str | Iterable[str]) -> None:
    """Write an answer as JSON where --json asks for it, else the text or lines that say it."""
    if wants_json():
        click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    for line in [text] if isinstance(text, str) else text:
        click.echo(line)


def wants_json() -> bool:
    """Return whether answers are to be written as JSON."""
    return bool(click.get_current_context().meta.get(WANTS_JSON))


def write_time(view: dict[str, Any]) -> None:
    """Write the time, and what happened while the clock moved."""
    happened = ", ".join(f"{count} {kind}" for kind, count in view.get("happened", {}).items())
    stands = " (stands still)" if view["frozen"] else ""
    write(view, view["now"] + stands + (f": {happened}" if happened else ""))


def write_counts(view: dict[str, Any]) -> None:
    """Write how many records a workspace holds."""
    write(view, ", ".join(f"{count} {table.replace('_', ' ')}" for table, count in view["counts"].items()))
