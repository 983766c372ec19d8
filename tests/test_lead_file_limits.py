"""How large an upload may be, and what a form may look like."""

from io import BytesIO
from typing import Any

import pytest

from mockserver import Settings
from mockserver.openapi.extensions import Extensions

from .kit.api import BASE, SPEC, Api
from .kit.socket_api import SocketApi

# ---------------------------------------------------------------- sizes

MAX_ROWS = Extensions(SPEC.schemas["LeadUpload"]["properties"]["file"]).max_rows
MAX_FILE = SPEC.operations["uploadLeads"].max_file or 0


def test_ten_thousand_rows_are_taken_and_one_more_is_not(api: Api) -> None:
    campaign_id = api.campaign()
    rows = [f"person{n}@x.io\n" for n in range(MAX_ROWS + 1)]
    answer = api("uploadLeads", {"file": "".join(["email\n", *rows])}, campaign_id=campaign_id)
    assert (answer.status, answer.body) == (400, {"detail": "Maximum 10,000 leads per upload"})
    assert api.read(campaign_id)["total_leads"] == 0
    assert api.upload(campaign_id, "".join(["email\n", *rows[:-1]]))["success_count"] == MAX_ROWS
    assert api.read(campaign_id)["total_leads"] == MAX_ROWS


def test_a_file_may_be_larger_than_other_bodies(socket_api: SocketApi) -> None:
    campaign_id = socket_api.campaign()
    rows = [f"{n}@x.io,{'x' * 100_000}\r\n" for n in range(100)]
    data = "".join(["email,note\r\n", *rows]).encode()
    assert Settings().max_body < len(data) < MAX_FILE
    assert send_file(socket_api, campaign_id, data).status == 200
    assert len(socket_api.leads(campaign_id)) == 100


@pytest.mark.parametrize("size", [MAX_FILE + 1, MAX_FILE * 2])
def test_a_file_above_the_limit_is_refused(size: int, socket_api: SocketApi) -> None:
    campaign_id = socket_api.campaign()
    answer = send_file(socket_api, campaign_id, b"email\n".ljust(size))
    assert (answer.status, answer.body) == (400, {"detail": "File size exceeds the 50MB limit"})


def test_a_form_of_very_many_parts_is_not_read(api: Api) -> None:
    answer = api("uploadLeads", {"file": "email\n", "x": ["y"] * 2000}, campaign_id=api.campaign())
    assert (answer.status, answer.body["detail"][0]["msg"]) == (422, "field required")


def send_file(socket_api: SocketApi, campaign_id: str, data: bytes) -> Any:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    path = f"{BASE}/campaigns/{campaign_id}/leads"
    form = head + data + b"\r\n--b--\r\n"
    return socket_api.exchange("POST", path, form, content_type="multipart/form-data; boundary=b")


# ---------------------------------------------------------------- forms


@pytest.mark.parametrize(
    "content",
    [
        {"json": {"file": "email\n"}},
        {"data": b"no form", "content_type": "multipart/form-data; boundary=b"},
        {"data": b"no boundary", "content_type": "multipart/form-data"},
        {"data": {"mapping": "{}"}},
        {"data": {"file": (BytesIO(b"email\n"), "")}},
        {},
    ],
)
def test_a_body_without_a_file_lacks_it(content: dict[str, Any], api: Api) -> None:
    answer = api.send("POST", f"{BASE}/campaigns/{api.campaign()}/leads", **content)
    assert (answer.status, answer.body) == (422, SPEC.find_error("file_missing").value)


def test_all_violations_of_a_form_are_listed(api: Api) -> None:
    body = {"file": ["text"], "mapping": (b"{}", "m.json"), "duplicate_action": "drop"}
    answer = api("uploadLeads", body | {"delete_existing": "maybe"}, campaign_id="none")
    assert [item["loc"] for item in answer.body["detail"]] == [
        ["path", "campaign_id"],
        ["body", "file"],
        ["body", "mapping"],
        ["body", "duplicate_action"],
        ["body", "delete_existing"],
    ]
