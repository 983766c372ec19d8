"""`coldsend-mock why`."""

from typing import Any

import click

from .addresses import find_id
from .command import main, write
from .options import with_remote
from .remote import Remote, RemoteError

_NOT_FOUND = 404


@main.command()
@click.argument("record", metavar="LEAD|CAMPAIGN")
@with_remote
def why(remote: Remote, record: str) -> None:
    """Show what a lead (an id or an address) or a campaign (an id) sends next, and what it waits for."""
    answer = explain(remote, find_id(remote, "lead_id", record))
    write(answer, _describe(answer))


def explain(remote: Remote, record_id: str) -> Any:
    """Return what the server says of a lead, or else of a campaign; raises ClickException."""
    try:
        try:
            return remote.call("explainLead", lead_id=record_id)
        except RemoteError as error:
            if error.status != _NOT_FOUND:
                raise
        return remote.call("explainCampaign", campaign_id=record_id)
    except RemoteError as error:
        is_unknown = error.status == _NOT_FOUND
        text = f"No lead and no campaign has the id {record_id}" if is_unknown else str(error)
        raise click.ClickException(text) from None


def _describe(answer: dict[str, Any]) -> str:
    """Return the sentences of an answer; of a campaign also how many leads have which reason."""
    counts = [f"{count['leads']} {count['code']}" for count in answer.get("lead_counts", [])]
    return "\n".join([answer["text"], *([f"Leads: {', '.join(counts)}"] if counts else [])])
