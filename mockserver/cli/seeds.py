"""`coldsend-mock seed`."""

import click

from ..seeding.seeds import list_seeds
from .command import call, main, write, write_counts
from .options import complete, with_remote
from .remote import Remote


@main.command()
@click.argument("name", required=False, shell_complete=complete(list_seeds))
@click.option("--leads", type=click.IntRange(min=1), help="How many leads; only for the seed large.")
@with_remote
def seed(remote: Remote, name: str | None, leads: int | None) -> None:
    """Let a workspace begin anew from the seed NAME; without it, list the seeds.

    Everything in the workspace is replaced. A later reset returns to this seed.
    """
    if name is None:
        answer = call(remote, "listSeeds")
        write(answer, [f"{known['name']}: {known['summary']}" for known in answer["seeds"]])
    else:
        size = {} if leads is None else {"leads": leads}
        write_counts(call(remote, "seedWorkspace", {"seed": name, **size}))
