"""`coldsend-mock why`."""

import json
from typing import Any

import click

from .command import add_remote, main
from .remote import Remote, RemoteError

_NOT_FOUND = 404


@main.command()
@add_remote
@click.option("--json", "is_json", is_flag=True, help="Print the whole answer as JSON.")
@click.argument("record_id", metavar="LEAD|CAMPAIGN")
def why(url: str, key: str, token: str, *, is_json: bool, record_id: str) -> None:
    """Show what a lead or a campaign, named by its id, sends next, and what it waits for."""
    answer = _explain(Remote(url, key, token), record_id)
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False) if is_json else _describe(answer))


def _explain(remote: Remote, record_id: str) -> Any:
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
