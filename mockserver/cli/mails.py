"""`coldsend-mock mails` and `reply`."""

from typing import Any

import click

from .addresses import find_id
from .command import call, main, write
from .options import OperationCommand, take_given, with_remote
from .remote import Remote
from .tables import show_line, write_table


@main.command(cls=OperationCommand, operation="listOutbox")
@click.argument("email_id", required=False)
@click.option("--as", "form", type=click.Choice(["eml", "mbox"]), help="Write EMAIL_ID as .eml, all as mbox.")
@with_remote
def mails(remote: Remote, email_id: str | None, form: str | None, **filters: Any) -> None:
    """Show the mails that were sent, oldest first, or the one whose id is EMAIL_ID."""
    query = take_given(filters)
    if (form == "eml") > (email_id is not None) or (email_id and (form == "mbox" or query)):
        raise click.UsageError("--as eml needs an EMAIL_ID; with one there are no filters and no mbox")
    if email_id and form == "eml":
        click.echo(call(remote, "downloadMail", email_id=email_id), nl=False)
    elif form == "mbox":
        if "page" in query or "limit" in query:
            raise click.UsageError("--as mbox writes all mails: it goes with no --page and no --limit")
        click.echo(call(remote, "downloadOutbox", query=query), nl=False)
    elif email_id:
        mail = call(remote, "getMail", email_id=email_id)
        headers = [show_line(f"{name}: {value}") for name, value in mail["headers"].items()]
        write(mail, [*headers, "", *map(show_line, (mail["text"] or mail["html"] or "").splitlines())])
    else:
        answer = call(remote, "listOutbox", query=query)
        rows = [
            [mail["email_id"], mail["sent_at"], mail["from"], mail["to"], mail["subject"]]
            for mail in answer["mails"]
        ]
        write_table(answer, ["id", "sent at", "from", "to", "subject"], rows)
        shown, total = len(rows), answer["pagination"]["total"]
        if shown < total:
            click.echo(f"{shown} of {total}; --page and --limit show others.", err=True)


@main.command(cls=OperationCommand, operation="receiveReply", without=["text"])
@click.argument("lead")
@click.argument("text")
@with_remote
def reply(remote: Remote, lead: str, text: str, **details: Any) -> None:
    """Let LEAD, an address or an id, reply with TEXT to its last mail."""
    lead_id = find_id(remote, "lead_id", lead)
    answer = call(remote, "receiveReply", {"text": text, **take_given(details)}, lead_id=lead_id)
    write(answer, f"{answer['email']}: {answer['status']}, thread {answer['thread_id']}")
