"""Text is UTF-8, decoded once: what is none, or could not be answered again, is refused everywhere."""

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.seeding.documents import StateFormat
from mockserver.seeding.seeds import SeedError, Seeds

from .kit.api import BASE, SPEC, UNKNOWN_ID, Api
from .kit.control import CONTROL, Control
from .kit.socket_api import JSON, SocketApi

ENCODINGS = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
NAME = "Zażółć gęślą jaźń 🙂"
HALF = r"Half a pair: \ud83d"
HALF_REFUSED = {"loc": ["body", 0], "msg": "Half of a surrogate pair", "type": "value_error.jsondecode"}


def post(api: Api, path: str, body: bytes, method: str = "POST") -> Any:
    return api.send(method, path, data=body, content_type=JSON)


def assert_no_json(answer: Any) -> None:
    assert answer.status == 422, answer
    (violation,) = answer.body["detail"]
    assert violation["type"] == "value_error.jsondecode"
    assert violation["loc"][0] == "body"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_body_is_utf_8_with_or_without_a_mark(encoding: str, socket_api: SocketApi) -> None:
    answer = socket_api.create(json.dumps({"name": NAME}, ensure_ascii=False).encode(encoding))
    assert (answer.status, answer.body["name"]) == (201, NAME)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", [NAME, "Q1 Product Launch", HALF])
def test_another_encoding_is_no_json(encoding: str, name: str, socket_api: SocketApi) -> None:
    body = f'{{"name": "{name}"}}'.encode(encoding)
    assert_no_json(socket_api.create(body))
    assert_no_json(socket_api.create(body, content_type=f"{JSON}; charset={encoding}"))
    assert not socket_api.remembered()["campaigns"]
    assert socket_api.exchange("GET", f"{BASE}/campaigns").status == 200


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_half_a_pair_in_another_encoding_harms_nobody(encoding: str, api: Api, control: Control) -> None:
    """Such a body was once kept, and every list of every workspace failed from then on."""
    campaign_id = api.campaign()
    half = rf'{{"email": "ada@example.com", "first_name": "{HALF}"}}'.encode(encoding)
    assert_no_json(post(api, SPEC.operations["addLead"].path.format(campaign_id=campaign_id), half))
    assert_no_json(post(api, f"{BASE}/contacts", rf'["{HALF}"]'.encode(encoding), "DELETE"))
    other = Api(api.app, f"{api.key}other")
    for asked in (api, other):
        assert asked("listCampaigns").status == asked("listContacts").status == 200
        assert Control(asked)("exportState").status == 200
    control.ok("listJournal")


@pytest.mark.parametrize("body", [rf'{{"name": "{HALF}"}}', rf'{{"{HALF}": 1}}', rf'["{HALF}"]'])
def test_half_a_pair_is_refused_in_the_control_api_too(body: str, control: Control) -> None:
    for operation in ("importState", "addFault", "moveClock"):
        found = CONTROL.operations[operation]
        path = found.path.format(campaign_id=UNKNOWN_ID)
        answer = post(control.api, path, body.encode(), found.method)
        assert (answer.status, answer.body) == (422, {"detail": [HALF_REFUSED]})


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_state_in_another_encoding_is_not_imported(encoding: str, api: Api, control: Control) -> None:
    api.campaign()
    state = json.dumps(control.ok("exportState"))
    found = CONTROL.operations["importState"]
    before = api.remembered()
    assert_no_json(post(api, found.path, state.encode(encoding), found.method))
    assert api.remembered() == before


def upload(api: Api, file_name: bytes, mapping: bytes) -> Any:
    """Upload one lead in a form made by hand."""
    form = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename%b\r\nContent-Type: text/csv\r\n\r\n'
        b"email,first_name\r\nada@example.com,Ada\r\n"
        b'--x\r\nContent-Disposition: form-data; name="mapping"\r\n\r\n%b\r\n--x--\r\n'
    ) % (file_name, mapping)
    path = SPEC.operations["uploadLeads"].path.format(campaign_id=api.campaign())
    return api.send("POST", path, data=form, content_type="multipart/form-data; boundary=x")


def test_a_text_of_a_form_that_is_no_utf_8_is_replaced(api: Api) -> None:
    answer = upload(api, b'="a.csv"', b'{"first_name": "\xed\xa0\xbd"}')
    assert answer.status == SPEC.operations["uploadLeads"].status


@pytest.mark.parametrize(
    "file_name", [b"*=utf-8''%ED%A0%BD.csv", b"*=utf-16''%D8%3D.csv", b'="\xed\xa0\xbd.csv"']
)
def test_a_file_name_that_is_no_utf_8_is_replaced_or_refused(file_name: bytes, api: Api) -> None:
    answer = upload(api, file_name, b"")
    if answer.status == 422:
        assert answer.body["detail"][0]["loc"] == ["body", "file"]
    else:
        assert answer.status == SPEC.operations["uploadLeads"].status
        for batch in api.workspace.lead_batches:
            batch.file_name.encode()


def test_half_a_pair_in_a_mapping_is_no_mapping(api: Api) -> None:
    form = {"file": "email\nada@example.com\n", "mapping": f'{{"first_name": "{HALF}"}}'}
    answer = api("uploadLeads", form, campaign_id=api.campaign())
    assert (answer.status, answer.body) == (400, SPEC.find_error("mapping_invalid").value)


@pytest.mark.parametrize("encoding", [*ENCODINGS, "latin-1"])
def test_a_file_in_another_encoding_is_no_utf_8(encoding: str, api: Api) -> None:
    text = "email,first_name\r\nada@example.com,Zoë\r\n".encode(encoding)
    answer = api("uploadLeads", {"file": (text, "people.csv")}, campaign_id=api.campaign())
    assert answer.status == 400
    assert not api.remembered()["leads"]


@pytest.mark.parametrize("text", ["%ed%a0%bd", "%ff", "%00", "\udcff"])
def test_a_query_that_is_no_utf_8_finds_nothing(text: str, api: Api) -> None:
    api.campaign()
    path = f"{BASE}/campaigns?search={text}".encode("utf-8", "surrogateescape").decode("latin-1")
    assert api.send("GET", path).status == 200


@pytest.mark.parametrize("suffix", ["json", "yaml"])
@pytest.mark.parametrize(
    "data", [rf'{{"campaigns": [{{"name": "{HALF}"}}]}}'.encode(), "{}".encode("utf-16"), b'{"a": "\xff"}',
             b"[" * 100_000],
    ids=["half a pair", "utf-16", "no text", "too deep"],
)  # fmt: skip
def test_a_seed_file_is_utf_8_without_halves(data: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"seed.{suffix}"
    path.write_bytes(data)
    with pytest.raises(SeedError, match="neither YAML nor JSON"):
        Seeds(StateFormat(SPEC)).find(str(path))
