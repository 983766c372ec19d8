"""The files of a mail: their limits, and how answers describe them."""

from base64 import b64decode
from collections.abc import Sequence
from typing import Any

from ..errors import ApiError

Attachment = dict[str, Any]
"""`filename`, `content_base64`, `content_type`: `Attachment` of openapi.yaml."""


def check_attachments(
    attachments: Sequence[Attachment], max_files: int | None, max_bytes: int | None
) -> None:
    """Raise ApiError `attachments_too_many` or `attachments_too_large` (in bytes, all together).

    None is no limit.
    """
    if max_files is not None and len(attachments) > max_files:
        raise ApiError("attachments_too_many", limit=max_files)
    if max_bytes is not None and sum(map(_measure, attachments)) > max_bytes:
        raise ApiError("attachments_too_large", limit=max_bytes >> 20)


def describe_attachments(mail_id: str, attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Return the files of a mail as a thread describes them; the link holds the file itself."""
    return [
        {
            **attachment,
            "size_bytes": _measure(attachment),
            "gcs_path": f"attachments/{mail_id}/{attachment['filename']}",
            "url": f"data:{attachment['content_type']};base64,{attachment['content_base64']}",
        }
        for attachment in attachments
    ]


def _measure(attachment: Attachment) -> int:
    return len(b64decode(attachment["content_base64"]))
