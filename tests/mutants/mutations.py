"""How a server that has no code for mutants is made wrong: what can be changed, and where."""

import json
import pickle
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache, cached_property, partial
from io import BytesIO
from typing import Any, ParamSpec, TypeVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Request, Response

from mockserver.http import messages
from mockserver.openapi.spec import load_spec
from mockserver.resources.call import Call
from mockserver.server.app import MockServer
from mockserver.server.wsgi import make_environ, read_answer, read_environ, write_answer
from mockserver.settings import Settings
from mockserver.state.workspace import Workspace

from .edits import Edit, Edition
from .swapping import swapped

_LARGEST_BODY = 1 << 30


class MutationError(Exception):
    """A handler fails, as the mutant will have it."""


P = ParamSpec("P")
R = TypeVar("R")
Json = Any
Handler = Callable[[Call], Any]
Change = Callable[[MockServer], None]
Layer = Callable[[WSGIApplication], WSGIApplication]


@dataclass
class Plan:
    """A server that is about to be built, for as long as everything about it can still be changed."""

    changes: list[Change] = field(default_factory=list)
    """What is done to the server once it stands."""
    bodies: list[tuple[str, Callable[[Json], Json]]] = field(default_factory=list)
    """Operations, and what alters the bodies of their requests; what was added last alters first."""
    layers: list[Layer] = field(default_factory=list)
    """What is put around it, the innermost first."""
    sleep: Callable[[float], None] = time.sleep
    """How a slow server wastes seconds."""
    edits: list[Edit] = field(default_factory=list)
    """Changes of its source."""

    @cached_property
    def document(self) -> dict[str, Any]:
        """The contract of the server, which may be edited; until it is, that of the correct server."""
        document: dict[str, Any] = pickle.loads(_pickle_document())  # much faster than a deep copy
        return document

    @cached_property
    def edition(self) -> Edition:
        """The modules of the server, once nothing more is edited."""
        return Edition(self.edits)

    def build(self, settings: Settings) -> MockServer:
        """Return the server; raises EditError, and what its edited modules raise."""
        load = self.edition.load
        with self.edition.in_place():
            spec = load("mockserver.openapi.spec").load_spec()
            if "document" in vars(self):
                spec = load("mockserver.openapi.spec").read_spec(spec.path, self.document)
            app: MockServer = load("mockserver.server.app").create_app(settings, spec)
        for change in self.changes:
            change(app)
        if self.bodies:
            surround_wsgi(app, lambda wsgi: _BodyReader(app, self.bodies[::-1], wsgi))
        for layer in self.layers:
            surround_wsgi(app, layer)
        return app


@cache
def _pickle_document() -> bytes:
    return pickle.dumps(load_spec().document)


Mutation = Callable[[Plan], None]
"""Changes a plan so that the server built by it is wrong in one way."""


def draw_plan() -> Plan:
    """Return the plan of the correct server."""
    return Plan()


def replace_method(owner: object, name: str, wrap: Callable[[Any], Any]) -> None:
    """Put `wrap(method)` in the place of a method, on this one object."""
    setattr(owner, name, wrap(getattr(owner, name)))


def surround_wsgi(app: MockServer, layer: Layer) -> None:
    """Put a layer of WSGI around a server, by every way that requests reach it."""
    inner = app.answer

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return write_answer(inner(read_environ(environ)), environ, start_response)

    outer = layer(serve)

    def answer_request(request: messages.Request, **_known: Any) -> messages.Response:
        try:
            environ = make_environ(request, _LARGEST_BODY)
        except messages.BodyTooLargeError:
            return inner(request)
        return read_answer(outer, environ)

    replace_method(app, "answer", lambda _: answer_request)


def all_of(*mutations: Mutation) -> Mutation:
    """Make several changes that are one mutant."""

    def mutate(plan: Plan) -> None:
        for each in mutations:
            each(plan)

    return mutate


# ---- what handlers do


def changed(change: Change) -> Mutation:
    """Do something to the server once it stands."""
    return lambda plan: plan.changes.append(change)


def around(operations: str, wrap: Callable[[Handler, Call], Json]) -> Mutation:
    """Let `wrap(handler, call)` answer the calls of the operations that a pattern names."""
    return changed(lambda app: surround(app, operations, wrap))


def surround(app: MockServer, operations: str, wrap: Callable[[Handler, Call], Json]) -> None:
    """As `around`, for a server that stands."""
    for endpoint in (app.pipeline.endpoints[name] for name in _names(app, operations)):
        endpoint.handler = _bind(wrap, endpoint.handler)
        # What is wrapped around a handler may depend on anything.
        endpoint.keeps_answers = endpoint.shaper.keeps_rows = False


def before(operations: str, alter: Callable[[Call], Json]) -> Mutation:
    """Give the handlers of some operations another body: `alter(call)`."""
    return around(operations, lambda handler, call: handler(replace(call, body=alter(call))))


def after(operations: str, act: Callable[[Call, Json], Json]) -> Mutation:
    """Do something once a handler is done, and answer what `act(call, answer)` returns, if anything."""

    def wrap(handler: Handler, call: Call) -> Json:
        found = handler(call)
        return act(call, found) or found

    return around(operations, wrap)


def ignore_query(operation: str, **values: Any) -> Mutation:
    """Answer as if a query parameter were another; None: as if it were not sent."""

    def wrap(handler: Handler, call: Call) -> Any:
        query = {**call.query, **{name: value for name, value in values.items() if value is not None}}
        kept = {name: query[name] for name in query if values.get(name, "") is not None}
        return handler(replace(call, query=kept))

    return around(operation, wrap)


def forgetting(operations: str, table: str) -> Mutation:
    """Let some operations answer as ever, and keep the records of a table of the workspace as they were."""

    def wrap(handler: Handler, call: Call) -> Json:
        records = getattr(call.workspace, table)
        kept = records.copy()
        found = handler(call)
        records.fill(kept)
        return found

    return around(operations, wrap)


def keep_changes(workspace: Workspace) -> None:
    """Keep what a request has changed so far, even if it is refused after all."""
    workspace.undo_log.end()
    workspace.undo_log.begin()


def swap(operations: str, function: Callable[P, R], other: Callable[P, R]) -> Mutation:
    """Let `other` answer instead of a public function of the server, for some operations."""
    return around(operations, lambda handler, call: _call_swapped(function, other, handler, call))


def swap_in_job(kind: str, function: Callable[P, R], other: Callable[P, R]) -> Mutation:
    """Let `other` answer instead of a public function of the server, for the background jobs of a kind."""

    def change(app: MockServer) -> None:
        worker = app.workspaces.workers[kind]
        app.workspaces.workers[kind] = partial(_call_swapped, function, other, worker)

    return changed(change)


def _call_swapped(function: Any, other: Any, work: Callable[..., Any], *args: Any) -> Any:
    with swapped(function, other):
        return work(*args)


# ---- what goes in and out


def answer(operations: str, alter: Callable[[Json], Json]) -> Mutation:
    """Alter the successful answers of some operations; `alter` may change in place and return None."""

    def change(app: MockServer) -> None:
        surround(app, operations, _join_pieces)
        for endpoint in (app.pipeline.endpoints[name] for name in _names(app, operations)):
            replace_method(
                endpoint.shaper,
                "shape",
                lambda shape: lambda record, operation: _altered(alter, shape(record, operation)),
            )

    return changed(change)


def _join_pieces(handler: Handler, call: Call) -> Any:
    """Answer a text in one, instead of in pieces."""
    found = handler(call)
    return "".join(found) if isinstance(found, Iterator) else found


def response(alter: Callable[[Request, Response], Response | None], operations: str = "*") -> Mutation:
    """Alter whole responses, in place or by returning another, of some operations (`-`: of no operation)."""
    return changed(lambda app: alter_responses(app, alter, operations))


def alter_responses(
    app: MockServer, alter: Callable[[Request, Response], Response | None], operations: str = "*"
) -> None:
    """As `response`, for a server that stands."""

    def wrap(wsgi: WSGIApplication) -> WSGIApplication:
        def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            name = name_operation(app, environ)
            if not _matches(name, operations):
                return wsgi(environ, start_response)
            data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            answered = read_answer(wsgi, {**environ, "wsgi.input": BytesIO(data)})
            found = Response(answered.body, answered.status, answered.headers)
            request = Request({**environ, "wsgi.input": BytesIO(data)})
            request.view_args = find_path_values(app, environ)
            return (alter(request, found) or found)(environ, start_response)

        return serve

    surround_wsgi(app, wrap)


def error(statuses: Iterable[int], alter: Callable[[Json], Json], operations: str = "*") -> Mutation:
    """Alter the bodies of the errors with some statuses."""
    wanted = set(statuses)

    def alter_error(_request: Request, found: Response) -> None:
        if found.status_code in wanted:
            write_body(found, _altered(alter, json.loads(found.get_data())))

    return response(alter_error, operations)


def request_body(operations: str, alter: Callable[[Json], Json]) -> Mutation:
    """Alter the JSON bodies of requests before the server reads them."""
    return lambda plan: plan.bodies.append((operations, alter))


class _BodyReader:
    """A layer that reads a request's body, and hands on another."""

    def __init__(
        self, app: MockServer, bodies: list[tuple[str, Callable[[Json], Json]]], wsgi: WSGIApplication
    ) -> None:
        self.app = app
        self.bodies = bodies
        self.wsgi = wsgi

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name = name_operation(self.app, environ)
        changes = [alter for operations, alter in self.bodies if _matches(name, operations)]
        if changes:
            data = Request(environ).get_data(cache=False)
            for alter in changes:
                with suppress(ValueError, RecursionError):  # no JSON: the server refuses it
                    data = self._alter(alter, data)
            environ = {**environ, "wsgi.input": BytesIO(data), "CONTENT_LENGTH": str(len(data))}
        return self.wsgi(environ, start_response)

    def _alter(self, alter: Callable[[Json], Json], data: bytes) -> bytes:
        """Return the same bytes where nothing is altered: JSON can be written in many ways."""
        before = json.dumps(json.loads(data))
        altered = json.dumps(_altered(alter, json.loads(data)))
        return data if altered == before else altered.encode()


def name_operation(app: MockServer, environ: WSGIEnvironment) -> str:
    """Return the operation that a request is for; `-` when for none."""
    found = app.pipeline.router.find(read_environ(environ).path)
    endpoint = found[0].find(environ["REQUEST_METHOD"]) if found else None
    return endpoint.operation.operation_id if endpoint else "-"


def find_path_values(app: MockServer, environ: WSGIEnvironment) -> dict[str, str]:
    """Return the values of a request's path by their names."""
    found = app.pipeline.router.find(read_environ(environ).path)
    return dict(found[1]) if found else {}


def write_body(found: Response, body: Json) -> None:
    """Put another JSON body into a response."""
    found.set_data(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def _names(app: MockServer, pattern: str) -> list[str]:
    names = [name for name in app.pipeline.endpoints if _matches(name, pattern)]
    if not names:
        raise LookupError(f"no operation is called {pattern}")
    return names


def _matches(name: str, patterns: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns.split("|"))


def _bind(wrap: Callable[[Handler, Call], Json], handler: Handler) -> Handler:
    return lambda call: wrap(handler, call)


def _altered(alter: Callable[[Json], Json], value: Json) -> Json:
    altered = alter(value)
    return value if altered is None else altered
