"""Another server that is correct too: everything that openapi.yaml leaves open, it does otherwise.

It answers creates with 200, adds `ctx` to error items, coerces values as pydantic 1 does, redirects a slash
at the end, says the newer window message, has other words wherever `x-undocumented` stands and none of the
undocumented fields, shares its workspace with other users, takes its time, and enforces the rate limit.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from math import isfinite
from types import SimpleNamespace
from typing import Any

from mockserver.http.rate_limits import Allowance, RateLimiter
from mockserver.openapi.defaults import with_defaults
from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import load_spec
from mockserver.resources.call import Call
from mockserver.server.app import MockServer

from .documents import find
from .mutations import Json, Plan, answer, error, replace_method, request_body
from .recorder import KEY

_STRANGERS = 30
_EVERY = 7
"""A stranger does something after so many requests."""
_YES_NO = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


class FastLimiter:
    """Enforces the limits in a time that can be moved, and names it in the client's."""

    def __init__(self, plan: Plan) -> None:
        self._ahead = timedelta()
        plan.changes.append(self._replace)

    def sleep(self, seconds: float) -> None:
        """Let time pass for the limits, instead of waiting."""
        self._ahead += timedelta(seconds=seconds)

    def _replace(self, app: MockServer) -> None:
        limiter = RateLimiter(app.pipeline.spec.rate_limits, enforced=True)

        def take(workspace: Any, key: str) -> Allowance:
            clock = SimpleNamespace(
                now=lambda: workspace.now() + self._ahead, rate_counts=workspace.rate_counts
            )
            found = limiter.take(clock, key)  # type: ignore[arg-type]
            return found._replace(reset=found.reset - int(self._ahead.total_seconds()))

        replace_method(app.pipeline.limiter, "take", lambda _: take)


def make_lenient(plan: Plan, latency: float = 0.0) -> FastLimiter:
    """Turn a plan into that of the other server; `latency` is in seconds."""
    _accept_neighbours(plan.document)
    _change_words(plan.document)
    find(plan.document, "/components/examples")["window_order"]["value"] = find(
        plan.document, "/components/examples/window_order_newer/value"
    )
    plan.document["x-rate-limits"] = plan.document["x-rate-limits"][:1]
    for operation in load_spec().operations.values():
        if operation.body:
            request_body(operation.operation_id, partial(_coerce, operation.body))(plan)
        answer(operation.operation_id, partial(_prune, operation.answer))(plan)
    error([422], _add_context)(plan)
    plan.changes.append(_invite_strangers)
    plan.layers.append(_redirecting)
    if latency:
        plan.layers.append(lambda wsgi: _delayed(plan, latency, wsgi))
    return FastLimiter(plan)


# ---- the document


def _accept_neighbours(document: Json) -> None:
    """Answer the other one of two documented statuses."""
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and {"200", "201"} <= set(operation["responses"]):
                operation["responses"] = {"200": operation["responses"]["200"], **operation["responses"]}
    responses = document["components"]["responses"]
    in_use = responses["SenderAccountInUse"]["content"]["application/json"]
    other = responses["SenderAccountInUseNeighbour"]["content"]["application/json"]
    other["examples"] = in_use.pop("examples")


def _change_words(document: Json) -> None:
    """Word every undocumented message otherwise."""
    for example in document["components"]["examples"].values():
        if Extensions(example).undocumented:
            for body in (example["value"], Extensions(example).template or {}):
                if isinstance(body.get("detail"), str):
                    body["detail"] = (
                        f"No: {body['detail'].lower() if '{' not in body['detail'] else body['detail']}"
                    )
    for wording in _walk([document["x-violations"], document["components"]["schemas"]]):
        if Extensions(wording).undocumented and isinstance(wording.get("msg"), str):
            wording.update(msg=f"no good: {wording['msg']}", type="value_error.other")
    for operation in _operations(document):
        _change_message(document, operation)


def _change_message(document: Json, operation: Json) -> None:
    status, response = next(iter(operation["responses"].items()))
    response = _resolve(document, response)
    content = response["content"].get("application/json")
    if content is None:
        return
    message = _resolve(document, content["schema"])["properties"].get("message", {})
    is_undocumented = Extensions(operation).undocumented or Extensions(response).undocumented
    if status.startswith("2") and (is_undocumented or Extensions(message).undocumented):
        if "const" in message:
            message["const"] = f"Done: {message['const'].lower().removeprefix('done: ')}"
        for example in content.get("examples", {}).values():
            if "const" in message:
                _resolve(document, example)["value"]["message"] = message["const"]


def _walk(value: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _walk(inner)


def _operations(document: Json) -> Iterator[Json]:
    for item in document["paths"].values():
        yield from (operation for name, operation in item.items() if name != "parameters")


def _resolve(document: Json, value: Json) -> Json:
    return find(document, value["$ref"].removeprefix("#")) if "$ref" in value else value


# ---- requests and answers


def _prune(schema: Schema, value: Json) -> Json:
    """Return an answer without the fields that no source describes."""
    schema = non_null(schema)
    if isinstance(value, list):
        return [_prune(schema.get("items", {}), each) for each in value]
    if not isinstance(value, dict) or "properties" not in schema:
        return value
    fields = schema["properties"]
    return {
        name: _prune(fields.get(name, {}), each)
        for name, each in value.items()
        if name == "message" or not Extensions(fields.get(name, {})).undocumented
    }


def _coerce(schema: Schema, value: Json) -> Json:
    """Return a value as pydantic 1 would read it."""
    schema = non_null(schema)
    kind = schema.get("type")
    if isinstance(value, dict) and "properties" in schema:
        fields = schema["properties"]
        return {name: _coerce(fields[name], each) if name in fields else each for name, each in value.items()}
    if isinstance(value, list) and "items" in schema:
        return [_coerce(schema["items"], each) for each in value]
    if kind == "integer":
        return _as_integer(value)
    if kind == "boolean":
        known = _YES_NO.get(value.lower(), value) if isinstance(value, str) else value
        return bool(known) if type(known) in (int, float) and known in (0, 1) else known
    if isinstance(value, float) and not isfinite(value):
        return value
    if kind == "string" and type(value) in (int, float) and schema.get("format") not in ("date-time", "uuid"):
        return str(value)
    return value


def _as_integer(value: Json) -> Json:
    if isinstance(value, str) and value.strip().lstrip("+-").isdecimal() and len(value) < 30:
        return int(value)
    if isinstance(value, bool) or (isinstance(value, float) and abs(value) < 1e15):
        return int(value)
    return value


def _add_context(body: Json) -> Json:
    items = [{**item, "ctx": {"limit_value": len(item["msg"])}} for item in body["detail"]]
    return {**body, "detail": items}


# ---- around the server


def _redirecting(wsgi: Any) -> Any:
    """Redirect a slash at the end; have no pages."""
    base = load_spec().base_path

    def serve(environ: Any, start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        if not path.startswith(f"{base}/"):
            start_response("404 Not Found", [("Content-Type", "application/json")])
            return [json.dumps({"detail": "Not Found"}).encode()]
        if path.endswith("/"):
            query = environ.get("QUERY_STRING")
            target = path.rstrip("/") + (f"?{query}" if query else "")
            start_response("307 Temporary Redirect", [("Location", target), ("Content-Length", "0")])
            return []
        return wsgi(environ, start_response)

    return serve


def _delayed(plan: Plan, latency: float, wsgi: Any) -> Any:
    def serve(environ: Any, start_response: Any) -> Any:
        plan.sleep(latency)
        return wsgi(environ, start_response)

    return serve


def _invite_strangers(app: MockServer) -> None:
    """Let other users have campaigns in the same workspace, and go on working."""
    create = app.pipeline.endpoints["createCampaign"]
    workspace = app.workspaces.get(KEY)
    numbers = count(1)

    def add() -> str:
        body = with_defaults(create.body_validator.schema, {"name": f"A stranger's campaign {next(numbers)}"})  # type: ignore[union-attr]
        made: Any = create.handler(Call(create.operation, workspace, {}, {}, body))
        return str(made["campaign_id"])

    theirs: list[str] = []

    def arrive() -> None:
        with workspace.lock:
            theirs.extend(add() for _ in range(_STRANGERS - len(theirs)))

    def go_on() -> None:
        with workspace.lock:
            campaign = workspace.campaigns.find(theirs.pop(0))
            if campaign:
                workspace.campaigns.remove(campaign.campaign_id)
            theirs.append(add())
            other = workspace.campaigns.find(theirs[len(theirs) // 2])
            if other:
                now: datetime = workspace.now()
                workspace.campaigns.put(replace(other, current_step=1, updated_at=now))

    requests = count(1)

    def wrap(answer: Any) -> Any:
        def answer_among_strangers(*args: Any, **more: Any) -> Any:
            if not theirs:  # with the first request, once a recorder has stopped the clock
                arrive()
            if next(requests) % _EVERY == 0:
                go_on()
            return answer(*args, **more)

        return answer_among_strangers

    replace_method(app.pipeline, "answer", wrap)
