"""`coldsend-mock seed`."""

import click

from .command import add_remote, call, main
from .remote import Remote
from .state import write_counts


@main.command()
@click.argument("name", required=False)
@click.option("--leads", type=click.IntRange(min=1), help="How many leads; only for the seed large.")
@add_remote
def seed(name: str | None, leads: int | None, url: str, key: str, token: str) -> None:
    """Let a workspace begin anew from the seed NAME; without it, list the seeds.

    Everything in the workspace is replaced. A later reset returns to this seed.
    """
    remote = Remote(url, key, token)
    if name is None:
        for known in call(remote, "listSeeds")["seeds"]:
            click.echo(f"{known['name']}: {known['summary']}")
    else:
        size = {} if leads is None else {"leads": leads}
        write_counts(call(remote, "seedWorkspace", {"seed": name, **size}))
