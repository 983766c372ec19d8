"""For any input: no failure of the server, a documented answer, and nothing half done."""

import json
import re
import socket
from typing import Any

import pytest

from mockserver import Settings
from mockserver.openapi.parsing import MAX_DEPTH

from .kit.api import BASE, NAME, SPEC, UNKNOWN_ID, Api, content_of
from .kit.prerequisites import prepare_ids
from .kit.socket_api import SocketApi

GOOD = json.dumps({"name": NAME}).encode()


def refusal(loc: list[Any], message: str, kind: str) -> dict[str, Any]:
    return {"detail": [{"loc": loc, "msg": message, "type": kind}]}


def no_json(position: int, message: str) -> dict[str, Any]:
    return refusal(["body", position], message, "value_error.jsondecode")


TOO_DEEP = no_json(0, f"Nested deeper than {MAX_DEPTH} levels")
NO_DICT = refusal(["body"], "value is not a valid dict", "type_error.dict")
NO_BODY = refusal(["body"], "field required", "value_error.missing")
SURROGATE = no_json(0, "Half of a surrogate pair")

REFUSED = {
    "a property without quotes": (b"{name: 1}", SPEC.find_error("body_not_json").value),
    "a body cut off": (b'{"name": ', no_json(9, "Expecting value: line 1 column 10 (char 9)")),
    "two values": (b"{} {}", no_json(3, "Extra data: line 1 column 4 (char 3)")),
    "white space": (b"  ", no_json(2, "Expecting value: line 1 column 3 (char 2)")),
    "no text at all": (b'{"name": "\xff\xfe\xff"}', no_json(10, "Not utf-8: invalid start byte")),
    "an array": (b"[]", NO_DICT),
    "a text": (b'"Q1 Product Launch"', NO_DICT),
    "a number": (b"12", NO_DICT),
    "a truth value": (b"true", NO_DICT),
    "null": (b"null", NO_BODY),
    "nothing": (b"", NO_BODY),
    "NaN": (b'{"name": NaN}', no_json(0, "NaN is no JSON")),
    "infinity": (b'{"name": -Infinity}', no_json(0, "-Infinity is no JSON")),
    "1e400": (b'{"sending_window_start": 1e400}', no_json(0, "1e400 is out of range")),
    "half a surrogate pair": (rb'{"name": "Q1 Launch \ud83d"}', SURROGATE),
    "the other half, unknown field": (b'{"name": "Q1 Product Launch", "x": "\\uDE42"}', SURROGATE),
    "half a pair, encoded": (
        b'{"name": "\xed\xa0\xbd"}',
        no_json(10, "Not utf-8: invalid continuation byte"),
    ),
    "10,000 arrays": (b"[" * 10_000 + b"]" * 10_000, TOO_DEEP),
    "10,000 arrays, unclosed": (b"[" * 10_000, None),
    "10,000 objects": (b'{"name":' * 10_000 + b"1" + b"}" * 10_000, TOO_DEEP),
    "arrays in an unknown field": (b'{"x":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", TOO_DEEP),
    "a number of 100,000 digits": (b'{"sending_window_start": ' + b"9" * 100_000 + b"}", None),
}


@pytest.mark.parametrize(("body", "expected"), REFUSED.values(), ids=REFUSED)
def test_a_body_that_is_no_object_of_the_schema_is_refused(
    body: bytes, expected: Any, socket_api: SocketApi
) -> None:
    answer = socket_api.create(body)
    assert answer.status == 422
    assert expected is None or answer.body == expected
    assert [set(item) for item in answer.body["detail"]] == [{"loc", "msg", "type"}]
    assert len(json.dumps(answer.body)) < 500
    assert not socket_api.remembered()["campaigns"]


def test_no_body_at_all_is_a_missing_field(socket_api: SocketApi) -> None:
    assert socket_api.create(None).body == NO_BODY


def test_free_form_fields_have_a_depth_too(api: Api) -> None:
    campaign_id = api.campaign()
    deep: Any = 1
    for _ in range(MAX_DEPTH - 2):
        deep = [deep]
    api.lead(campaign_id, custom_fields={"deep": deep})
    answer = api(
        "addLead", {"email": "b@example.com", "custom_fields": {"deep": [deep]}}, campaign_id=campaign_id
    )
    assert (answer.status, answer.body) == (422, TOO_DEEP)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
     "application/jsonp", "*/*", "é", ";"],
)  # fmt: skip
def test_a_body_of_another_media_type_is_no_object(content_type: str, socket_api: SocketApi) -> None:
    answer = socket_api.create(GOOD, content_type=content_type)
    if content_type == ";":  # says nothing
        assert answer.status == 201
    else:
        assert (answer.status, answer.body) == (422, NO_DICT)
        assert not socket_api.remembered()["campaigns"]


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json", None],
)
def test_a_body_of_json_or_of_no_media_type_is_read(content_type: str | None, socket_api: SocketApi) -> None:
    assert socket_api.create(GOOD, content_type=content_type).status == 201


def test_of_duplicate_keys_the_last_one_counts(socket_api: SocketApi) -> None:
    answer = socket_api.create(b'{"name": "short", "name": "Q1 Product Launch", "name": "Q2 Product Launch"}')
    assert (answer.status, answer.body["name"]) == (201, "Q2 Product Launch")


@pytest.mark.parametrize("character", ["🙂", "ש", "漢", "\0", "\u0301", "\u202e", "\n", "\\"])
def test_lengths_are_counted_in_characters_and_names_kept_as_they_are(
    character: str, socket_api: SocketApi
) -> None:
    for length in (8, 255):
        answer = socket_api.create(json.dumps({"name": character * length}).encode())
        assert answer.status == 201
        assert socket_api.read(answer.body["campaign_id"])["name"] == character * length
    for length, message in ((7, "at least 8 characters"), (256, "at most 255 characters")):
        answer = socket_api.create(json.dumps({"name": character * length}, ensure_ascii=False).encode())
        assert answer.status == 422
        assert answer.body["detail"][0]["msg"] == f"ensure this value has {message}"
    assert len(socket_api.remembered()["campaigns"]) == 2


def test_a_line_break_after_a_name_of_letters_is_no_letter(api: Api) -> None:
    campaign_id = api.campaign()
    variants = [{"variant_name": "A\n", "subject_template": "s", "email_content": "x" * 10}]
    answer = api("updateCampaign", {"variants": variants}, campaign_id=campaign_id)
    assert answer.body["detail"][0]["msg"] == 'string does not match regex "^[A-Za-z]+$"'


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_10_megabytes_is_too_large(chunked: bool, socket_api: SocketApi) -> None:
    piece = b'{"name": "' + b"x" * 1_000_000
    answer = socket_api.create([piece] * 10 if chunked else piece * 10)
    limit = Settings().max_body
    assert answer.status == 413
    assert answer.body == {"detail": f"Request body is larger than {limit} bytes"}
    assert "X-RateLimit-Limit" in answer.headers
    assert not socket_api.remembered()["campaigns"]
    assert socket_api.create(GOOD).status == 201


def test_a_body_that_is_announced_beyond_all_measure_is_not_waited_for(socket_api: SocketApi) -> None:
    headers: dict[str, str | bytes] = {SPEC.key_header: socket_api.key, "Content-Length": str(10**12)}
    assert socket_api.create(b"", headers=headers).status == 413


def test_a_chunked_body_is_read(socket_api: SocketApi) -> None:
    answer = socket_api.create([GOOD[:5], GOOD[5:]])
    assert (answer.status, answer.body["name"]) == (201, NAME)


def test_a_body_sent_to_an_operation_that_takes_none_is_ignored(socket_api: SocketApi) -> None:
    assert socket_api.exchange("GET", f"{BASE}/campaigns", b"{nonsense").status == 200


# ---------------------------------------------------------------- paths and queries

PATHS = list(dict.fromkeys(operation.path for operation in SPEC.operations.values()))
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]


def methods_at(path: str) -> set[str]:
    """Return the methods of a path, not those of a template that it fits as well."""
    methods = {operation.method for operation in SPEC.operations.values() if operation.path == path}
    return methods | {"HEAD"} if "GET" in methods else methods


@pytest.mark.parametrize("path", PATHS)
def test_a_method_that_a_path_does_not_have_is_refused_with_those_it_has(
    path: str, socket_api: SocketApi
) -> None:
    concrete = re.sub(r"\{\w+\}", UNKNOWN_ID, path)
    wrong = [method for method in METHODS if method not in methods_at(path)]
    assert len(wrong) >= 5
    for method in wrong:
        answer = socket_api.exchange(method, concrete)
        assert (answer.status, answer.headers["Allow"]) == (405, ", ".join(sorted(methods_at(path))))
        assert method == "HEAD" or answer.body == {"detail": "Method Not Allowed"}


def test_a_method_that_http_does_not_know_is_not_implemented(socket_api: SocketApi) -> None:
    answer = socket_api.exchange("BREW", f"{BASE}/campaigns")
    assert (answer.status, answer.body) == (501, {"detail": "HTTP has no such method"})


@pytest.mark.parametrize("operation", SPEC.operations.values(), ids=lambda o: o.operation_id)
def test_a_trailing_slash_changes_nothing(operation: Any, api: Api) -> None:
    path = re.sub(r"\{\w+\}", UNKNOWN_ID, operation.path)
    body = next(iter(operation.body_examples.values()), None)
    plain, slashed = (
        api.send(operation.method, p, **content_of(operation, body)) for p in (path, f"{path}/")
    )
    made_before = plain.status == 201 and 409 in operation.statuses
    assert slashed.status == (409 if made_before else plain.status)
    assert slashed.status != 404 or slashed.body["detail"] != "Not Found"


@pytest.mark.parametrize(
    "path",
    ["/nothing", f"{BASE}", f"{BASE}/", f"{BASE}//campaigns", f"{BASE}/campaign", "/leads",
     f"{BASE}/campaigns/{UNKNOWN_ID}/stop", f"{BASE}/CAMPAIGNS", f"{BASE}/%ff%00",
     f"{BASE}/../../etc/passwd"],
)  # fmt: skip
def test_a_path_that_is_none_is_not_found_with_or_without_a_key(path: str, socket_api: SocketApi) -> None:
    for anonymous in (False, True):
        answer = socket_api.exchange("GET", path, headers={} if anonymous else None)
        assert (answer.status, answer.body) == (404, {"detail": "Not Found"})


PATH_PARAMETERS = [
    pytest.param(o, p.name, id=f"{o.operation_id}-{p.name}")
    for o in SPEC.operations.values()
    for p in o.parameters_in("path")
]
UUID_PARAMETERS = [
    pytest.param(o, p.name, id=f"{o.operation_id}-{p.name}")
    for o in SPEC.operations.values()
    for p in o.parameters_in("path")
    if p.schema.get("format") == "uuid"
]
SPELLINGS = [
    "1", "none", "550e8400e29b41d4a716446655440000", "{550e8400-e29b-41d4-a716-446655440000}",
    "urn:uuid:550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-44665544000g", "%00",
    "%F0%9F%99%82",
]  # fmt: skip


@pytest.mark.parametrize(("operation", "name"), UUID_PARAMETERS)
def test_an_id_that_is_no_uuid_is_refused_where_it_stands(operation: Any, name: str, api: Api) -> None:
    body = next(iter(operation.body_examples.values()), None)
    for spelling in SPELLINGS:
        ids = {p.name: UNKNOWN_ID for p in operation.parameters_in("path")} | {name: spelling}
        answer = api.send(operation.method, operation.path.format(**ids), **content_of(operation, body))
        assert answer.status == 422
        assert answer.body == refusal(["path", name], "value is not a valid uuid", "type_error.uuid")


@pytest.mark.parametrize(("operation", "name"), PATH_PARAMETERS)
def test_what_belongs_to_another_key_is_not_found_and_not_touched(
    operation: Any, name: str, api: Api
) -> None:
    owner = Api(api.app, f"{api.key}-owner")
    foreign = prepare_ids(owner, operation)
    own = {**dict.fromkeys(foreign, UNKNOWN_ID), "campaign_id": api.campaign()}
    before = owner.remembered()
    body = next(iter(operation.body_examples.values()), None)
    ids = {p.name: own[p.name] for p in operation.parameters_in("path")} | {name: foreign[name]}
    answer = api.send(operation.method, operation.path.format(**ids), **content_of(operation, body))
    thing = {
        "campaign_id": "Campaign", "lead_id": "Lead", "inbox_id": "Sender account", "domain_id": "Domain",
        "job_id": "Upload job" if operation.tag == "Leads" else "Job",
        "contact_id": "Contact", "list_id": "Contact list", "thread_id": "Thread",
        "subsequence_id": "Subsequence",
    }[name]  # fmt: skip
    assert (answer.status, answer.body) == (404, {"detail": f"{thing} not found"})
    assert owner.remembered() == before


def test_ids_may_be_written_in_capitals(api: Api) -> None:
    campaign_id = api.campaign()
    assert api.read(campaign_id.upper())["campaign_id"] == campaign_id


@pytest.mark.parametrize(
    "query", ["unknown=1", "page=1&page=2&page=1", "=", "&&&", "%ff=%ff", "page[]=2", "Page=0"]
)
def test_unknown_query_parameters_are_ignored(query: str, socket_api: SocketApi) -> None:
    socket_api.campaign()
    answer = socket_api.exchange("GET", f"{BASE}/campaigns?{query}")
    assert (answer.status, answer.body["pagination"]["page"], len(answer.body["campaigns"])) == (200, 1, 1)


@pytest.mark.parametrize("page", [10**18, 10**100])
def test_a_page_far_past_the_end_is_empty(page: int, api: Api) -> None:
    api.campaign()
    answer = api.ok("listCampaigns", query={"page": page})
    assert answer["campaigns"] == []
    assert answer["pagination"] == {
        "page": page, "limit": 20, "total": 1, "pages": 1, "has_next": False, "has_prev": True,
    }  # fmt: skip


# ---------------------------------------------------------------- keys


@pytest.mark.parametrize(
    "headers", [{}, {SPEC.key_header: ""}, {SPEC.key_header: "  "}, {"Authorization": "cs_live_x"}]
)
def test_a_missing_or_empty_key_is_asked_for(headers: dict[str, str | bytes], socket_api: SocketApi) -> None:
    answer = socket_api.exchange("GET", f"{BASE}/campaigns", headers=headers)
    assert (answer.status, answer.body) == (401, SPEC.find_error("missing_key").value)


@pytest.mark.parametrize(
    "key",
    ["cs_live_", "CS_LIVE_x", "cs_test_x", "Bearer cs_live_x", "x", "🙂".encode(), b"\xff\xfe", "*", "null"],
)
def test_a_key_without_the_prefix_and_something_after_it_is_invalid(
    key: str | bytes, socket_api: SocketApi
) -> None:
    answer = socket_api.exchange("GET", f"{BASE}/campaigns", headers={SPEC.key_header: key})
    assert (answer.status, answer.body) == (401, SPEC.find_error("invalid_key").value)


@pytest.mark.parametrize(
    "key", ["cs_live_" + "x" * 5000, "cs_live_ä".encode(), b"cs_live_\xff", "cs_live_a b;c,d"]
)
def test_an_odd_key_with_the_prefix_is_a_key_like_any_other(key: str | bytes, socket_api: SocketApi) -> None:
    headers: dict[str, str | bytes] = {SPEC.key_header: key}
    assert socket_api.create(GOOD, headers=headers).status == 201
    assert socket_api.exchange("GET", f"{BASE}/campaigns", headers=headers).body["pagination"]["total"] == 1


def test_the_server_is_unharmed_by_bytes_that_are_no_request(socket_api: SocketApi) -> None:
    address = socket_api.address.split(":")
    for junk in (
        b"\0\1\2\3\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: \xff\r\n\r\n",
        b"\x16\x03\x01",
    ):
        with socket.create_connection((address[0], int(address[1])), timeout=10) as connection:
            connection.sendall(junk)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(1000)
            assert not answer.startswith(b"HTTP/1.1 5"), answer
    assert socket_api.create(GOOD).status == 201
