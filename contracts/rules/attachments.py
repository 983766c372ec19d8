"""Attachments: how large they may be, all together."""

from base64 import b64encode
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import non_null

from ..api.api import Api
from ..registry import rule


def _attach(count: int) -> list[dict[str, str]]:
    """Return two files of so many bytes together."""
    sizes = (count // 2, count - count // 2)
    files = [b64encode(b"\0" * size).decode() for size in sizes]
    return [{"filename": f"{number}.bin", "content_base64": file} for number, file in enumerate(files)]


@rule(
    "contacts.send.attachments.bytes",
    source="docs:api-reference/replies/send-a-reply",
    sentence="attachments: max 5, 10 MB total.",
    needs=["send"],
    operations=["sendContactEmail", "sendReply"],
    profile="full",
)
def limit_attachments(api: Api) -> None:
    """Files of a mail may have so many bytes together, and not one more."""
    path = {"contact_id": api.create_contact()["contact_id"]}
    mail: dict[str, Any] = {"inbox_id": api.inbox_id, "subject": api.name("Files"), "body_text": "See there"}
    begun = api.send("sendContactEmail", path=path, body=mail).succeeds()
    thread = {"thread_id": str(begun["thread_id"])}
    for name, where, body in (("sendContactEmail", path, mail), ("sendReply", thread, {"body": "See there"})):
        fields = non_null(api.spec.operations[name].body or {})["properties"]
        most = Extensions(non_null(fields["attachments"])).max_bytes or 0
        api.send(name, path=where, body={**body, "attachments": _attach(most)}).succeeds()
        reply = api.send(name, path=where, body={**body, "attachments": _attach(most + 1)})
        reply.fails("attachments_too_large", limit=most >> 20)
