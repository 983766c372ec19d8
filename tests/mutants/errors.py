"""Refusals with another status, shape or text."""

import json
from collections.abc import Callable
from typing import Any

from flask import Request, Response

from mockserver.errors import ApiError
from mockserver.resources.call import Call

from .documents import edit
from .mutant import MOCK_ONLY, Mutant
from .mutations import Handler, Json, Mutation, MutationError, around, error, response, write_body

_TEXT = "openapi.yaml marks the text as a choice of this project"
_STATUS = "openapi.yaml marks the answer as a choice of this project"
_WORDS = "/x-violations"
_EXAMPLES = "/components/examples"


def _items(alter: Callable[[Json], Json]) -> Mutation:
    """Alter every item of a 422."""

    def alter_body(body: Json) -> Json:
        return {**body, "detail": [alter(dict(item)) or item for item in body["detail"]]}

    return error([422], alter_body)


def _status(old: int, new: int, operations: str = "*", text: str = "") -> Mutation:
    def alter(_request: Request, found: Response) -> None:
        if found.status_code == old and text in found.get_data(as_text=True):
            found.status_code = new

    return response(alter, operations)


def _found(_request: Request, found: Response) -> None:
    if found.status_code == 404:
        found.status_code = 200
        write_body(found, {"success": False})


def _page(_request: Request, found: Response) -> Response | None:
    return Response("<h1>Not Found</h1>", 404, found.headers) if found.status_code == 404 else None


def _unparsed(request: Request, found: Response) -> None:
    if found.status_code == 422:
        try:
            json.loads(request.get_data())
        except ValueError:
            found.status_code = 400


def _malformed_unknown(request: Request, found: Response) -> None:
    if found.status_code == 422 and request.method == "GET" and "path" in found.get_data(as_text=True):
        found.status_code = 404
        write_body(found, {"detail": "Campaign not found"})


def _only_first(body: Json) -> Json:
    return {"detail": body["detail"][:1]}


def _no_index(item: Json) -> Json:
    return {**item, "loc": [part for part in item["loc"] if isinstance(part, str)]}


def _any_unknown(handler: Handler, call: Call) -> Any:
    try:
        return handler(call)
    except ApiError as error_:
        if error_.name.endswith("_not_found"):
            raise MutationError(error_.name) from None
        raise


def _window_as_violation(_request: Request, found: Response) -> None:
    if found.status_code == 400 and b"sending_window_end must" in found.get_data():
        found.status_code = 422
        item = {
            "loc": ["body", "sending_window_end"],
            "msg": found.get_json()["detail"],
            "type": "value_error",
        }
        write_body(found, {"detail": [item]})


# fmt: off
MUTANTS = (
    Mutant("errors.invalid.text", "detail is a text, not a list",
           error([422], lambda body: {"detail": "; ".join(item["msg"] for item in body["detail"])})),
    Mutant("errors.invalid.renamed", "detail is called errors",
           error([422], lambda body: {"errors": body["detail"]})),
    Mutant("errors.invalid.status_400", "422 is answered 400", _status(422, 400)),
    Mutant("errors.invalid.empty", "detail is an empty list", error([422], lambda body: {"detail": []})),
    Mutant("errors.invalid.first", "only the first violation is listed", error([422], _only_first)),
    Mutant("errors.invalid.loc_without_body", "loc lacks its beginning",
           _items(lambda item: {**item, "loc": item["loc"][1:] or ["body"]})),
    Mutant("errors.invalid.loc_query_as_body", "a query parameter is listed as a body field",
           _items(lambda item: {
               **item, "loc": ["body" if part == "query" else part for part in item["loc"]]})),
    Mutant("errors.invalid.loc_text", "loc is a dotted text",
           _items(lambda item: {**item, "loc": ".".join(map(str, item["loc"]))})),
    Mutant("errors.invalid.loc_index_missing", "loc lacks indexes", _items(_no_index)),
    Mutant("errors.invalid.loc_index_text", "indexes in loc are texts",
           _items(lambda item: {**item, "loc": list(map(str, item["loc"]))})),
    Mutant("errors.invalid.loc_wrong_field", "loc names another field",
           _items(lambda item: {**item, "loc": [
               "campaign_name" if part == "name" else part for part in item["loc"]]})),
    Mutant("errors.invalid.type_missing", "items lack type",
           _items(lambda item: {name: item[name] for name in item if name != "type"})),
    Mutant("errors.invalid.type_generic", "every type is value_error",
           _items(lambda item: {**item, "type": "value_error"})),
    Mutant("errors.invalid.msg_missing", "items lack msg",
           _items(lambda item: {name: item[name] for name in item if name != "msg"})),
    Mutant("errors.words.required", "pydantic 2's words for a missing field",
           edit(f"{_WORDS}/required", {"msg": "Field required", "type": "missing"})),
    Mutant("errors.words.required_type", "another type for a missing field",
           edit(f"{_WORDS}/required/type", "missing")),
    Mutant("errors.words.min_length", "pydantic 2's words for a short text",
           edit(f"{_WORDS}/minLength/msg", "String should have at least {limit} characters")),
    Mutant("errors.words.min_length_type", "another type for a short text",
           edit(f"{_WORDS}/minLength/type", "string_too_short")),
    Mutant("errors.words.min_length_off", "the message of a short text has a wrong limit",
           edit(f"{_WORDS}/minLength/msg", "ensure this value has at least 7 characters")),
    Mutant("errors.words.maximum", "another text above a maximum",
           edit(f"{_WORDS}/maximum/msg", "ensure this value is less than {limit}")),
    Mutant("errors.words.maximum_type", "another type above a maximum",
           edit(f"{_WORDS}/maximum/type", "value_error.number.not_lt")),
    Mutant("errors.words.minimum", "another text below a minimum",
           edit(f"{_WORDS}/minimum/msg", "too small"), choice=_TEXT),
    Mutant("errors.words.max_length", "another text for a long text",
           edit(f"{_WORDS}/maxLength/msg", "too long"), choice=_TEXT),
    Mutant("errors.words.integer", "another text for what is no integer",
           edit(f"{_WORDS}/type/integer/msg", "not a number"), choice=_TEXT),
    Mutant("errors.words.timezone", "a wrong zone is not repeated",
           edit(f"{_WORDS}/format/timezone/msg", "Invalid timezone")),
    Mutant("errors.words.timezone_type", "another type for a wrong zone",
           edit(f"{_WORDS}/format/timezone/type", "value_error.timezone")),
    Mutant("errors.words.email", "another text for a wrong address",
           edit(f"{_WORDS}/format/email/msg", "Invalid email address")),
    Mutant("errors.words.uuid", "another text for a wrong id",
           edit(f"{_WORDS}/format/uuid/msg", "Invalid id"), choice=_TEXT),
    Mutant("errors.window.text", "another text for a window",
           edit(f"{_EXAMPLES}/window_order/value/detail", "Invalid sending window")),
    Mutant("errors.window.status_409", "a window is refused with 409",
           _status(400, 409, text="sending_window_end must")),
    Mutant("errors.window.as_violation", "a window is refused as a breach of the schema",
           response(_window_as_violation)),
    Mutant("errors.window.as_list", "business errors are lists",
           error([400], lambda body: {"detail": [{"msg": body["detail"]}]})),
    Mutant("errors.sum.text", "another text for a sum",
           edit(f"{_EXAMPLES}/variant_sum/value/detail", "Sum is not 100")),
    Mutant("errors.unknown.status_200", "what is not found is answered 200", response(_found)),
    Mutant("errors.unknown.status_400", "what is not found is answered 400", _status(404, 400)),
    Mutant("errors.unknown.status_410", "what is not found is answered 410", _status(404, 410)),
    Mutant("errors.unknown.fails", "what is not found is answered 500", around("*", _any_unknown)),
    Mutant("errors.unknown.text", "another text for an unknown campaign",
           edit(f"{_EXAMPLES}/campaign_not_found/value/detail", "Not found"), choice=_TEXT),
    Mutant("errors.unknown.renamed", "detail is called error",
           error([404], lambda body: {"error": body["detail"]})),
    Mutant("errors.unknown.list", "detail of a 404 is a list",
           error([404], lambda body: {"detail": [body["detail"]]})),
    Mutant("errors.unknown.empty", "detail of a 404 is empty", error([404], lambda body: {"detail": ""})),
    Mutant("errors.unknown.malformed", "a malformed id is unknown",
           response(_malformed_unknown), choice=_STATUS),
    Mutant("errors.syntax.status_400", "what is no JSON is answered 400",
           response(_unparsed), choice=_STATUS),
    Mutant("errors.traceback", "refusals have a traceback",
           error([400, 404, 409, 422], lambda body: {**body, "traceback": "Traceback (most recent call):"})),
    Mutant("errors.route.page", "an unknown path is answered with a page",
           response(_page, "-"), choice=_STATUS),
    Mutant("errors.method.status_404", "a wrong method is answered 404",
           _status(405, 404, "-"), choice=_STATUS),
    Mutant("errors.method.status_500", "a wrong method is answered 500", _status(405, 500, "-"),
           choice=MOCK_ONLY),
    Mutant("errors.lead.status_400", "an address added again is answered 400", _status(409, 400, "addLead"),
           choice=_STATUS),
    Mutant("errors.lead.text", "another text for an address added again",
           edit(f"{_EXAMPLES}/lead_exists/value/detail", "Duplicate"), choice=_TEXT),
    Mutant("errors.launch.status_422", "an unready launch is answered 422",
           _status(400, 422, text="not ready to launch")),
    Mutant("errors.launch.text", "an unready launch does not list what is missing",
           edit(f"{_EXAMPLES}/launch_not_ready/x-template/detail", "Campaign is not ready to launch"),
           choice=_TEXT),
    Mutant("errors.launch.status_403", "an edit of an ACTIVE campaign is answered 403",
           _status(400, 403, text="cannot be modified"), choice=_STATUS),
    Mutant("errors.deletable.status_409", "deleting an ACTIVE campaign is answered 409",
           _status(400, 409, "deleteCampaign")),
    Mutant("errors.account.status_400", "an address connected again is answered 400",
           _status(409, 400, "createSmtpSenderAccount"), choice=_STATUS),
)
# fmt: on
