"""The coldsend-mock command itself, and what its commands have in common."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import click

from ..spelling import suggest
from ..version import __version__
from .remote import Remote, RemoteError

WANTS_JSON = f"{__name__}.json"
"""The context holds under this name whether answers are to be written as JSON."""


class NamedGroup(click.Group):
    """Commands under a name; a misspelt one is refused with the nearest."""

    group_class = type

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names, and the other arguments."""
        name = args[0]
        if not (ctx.resilient_parsing or name.startswith("-") or self.get_command(ctx, name)):
            ctx.fail(f"No command is called {name}; {suggest(name, self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=NamedGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
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
