"""Refusals: their form, and that no unusual request causes a server error."""

import json
from typing import Any

from ..api.api import Api
from ..api.reply import Reply
from ..registry import rule
from .fixtures.shared import UNDOCUMENTED, ask, compare_undocumented, require_documented_answer

_ERRORS = "docs:reference/errors"
_JSON = "docs:introduction"
_JSON_TYPE = {"Content-Type": "application/json"}


def _send_raw(api: Api, data: bytes, media_type: str | None = "application/json") -> Reply:
    headers = {"Content-Type": media_type} if media_type else {}
    return api.send("createCampaign", data=data, headers=headers)


def _require_refusal(api: Api, reply: Reply, what: str, name: str | None = None) -> None:
    """Require a refusal with a reason; compare its status and text if they are documented."""
    require_documented_answer(api, reply)
    api.judge.require(reply.status >= 400, f"{what} was accepted")
    if name:
        reply.fails(name)
    else:
        compare_undocumented(api, reply.status, 422, f"the status for {what}")


@rule(
    "errors.all_together",
    source=_ERRORS,
    sentence="detail is a list of loc, msg and type, validated via FastAPI.",
    operations=["createCampaign"],
)
def report_all_violations(api: Api) -> None:
    """A refusal reports all violations of a request, in the order of the schema, items by index."""
    body = {
        "enable_tracking": "nonsense",
        "daily_limit_per_inbox": 101,
        "sending_days": [1, 0, 8],
        "timezone": "America/Invalid",
    }
    reply = api.send("createCampaign", body=body)
    reply.violates(
        reply.violation("name", "required"),
        reply.violation("timezone", "format", "America/Invalid"),
        reply.violation(("body", "sending_days", 1), "minimum", 0),
        reply.violation(("body", "sending_days", 2), "maximum", 8),
        reply.violation("daily_limit_per_inbox", "maximum", 101),
        reply.violation("enable_tracking", "type", "nonsense"),
    )
    fields = [item["loc"][1] for item in reply["detail"]]
    expected = [
        "name",
        "timezone",
        "sending_days",
        "sending_days",
        "daily_limit_per_inbox",
        "enable_tracking",
    ]
    compare_undocumented(api, fields, expected, "the order of the fields")


@rule("errors.all_together.places", source=UNDOCUMENTED, operations=["updateCampaign", "listLeads"])
def report_all_places(api: Api) -> None:
    """A refusal reports the violations of path, query and body together, in this order."""
    reply = ask(api, "updateCampaign", "nonsense", body={"name": "short"})
    reply.violates(
        reply.violation(("path", "campaign_id"), "format", "nonsense"),
        reply.violation("name", "minLength", "short"),
    )
    first = [item["loc"][0] for item in reply["detail"]]
    api.judge.compare(first, ["path", "body"], "the order of the places")
    reply = ask(api, "listLeads", "nonsense", query={"limit": 0, "page": "x"})
    reply.violates(
        reply.violation(("path", "campaign_id"), "format", "nonsense"),
        reply.violation(("query", "page"), "type", "x"),
        reply.violation(("query", "limit"), "minimum", 0),
    )
    first = [item["loc"][0] for item in reply["detail"]]
    api.judge.compare(first, ["path", "query", "query"], "the order of the places")


@rule(
    "errors.body.not_json",
    source=_ERRORS,
    sentence="422: validation error, via FastAPI; the API takes and gives JSON.",
    operations=["createCampaign"],
)
def refuse_malformed_json(api: Api) -> None:
    """A body is refused that is not JSON, and the refusal is JSON."""
    for data in (b"{nope", b'{"name": "A campaign', b'{"name":"\xff\xff\xff\xff\xff\xff\xff\xff"}'):
        reply = _send_raw(api, data)
        _require_refusal(api, reply, f"the body {data!r}")
        if reply.status == 422:
            (item, *_) = reply["detail"]
            compare_undocumented(api, item["loc"][0], "body", "the beginning of loc")
            compare_undocumented(api, item["type"], "value_error.jsondecode", "type")


@rule(
    "errors.body.missing",
    source=_ERRORS,
    sentence="field required, value_error.missing",
    operations=["createCampaign", "updateCampaign", "addLead"],
)
def refuse_missing_body(api: Api) -> None:
    """A request is refused that lacks its body."""
    for operation_id in ("createCampaign", "updateCampaign"):
        path = {"campaign_id": api.campaign_id} if operation_id == "updateCampaign" else None
        reply = api.send(operation_id, path=path, headers=_JSON_TYPE)
        _require_refusal(api, reply, f"{operation_id} without a body")


@rule(
    "errors.body.not_object",
    source=_ERRORS,
    sentence="422: validation error, via FastAPI.",
    operations=["createCampaign", "updateCampaign", "deleteLeads"],
)
def refuse_other_values(api: Api) -> None:
    """A JSON body of another type is refused."""
    values: tuple[Any, ...] = ([{"name": api.name()}], "text", 1, None)
    for value in values:
        _require_refusal(api, api.send("createCampaign", body=value), f"the body {value!r}")
    for operation_id, value in (("updateCampaign", "text"), ("updateCampaign", None), ("deleteLeads", {})):
        _require_refusal(api, ask(api, operation_id, api.campaign_id, body=value), f"the body {value!r}")


@rule(
    "errors.body.hostile",
    source=_ERRORS,
    sentence="200, 201, 204, 400, 401, 403, 404, 409, 422, 429; 500 is an error of the server.",
    operations=["createCampaign"],
)
def survive_hostile_bodies(api: Api) -> None:
    """No body causes a server error: the answer is a documented success or refusal."""
    name = json.dumps(api.name())[1:-1]
    bodies = (
        f'{{"name":"{name} \\ud800 half"}}',
        f'{{"name":"{name}","daily_limit_per_inbox":1e400}}',
        f'{{"name":"{name}","daily_limit_per_inbox":NaN}}',
        f'{{"name":"{name}","daily_limit_per_inbox":{"9" * 5000}}}',
        f'{{"name":"{name}","x":{"[" * 3000}{"]" * 3000}}}',
        f'\ufeff{{"name":"{name}","name":"{name} twice","__proto__":{{"status":"ACTIVE"}},"":1}}',
    )
    for body in bodies:
        require_documented_answer(api, _send_raw(api, body.encode()))


@rule(
    "errors.body.hostile_names",
    source=_ERRORS,
    sentence="500 is an error of the server; name: Campaign name (8-255 characters)",
    operations=["createCampaign", "updateCampaign", "getCampaign"],
)
def survive_hostile_names(api: Api) -> None:
    """No name causes a server error: the server stores it as sent or refuses it."""
    name = api.name("nul \x00 byte, line\r\nbreak \x1b[0m, \u202eright to left")
    reply = api.send("createCampaign", body={"name": name})
    require_documented_answer(api, reply)
    if reply.is_success:
        api.judge.compare(reply["name"], name, "the name")
    for operation_id in ("createCampaign", "updateCampaign"):
        path = {"campaign_id": api.campaign_id} if operation_id == "updateCampaign" else None
        reply = api.send(operation_id, path=path, body={"name": api.name("x" * 10_000)})
        _require_refusal(api, reply, "a name of 10,000 characters")


@rule(
    "errors.media_type",
    source=_JSON,
    sentence="JSON both ways; multipart only for CSV files.",
    operations=["createCampaign"],
)
def refuse_other_media_types(api: Api) -> None:
    """A body is refused that has another media type than JSON."""
    data = json.dumps({"name": api.name()}).encode()
    _require_refusal(api, _send_raw(api, data, "text/plain"), "a body of the media type text/plain")
    _send_raw(api, data, "application/json; charset=utf-8").succeeds()


@rule("errors.unknown.parameters", source=UNDOCUMENTED, operations=["listCampaigns"])
def ignore_unknown_parameters(api: Api) -> None:
    """Unknown query parameters are ignored."""
    query = {"nonsense": "1", "Limit": "x", "": "y"}
    api.send("listCampaigns", query=query).succeeds()


@rule(
    "errors.query.odd",
    source=_ERRORS,
    sentence="500 is an error of the server; every error carries detail.",
    operations=["listCampaigns"],
)
def survive_odd_queries(api: Api) -> None:
    """No query causes a server error: the answer is a page or a refusal with a reason."""
    queries: tuple[dict[str, Any], ...] = (
        {"page": "9" * 30},
        {"page": 10**9, "limit": 100, "search": "x" * 2000},
        {"limit": "1e2", "page": "x", "days": "\u0663"},
        {"search": "\x00'\"\\%_\u202e🚀", "sort_by": "name; --", "sort_order": "\x00"},
        {"page": ["1", "2"], "status": ["DRAFT", "ACTIVE"]},
        {"days": "9" * 30},
    )
    for query in queries:
        require_documented_answer(api, api.send("listCampaigns", query=query))


@rule(
    "errors.path.odd",
    source=_ERRORS,
    sentence="404: not found, 422: validation error; 500 is an error of the server.",
    operations=["getCampaign"],
    profile="full",
)
def survive_odd_ids(api: Api) -> None:
    """No id causes a server error, and no malformed id is found."""
    for value in ("..%2f\x00é🚀", api.campaign_id + "0" * 2000):
        reply = ask(api, "getCampaign", value)
        require_documented_answer(api, reply)
        api.judge.require(reply.status in (404, 422), f"the id {value!r} was answered with {reply.status}")


@rule(
    "errors.path.letter_case",
    source=_ERRORS,
    sentence="Ids are UUIDs. RFC 9562, 4: they are case-insensitive on input.",
    operations=["getCampaign"],
)
def fold_letter_case_of_ids(api: Api) -> None:
    """An id is a UUID, so its letter case does not count."""
    reply = ask(api, "getCampaign", api.campaign_id.upper())
    api.judge.compare(reply.succeeds()["campaign_id"], api.campaign_id, "campaign_id")


@rule("errors.path.trailing_slash", source=UNDOCUMENTED, operations=["listCampaigns", "getCampaign"])
def forgive_trailing_slash(api: Api) -> None:
    """A slash at the end of a path leads to the same resource, with or without a redirect."""
    campaigns = api.spec.operations["listCampaigns"].path.removeprefix(api.spec.base_path)
    status = api.ask("GET", f"{campaigns}/{api.campaign_id}/").status_code
    api.judge.compare(status, 200, "the status of a campaign with a slash at the end")


@rule(
    "errors.route.unknown",
    source=_ERRORS,
    sentence="404: not found. Every error carries detail.",
    operations=[],
)
def refuse_unknown_path(api: Api) -> None:
    """The answer for an unknown path is a 404 in JSON, with and without a key."""
    expected = api.spec.find_error("route_not_found").value
    for key in (None, ""):
        response = api.ask("GET", "/nowhere-at-all", key=key)
        api.judge.require(response.status_code < 500, "an unknown path fails")
        compare_undocumented(api, response.status_code, 404, "the status of an unknown path")
        compare_undocumented(api, response.json(), expected, "the answer for an unknown path")


@rule("errors.method", source=UNDOCUMENTED, operations=[], needs=["mock"])
def refuse_wrong_method(api: Api) -> None:
    """The answer for an unknown method is a 405 in JSON that names the methods of the path."""
    path = api.spec.operations["getCampaign"].path
    one = path.removeprefix(api.spec.base_path).replace("{campaign_id}", api.campaign_id)
    response = api.ask("PATCH", one)
    api.judge.compare(response.status_code, 405, "the status of PATCH")
    api.judge.compare(response.json(), api.spec.find_error("method_not_allowed").value, "the answer")
    reported = {name.strip() for name in response.headers.get("Allow", "").split(",")}
    allowed = sorted(o.method for o in api.spec.operations.values() if o.path == path)
    api.judge.compare(sorted(reported - {"HEAD", "OPTIONS"}), allowed, "the methods allowed")


@rule("errors.method.first", source=UNDOCUMENTED, operations=[], needs=["mock"])
def refuse_wrong_method_first(api: Api) -> None:
    """The method is looked at before the key is."""
    path = api.spec.operations["listCampaigns"].path.removeprefix(api.spec.base_path)
    response = api.ask("PATCH", path, key="")
    api.judge.compare(response.status_code, 405, f"the status of PATCH {path} without a key")


@rule(
    "errors.method.other",
    source=_ERRORS,
    sentence="500 is an error of the server.",
    operations=[],
    needs=["mock"],
)
def survive_other_methods(api: Api) -> None:
    """OPTIONS and HEAD cause no server error."""
    campaigns = api.spec.operations["listCampaigns"].path.removeprefix(api.spec.base_path)
    for method in ("OPTIONS", "HEAD"):
        status = api.ask(method, campaigns).status_code
        api.judge.require(status < 500, f"{method} {campaigns} failed with {status}")
