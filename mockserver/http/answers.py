"""Answers: what a handler returns, with a status, headers and a body."""

from collections.abc import Iterator
from typing import Any

from ..openapi.responses import write_json
from ..openapi.schemas import render_template
from ..openapi.spec import JSON_TYPE
from ..resources.call import Call
from .endpoints import Endpoint
from .messages import Response
from .streams import write_pieces


def respond(status: int, body: Any) -> Response:
    """Return a JSON response."""
    return Response(status, {"Content-Type": JSON_TYPE}, write_json(body).encode())


def respond_record(endpoint: Endpoint, record: Any, call: Call) -> Response:
    """Answer with a record or with a text; `x-template` of a header is filled in from the path."""
    operation = endpoint.operation
    kind = operation.answer_type
    body: bytes | Iterator[bytes]
    if not isinstance(record, (dict, str)) and isinstance(record, Iterator):  # `abc` asks slowly
        body = write_pieces(record, call.workspace.lock)
    else:
        shaper, name = endpoint.shaper, operation.operation_id
        body = shaper.write(record, name) if kind == JSON_TYPE else shaper.shape(record, name).encode()
    headers = {"Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind}
    for name, template in operation.answer_headers.items():
        headers[name] = render_template(template, call.path)
    return Response(operation.status, headers, body)
