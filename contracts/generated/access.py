"""Rules about keys, scopes, ids and workspaces, for every operation of openapi.yaml."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from mockserver.openapi.spec import Operation, Parameter, Spec

from ..api.api import Api
from ..api.client import UNSET
from ..api.reply import Reply
from ..inputs.id_sources import find_unknown
from ..inputs.samples import Sampler
from ..options import LIMITED_SCOPE
from ..registry import Rule
from ..verdict.judge import are_equal, shorten
from ..verdict.outcomes import UncheckedError
from .rule_ids import name_operation
from .sentences import quote_error, quote_operation, quote_place, quote_scopes

_KEYS = "docs:authentication/api-keys, docs:reference/errors"
_SCOPES = "docs:authentication/scopes, docs:reference/errors"
_MALFORMED = "550e8400-e29b-41d4-a716-44665544000g"
_ISOLATION = "docs:authentication/api-keys, docs:reference/errors"
_ONE_WORKSPACE = "A key belongs to one workspace. 404: the id does not belong to your team."


def list_access_rules(spec: Spec) -> Iterator[Rule]:
    """Yield the rules in the documented order of the operations."""
    tags: set[str] = set()
    seen: set[tuple[str, ...]] = set()
    for operation in spec.operations.values():
        name = name_operation(spec, operation.operation_id)

        for start, (check, summary, source, error, needs) in _KEY_RULES.items():
            if start == "revoked_key" and (operation.tag in tags or "{" in operation.path):
                continue  # the unknown key, which is looked up like this one, is tried with every operation
            said = quote_error(spec, operation, error) if error else quote_scopes(operation)
            made = _make(operation, f"auth.{start}.{name}", check, summary, source, *needs, sentence=said)
            if source == _KEYS:  # also when the operation itself is undocumented
                made = replace(made, source=source)
            # an operation may forget to ask for a key, but looks it up like the others
            again = start == "wrong_key" and operation.tag in tags
            yield replace(made, profile="full") if again else made
        tags.add(operation.tag)
        if operation.parameters_in("path"):
            source = operation.source or "openapi.yaml"
        if any(map(_has_format, operation.parameters_in("path"))):
            said = quote_place(operation, ("path", operation.parameters_in("path")[-1].name))
            made = _make(
                operation,
                f"{name}.malformed_id",
                _send_malformed_ids,
                "A malformed id: 422",
                source,
                sentence=said,
            )
            ids = (operation.tag, *(parameter.name for parameter in operation.parameters_in("path")))
            yield replace(made, profile="full") if ids in seen else made
            seen.add(ids)
        if operation.parameters_in("path"):
            said, summary = f"{quote_operation(operation)}; 404: not found", "An unknown id: 404"
            yield _make(operation, f"{name}.unknown_id", _send_unknown_ids, summary, source, sentence=said)
            summary = "Another workspace's key meets an unknown id"
            rule = f"auth.isolation.{name}"
            made = _make(operation, rule, _send_foreign_key, summary, _ISOLATION, "second_key")
            # also when the operation itself is undocumented
            yield replace(made, source=_ISOLATION, sentence=_ONE_WORKSPACE)


def _has_format(parameter: Parameter) -> bool:
    return "format" in parameter.schema


def _make(
    operation: Operation,
    name: str,
    check: Callable[..., None],
    summary: str,
    source: str,
    *needs: str,
    sentence: str = "",
) -> Rule:
    return Rule(
        id=name,
        source="undocumented" if operation.undocumented else source,
        sentence=sentence,
        check=partial(check, operation=operation),
        summary=summary,
        operations=(operation.operation_id,),
        needs=frozenset(needs),
        handwritten=False,
    )


def _call(
    api: Api, operation: Operation, *, key: str | None = None, path: dict[str, str] | None = None
) -> Reply:
    """Send an ordinary request; it names only spare resources."""
    body: Any = UNSET
    if operation.body:
        sampler = Sampler(api.spec, api.ledger, lambda name: api.spare_id(name, operation))
        body = sampler.body(operation)
    return api.send(operation.operation_id, body=body, key=key, path=path or _make_spare_path(api, operation))


def _make_spare_path(api: Api, operation: Operation) -> dict[str, str]:
    names = [parameter.name for parameter in operation.parameters_in("path")]
    return {name: api.spare_id(name, operation) for name in names}


def _require_refusal(api: Api, reply: Reply, whose: str) -> None:
    """Require a refusal; a success breaks the rule even when the operation is undocumented."""
    if reply.is_success:
        api.judge.fail(f"{whose} was answered with {reply.status} {shorten(reply.response.text)}")


def _miss_key(api: Api, *, operation: Operation) -> None:
    reply = _call(api, operation, key="")
    _require_refusal(api, reply, "a request without a key")
    reply.fails("missing_key")


def _send_wrong_key(api: Api, *, operation: Operation) -> None:
    if api.target.open_keys:
        raise UncheckedError("this stand-in takes every well-formed key; start it with --strict-keys")
    reply = _call(api, operation, key=api.wrong_key())
    _require_refusal(api, reply, "an unknown key")
    reply.fails("invalid_key")


def _send_revoked_key(api: Api, *, operation: Operation) -> None:
    reply = _call(api, operation, key=api.target.revoked_key)
    _require_refusal(api, reply, "a revoked key")
    reply.fails("invalid_key")


def _lack_scope(api: Api, *, operation: Operation) -> None:
    missing = [scope for scope in operation.scopes if scope != LIMITED_SCOPE]
    reply = _call(api, operation, key=api.target.limited_key)
    if missing:
        facts = {"missing": ", ".join(missing), "required": missing, "granted": [LIMITED_SCOPE]}
        reply.fails("missing_scope", **facts)
    else:
        reply.succeeds()


def _send_malformed_ids(api: Api, *, operation: Operation) -> None:
    live = _make_spare_path(api, operation)
    for parameter in filter(_has_format, operation.parameters_in("path")):
        reply = _call(api, operation, path={**live, parameter.name: _MALFORMED})
        reply.violates(reply.violation(("path", parameter.name), "format", _MALFORMED))


def _send_unknown_ids(api: Api, *, operation: Operation) -> None:
    live = _make_spare_path(api, operation)
    *parents, last = (parameter.name for parameter in operation.parameters_in("path"))
    _expect_unknown(api, _call(api, operation, path={**live, last: api.unknown_id()}), operation, last)
    for name in parents:  # one that is there, but that the last id does not stand below
        reply = _call(api, operation, path={**live, name: api.shared_id(name)})
        _expect_unknown(api, reply, operation, last)


def _holds_any(text: str, path: dict[str, str]) -> bool:
    """Return whether an answer has one of the ids of the path, or any rows."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return False
    values = answer.values() if isinstance(answer, dict) else ()
    return any(value in text for value in path.values()) or any(
        isinstance(value, list) and value for value in values
    )


def _send_foreign_key(api: Api, *, operation: Operation) -> None:
    names = [parameter.name for parameter in operation.parameters_in("path")]
    reader = _find_reader(api.spec, names[-1]) if operation.method != "GET" else None
    path = _make_spare_path(api, operation)

    def read() -> dict[str, Any]:
        return dict(api.read(reader.operation_id, **path)) if reader else {}

    def send() -> dict[str, Any]:
        reply = _call(api, operation, key=api.target.second_key, path=path)
        if reply.is_success and _holds_any(reply.response.text, path):
            api.judge.fail(f"another workspace's key got {shorten(reply.response.text)}")
        if reply.status not in (404, 429):
            unknown = {name: api.unknown_id() for name in names}
            other = _call(api, operation, key=api.target.second_key, path=unknown)
            message = f"another workspace's key was answered with {reply.status}, with {other.status} where"
            api.judge.require(reply.status == other.status, f"{message} nobody has the id")
        _expect_unknown(api, reply, operation, names[0])
        return read()

    before = api.once(f"{reader.operation_id} of {path}", read) if reader else {}
    if not are_equal(before, send()):
        # another rule may have changed the shared resource since the first read
        before, after = read(), send()
        if not are_equal(before, after):
            api.judge.fail(f"another workspace's key changed {shorten(before)} to {shorten(after)}")


def _expect_unknown(api: Api, reply: Reply, operation: Operation, name: str) -> None:
    """Require the 404 of an id: the error with its name, or the only 404 of the operation."""
    unknown = [error.name for error in operation.errors.values() if error.status == 404]
    named = find_unknown(operation, name)
    if named or unknown:
        reply.fails(named or unknown[0])
    elif reply.status != 404:
        api.judge.fail(f"{operation.operation_id} answered {reply.status}, expected 404")


def _find_reader(spec: Spec, name: str) -> Operation | None:
    readers = [o for o in spec.operations.values() if o.method == "GET"]
    return next((reader for reader in readers if reader.path.endswith("{" + name + "}")), None)


_KEY_RULES: dict[str, tuple[Callable[..., None], str, str, str, tuple[str, ...]]] = {
    "missing_key": (_miss_key, "Without a key: 401", _KEYS, "missing_key", ()),
    "wrong_key": (_send_wrong_key, "With an unknown key: 401", _KEYS, "invalid_key", ("wrong_key_probes",)),
    "revoked_key": (_send_revoked_key, "With a revoked key: 401", _KEYS, "invalid_key", ("revoked_key",)),
    "scope": (_lack_scope, "403 without the scope it needs", _SCOPES, "", ("limited_key",)),
}
