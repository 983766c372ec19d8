"""`coldsend-mock health`."""

import click

from .command import main, write
from .options import with_remote
from .remote import Remote, RemoteError


@main.command()
@with_remote
def health(remote: Remote) -> None:
    """Say whether a server takes requests; the exit code is 1 unless it does."""
    try:
        write(remote.check_health(), f"{remote.url} takes requests.")
    except RemoteError as error:
        raise click.ClickException(str(error)) from None
