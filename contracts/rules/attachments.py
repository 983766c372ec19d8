"""Attachments: how large they may be, all together."""

from base64 import b64encode
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import non_null

from ..api.api import Api
from ..registry import rule

_SOURCE = "docs:api-reference/replies/send-a-reply"
_SENTENCE = "attachments: max 5, 10 MB total."


def _attach(count: int) -> list[dict[str, str]]:
    """Return two files of so many bytes together."""
    sizes = (count // 2, count - count // 2)
    files = [b64encode(b"\0" * size).decode() for size in sizes]
    return [{"filename": f"{number}.bin", "content_base64": file} for number, file in enumerate(files)]


def _limit(api: Api, name: str, path: dict[str, str], body: dict[str, Any]) -> None:
    """Send as much as an operation takes, and one byte more."""
    fields = non_null(api.spec.operations[name].body or {})["properties"]
    most = Extensions(non_null(fields["attachments"])).max_bytes or 0
    api.send(name, path=path, body={**body, "attachments": _attach(most)}).succeeds()
    reply = api.send(name, path=path, body={**body, "attachments": _attach(most + 1)})
    reply.fails("attachments_too_large", limit=most >> 20)


@rule(
    "contacts.send.attachments.bytes",
    source=_SOURCE,
    sentence=_SENTENCE,
    needs=["send", "mock"],
    operations=["sendContactEmail"],
)
def limit_mails(api: Api) -> None:
    """The files of a mail to a contact may have so many bytes together, and not one more."""
    path = {"contact_id": str(api.create_contact()["contact_id"])}
    body = {"inbox_id": api.inbox_id, "subject": api.name("Files"), "body_text": "See there"}
    _limit(api, "sendContactEmail", path, body)


@rule(
    "replies.send.attachments.bytes",
    source=_SOURCE,
    sentence=_SENTENCE,
    needs=["send"],
    operations=["sendReply"],
    profile="full",
)
def limit_replies(api: Api) -> None:
    """The files of an answer may have so many bytes together, and not one more."""
    path = {"contact_id": str(api.create_contact()["contact_id"])}
    body = {"inbox_id": api.inbox_id, "subject": api.name("Files"), "body_text": "See there"}
    begun = api.send("sendContactEmail", path=path, body=body).succeeds()
    _limit(api, "sendReply", {"thread_id": str(begun["thread_id"])}, {"body": "See there"})
