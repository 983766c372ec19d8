"""What a single recorded exchange shows, whatever came before: request and answer beside openapi.yaml."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf
from urllib.parse import parse_qs, quote, unquote, urlsplit

import requests

from mockserver.http.redactor import REDACTED, Redactor
from mockserver.http.router import Router
from mockserver.openapi.coverage import Coverage
from mockserver.openapi.error_bodies import fits
from mockserver.openapi.forms import list_parts
from mockserver.openapi.spec import FORM_TYPE, JSON_TYPE, Operation, Spec

from ..safety.session import MASK
from ..verdict.conformance import Conformance, find_extra
from ..verdict.judge import shorten
from ..verdict.outcomes import Exchange
from .recorded import Recorded, read_json

_KEPT_CHARACTERS = 4000
_SHOWN_HEADERS = ("content-type", "accept", "prefer")
_PLAIN = "%/?:@!$&'()*+,;=-._~[]"
_REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class Observation:
    """A difference between an exchange and the contract."""

    aspect: str
    message: str
    documented: bool


class Routes:
    """Which operation a recorded request is for."""

    def __init__(self, spec: Spec, base_url: str = "") -> None:
        self._spec = spec
        self._base = base_url.rstrip("/")
        self._router: Router[Operation] = Router()
        for operation in spec.operations.values():
            self._router.add(operation.method, operation.path, operation)

    def locate(self, url: str) -> str | None:
        """Return path and query of a request of the API as openapi.yaml has them; None for any other."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if self._base and parts.netloc:
            base = urlsplit(self._base)
            if parts.netloc.casefold() != base.netloc.casefold() or not _begins(parts.path, base.path):
                return None
            path = self._spec.base_path + parts.path[len(base.path) :]
        else:
            before, found, after = parts.path.partition(self._spec.base_path)
            if not found or (after and not after.startswith("/")) or before.count("/") > 1:
                return None
            path = found + after
        return quote(f"{path}?{parts.query}" if parts.query else path, safe=_PLAIN)

    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation of a method and a path, or None."""
        found = self._router.find(unquote(urlsplit(path).path))
        return found[0].find(method) if found else None


def _begins(path: str, base: str) -> bool:
    return path == base or path.startswith(f"{base}/")


class Inspector:
    """Inspects exchanges one by one."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._header = spec.key_header.casefold()
        self._keys: set[str] = set()
        """The keys of the recording."""
        self._conformance = Conformance(spec, self._keys, inf)
        self.coverage = Coverage(spec)
        self._redactor = Redactor(spec.list_secrets(), spec.key_prefix)

    def find_key(self, recorded: Recorded) -> str:
        """Return what tells the workspace of a request: its key, or the name that the recording has."""
        key = (recorded.request_headers or {}).get(self._header, "")
        is_whole = key.startswith(self._spec.key_prefix) and REDACTED not in key
        if is_whole and len(key) > len(self._spec.key_prefix) + 2:
            self._keys.add(key)
        return recorded.workspace or key

    def measure(self, recorded: Recorded, operation: Operation | None) -> None:
        """Count what an exchange meets of the contract."""
        body = recorded.request_body or b""
        content_type = (recorded.request_headers or {}).get("content-type", "")
        self.coverage.add(
            operation.operation_id if operation else None,
            recorded.status,
            query=parse_qs(recorded.query_string, keep_blank_values=True),
            request=read_json(body),
            parts=list_parts(body, content_type) if content_type.startswith(FORM_TYPE) else (),
            response=read_json(recorded.response_body or b""),
        )

    def inspect(self, recorded: Recorded, operation: Operation | None, path: str) -> Iterator[Observation]:
        """Yield the differences of an exchange; `path` has the query with it."""
        if operation is None:
            if recorded.method not in ("OPTIONS", "HEAD"):
                message = f"openapi.yaml has no operation {recorded.method} {urlsplit(path).path}"
                yield Observation("operation", message, not recorded.is_success)
            return
        if recorded.status in _REDIRECTS:
            return
        yield from self._inspect_request(recorded, operation)
        if recorded.method != "HEAD":
            yield from self._inspect_answer(recorded, operation)
            yield from self._inspect_error(recorded, operation)

    def _inspect_request(self, recorded: Recorded, operation: Operation) -> Iterator[Observation]:
        has_key = recorded.request_headers is None or self._header in recorded.request_headers
        # a recording may leave all keys out
        if operation.key_required and self._keys and not has_key and recorded.is_success:
            yield Observation("accepted", "a request without a key is answered", documented=True)
        known = {parameter.name for parameter in operation.parameters_in("query")}
        for name in parse_qs(recorded.query_string, keep_blank_values=True):
            if name not in known:
                yield Observation("request", f"the query parameter {name} is not documented", False)
        for place in self._find_unknown(recorded, operation):
            yield Observation("request", f"the field {place} is not documented", False)

    def _find_unknown(self, recorded: Recorded, operation: Operation) -> Iterator[str]:
        body = recorded.request_body
        if not body or operation.body is None:
            return
        if operation.body_type == FORM_TYPE:
            content_type = (recorded.request_headers or {}).get("content-type", "")
            for name in list_parts(body, content_type):
                if name not in operation.body.get("properties", {}):
                    yield name
            return
        yield from dict.fromkeys(find_extra(operation.body, read_json(body), ""))

    def _inspect_answer(self, recorded: Recorded, operation: Operation) -> Iterator[Observation]:
        response = requests.Response()
        response.status_code = recorded.status
        response._content = recorded.response_body or b""
        response.encoding = "utf-8"
        has_headers = recorded.response_headers is not None
        kind = operation.answer_type if recorded.is_success else JSON_TYPE
        response.headers.update(recorded.response_headers or {"content-type": kind})
        is_whole = recorded.response_body is not None
        for finding in self._conformance.inspect(self._describe(recorded, operation), operation, response):
            if finding.aspect == "headers" and not has_headers:
                continue
            if finding.aspect in ("media_type", "body", "fields") and not is_whole:
                continue
            yield Observation(finding.aspect, finding.message, finding.documented)

    def _inspect_error(self, recorded: Recorded, operation: Operation) -> Iterator[Observation]:
        """Yield a refusal whose body is none of those that openapi.yaml has for its status."""
        errors = [*operation.errors.values(), *self._spec.server_errors.values()]
        alike = [error for error in errors if error.status == recorded.status]
        if (
            recorded.is_success
            or recorded.status in (422, 500)
            or not alike
            or recorded.response_body is None
        ):
            return
        value = read_json(recorded.response_body)
        if not any(fits(error, value) for error in alike):
            message = f"no {recorded.status} is documented as {shorten(_as_text(recorded.response_body))}"
            yield Observation("error", message, not any(error.undocumented for error in alike))

    def _describe(self, recorded: Recorded, operation: Operation | None) -> Exchange:
        return Exchange(
            operation=operation.operation_id if operation else "",
            method=recorded.method,
            url=recorded.url,
            request_headers={},
            request_body=_as_text(recorded.request_body),
            status=recorded.status,
            response_headers=dict(recorded.response_headers or {}),
            response_body="",
            seconds=recorded.seconds,
        )

    def show(self, recorded: Recorded, operation: Operation | None) -> Exchange:
        """Return an exchange for a report: without keys and passwords, long bodies cut."""
        redactor = self._redactor
        headers = {
            name: value for name, value in (recorded.request_headers or {}).items() if name in _SHOWN_HEADERS
        }
        address, mark, query = recorded.url.partition("?")
        return replace(
            self._describe(recorded, operation),
            url=redactor.redact_text(address) + mark + redactor.redact_query(query),
            request_headers={self._spec.key_header: MASK, **headers},
            request_body=_clip(_as_text(redactor.redact_body(recorded.request_body or b""))),
            response_headers={
                name: redactor.redact_text(value) for name, value in (recorded.response_headers or {}).items()
            },
            response_body=_clip(_as_text(redactor.redact_body(recorded.response_body or b""))),
        )


def _as_text(body: bytes | None) -> str:
    return (body or b"").decode("utf-8", "replace")


def _clip(text: str) -> str:
    return text if len(text) <= _KEPT_CHARACTERS else text[:_KEPT_CHARACTERS] + "…"
