"""openapi.yaml as the server and the contract suite use it: operations, errors, wordings, limits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import SpecError
from .extensions import Extensions, check_extensions
from .references import COMPONENT_NAME, Resolver
from .schemas import Schema, non_null, render_template
from .yaml_files import read_yaml

JSON_TYPE = "application/json"
FORM_TYPE = "multipart/form-data"
FILE_TYPES = ("text/csv", "message/rfc822", "application/mbox")

_METHODS = ("get", "put", "post", "delete", "patch")
_SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class DocumentedError:
    """An error that openapi.yaml documents: its status and its body."""

    name: str
    status: int
    value: Any
    template: Any
    undocumented: bool
    alternative_of: str | None

    def render(self, facts: Mapping[str, Any]) -> Any:
        """Return the body; raises KeyError when the template asks for a fact that is not given."""
        return render_template(self.template, facts)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A path or query parameter."""

    name: str
    location: str
    required: bool
    schema: Schema
    alias_of: str | None
    known_values: tuple[str, ...]
    undocumented: bool
    description: str = ""


@dataclass(frozen=True, eq=False)
class Operation:
    """One method on one path. Schemas hold no references any more."""

    operation_id: str
    method: str
    path: str
    tag: str
    summary: str
    scopes: tuple[str, ...]
    key_required: bool
    parameters: tuple[Parameter, ...]
    body: Schema | None
    body_type: str
    """The media type of the body: `application/json` or `multipart/form-data`."""
    body_examples: dict[str, Any]
    status: int
    """The success this project answers: the first of the documented ones."""
    statuses: frozenset[int]
    """Every documented status."""
    answer: Schema
    """The schema of the success."""
    answer_type: str
    """The media type of the success: `application/json`, or one of FILE_TYPES for a handler's text."""
    answer_headers: dict[str, str]
    """Header of the success → template, filled in from the path."""
    answer_examples: dict[str, Any]
    errors: dict[str, DocumentedError]
    undocumented: bool
    source: str = ""
    answer_undocumented: bool = False
    """Whether no source says how the success looks."""
    launches: bool = False
    """Whether the operation sets mailing going."""
    sends: bool = False
    """Whether the operation sends mail at once."""
    is_long: bool = False
    """Whether it may take so long that others should not wait for it."""
    is_prompt: bool = False
    """Whether it waits for no other request of its workspace."""
    credits: int = 0
    """What a call costs."""
    presumes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Id → what an ordinary request takes for granted of what it names."""
    preconditions: dict[str, str] = field(default_factory=dict)
    """Example of a request → what must have happened before, and no request brings about."""
    responses: dict[int, Any] = field(default_factory=dict)
    """Every documented response by its status."""

    @cached_property
    def body_properties(self) -> dict[str, Schema]:
        """Property of the body → what its schema says of a value that is not null."""
        return {name: non_null(part) for name, part in (self.body or {}).get("properties", {}).items()}

    @property
    def max_file(self) -> int | None:
        """Most bytes that the files of the body may have; None without a limit."""
        sizes = (Extensions(part).max_bytes for part in self.body_properties.values())
        return max(filter(None, sizes), default=None)

    @property
    def long_properties(self) -> tuple[str, ...]:
        """The properties of the body with which a request may take long: those that can launch."""
        return tuple(name for name, part in self.body_properties.items() if Extensions(part).launch_values)

    def parameters_in(self, location: str) -> tuple[Parameter, ...]:
        """Return the parameters of the path or of the query, in documented order."""
        return tuple(p for p in self.parameters if p.location == location)

    def message(self, example: str) -> str:
        """Return the `message` of a named example of the success."""
        return str(self.answer_examples[example]["message"])


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests in a fixed window of so many seconds."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """The whole file. Two are the same only if they are one, so what follows from one can be cached."""

    path: Path
    document: dict[str, Any]
    base_path: str
    operations: dict[str, Operation]
    server_errors: dict[str, DocumentedError]
    """Errors answered before any operation is reached."""
    violations: dict[str, Any]
    schemas: dict[str, Schema]
    """The named schemas, without references."""
    rate_limits: tuple[RateLimit, ...]
    key_header: str
    key_prefix: str
    rate_limit_headers: tuple[str, ...] = ()
    """The headers of every answer of the API."""
    scopes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Scope → patterns of the scopes it stands for besides itself."""
    server_responses: dict[int, Any] = field(default_factory=dict)
    """Responses given before any operation is reached, by status."""

    def check_handlers(self, handlers: Mapping[str, Any]) -> None:
        """Raise SpecError when an operation has no handler, or a handler no operation."""
        odd = sorted(set(handlers) ^ set(self.operations))
        if odd:
            raise SpecError(f"operation without handler or handler without operation: {', '.join(odd)}")

    def list_secrets(self) -> set[str]:
        """Return the names of the properties that are `writeOnly`."""
        properties = [schema.get("properties", {}) for schema in self.schemas.values()]
        return {name for inner in properties for name, schema in inner.items() if schema.get("writeOnly")}

    def find_schema(self, name: str) -> Schema:
        """Return a named schema, or that of a property of one, for example `Campaign.variants`.

        Raises SpecError when there is none.
        """
        schema, _, prop = name.partition(".")
        try:
            return self.schemas[schema]["properties"][prop] if prop else self.schemas[schema]
        except KeyError:
            raise SpecError(f"no schema is called {name}") from None

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts of the documented servers."""
        return frozenset(urlsplit(server["url"]).hostname or "" for server in self.document["servers"])

    def find_error(self, name: str) -> DocumentedError:
        """Return an error by name, of any operation; raises KeyError when there is none."""
        for errors in (self.server_errors, *(o.errors for o in self.operations.values())):
            if name in errors:
                return errors[name]
        raise KeyError(name)


@cache
def load_spec(path: Path | None = None) -> Spec:
    """Read openapi.yaml, once per process.

    Raises SpecError when it lacks something that the server needs.
    """
    path = path or find_spec()
    document = read_yaml(path)
    check_extensions(path, document)
    return read_spec(path, document)


def find_spec() -> Path:
    """Return where openapi.yaml is: inside an installed package, beside it in a checkout."""
    here = Path(__file__).parent.parent
    for folder in (here, here.parent):
        if (folder / "openapi.yaml").is_file():
            return folder / "openapi.yaml"
    raise SpecError(f"openapi.yaml is neither in {here} nor beside it")


def read_spec(path: Path, document: dict[str, Any]) -> Spec:
    """Return what a document, that of the file at `path`, says; raises as `load_spec`."""
    resolver = Resolver(document)
    base_path = urlsplit(document["servers"][0]["url"]).path
    scheme = document["components"]["securitySchemes"]["ApiKey"]
    extensions = Extensions(document)
    server_responses = resolver.resolve(extensions.server_responses)
    operations: dict[str, Operation] = {}
    for operation in _read_operations(document, resolver, base_path):
        if operation.operation_id in operations:
            raise SpecError(f"two operations are called {operation.operation_id}")
        operations[operation.operation_id] = operation
    return Spec(
        path=path,
        document=document,
        base_path=base_path,
        operations=operations,
        server_errors=_read_errors(server_responses),
        violations=extensions.violations,
        schemas={name: resolver.follow(_SCHEMAS + name) for name in document["components"]["schemas"]},
        rate_limits=tuple(RateLimit(**limit) for limit in extensions.rate_limits),
        key_header=scheme["name"],
        key_prefix=Extensions(scheme).key_prefix,
        rate_limit_headers=tuple(extensions.rate_limit_headers),
        scopes={name: tuple(Extensions(scope).grants) for name, scope in Extensions(scheme).scopes.items()},
        server_responses={int(status): response for status, response in server_responses.items()},
    )


def _read_operations(document: dict[str, Any], resolver: Resolver, base_path: str) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        shared = item.get("parameters", [])
        for method, raw in item.items():
            if method in _METHODS:
                yield _read_operation(method, base_path + path, shared, raw, resolver)


def _read_operation(
    method: str, path: str, shared: list[Any], raw: dict[str, Any], resolver: Resolver
) -> Operation:
    responses = resolver.resolve(raw["responses"])
    successes = [status for status in responses if status.startswith("2")]
    if not successes:
        raise SpecError(f"{raw['operationId']} has no success")
    where, extensions = raw["operationId"], Extensions(raw)
    success = responses[successes[0]]
    answer_type, answer = _read_content(success, (JSON_TYPE, *FILE_TYPES), where)
    no_body: dict[str, Any] = {"content": {JSON_TYPE: {}}}
    request_body = resolver.resolve(raw.get("requestBody", no_body))
    body_type, body = _read_content(request_body, (JSON_TYPE, FORM_TYPE), where)
    return Operation(
        operation_id=raw["operationId"],
        method=method.upper(),
        path=path,
        tag=raw["tags"][0],
        summary=raw["summary"],
        scopes=tuple(scope for need in raw["security"] for scope in need.get("ApiKey", ())),
        key_required={} not in raw["security"],
        parameters=tuple(
            _read_parameter(resolver.resolve(parameter))
            for parameter in (*shared, *raw.get("parameters", []))
        ),
        body=body.get("schema"),
        body_type=body_type,
        body_examples=_read_examples(body),
        status=int(successes[0]),
        statuses=frozenset(int(status) for status in responses),
        answer=answer["schema"],
        answer_type=answer_type,
        answer_headers={
            name: template
            for name, header in success.get("headers", {}).items()
            if (template := Extensions(header).template)
        },
        answer_examples=_read_examples(answer),
        errors=_read_errors(responses),
        undocumented=extensions.undocumented,
        source=extensions.source,
        answer_undocumented=Extensions(success).undocumented,
        launches=extensions.launches,
        sends=extensions.sends,
        is_long=extensions.long or extensions.launches,
        is_prompt=extensions.prompt,
        credits=extensions.credits,
        presumes=extensions.presumes,
        preconditions={
            name: precondition
            for name, example in body.get("examples", {}).items()
            if (precondition := Extensions(example).precondition)
        },
        responses={int(status): response for status, response in responses.items()},
    )


def _read_content(holder: dict[str, Any], known: tuple[str, ...], where: str) -> tuple[str, dict[str, Any]]:
    """Return media type and content; there is one."""
    [(media_type, content)] = holder["content"].items()
    if media_type not in known:
        raise SpecError(f"{where}: {media_type} is neither of {', '.join(known)}")
    return media_type, content


def _read_parameter(raw: dict[str, Any]) -> Parameter:
    extensions = Extensions(raw)
    return Parameter(
        *(raw["name"], raw["in"], raw.get("required", False), raw["schema"]),
        alias_of=extensions.alias_of,
        known_values=tuple(extensions.known_values),
        undocumented=extensions.undocumented,
        description=raw.get("description", ""),
    )


def _read_examples(content: dict[str, Any]) -> dict[str, Any]:
    return {name: example["value"] for name, example in content.get("examples", {}).items()}


def _read_errors(responses: dict[str, Any]) -> dict[str, DocumentedError]:
    errors: dict[str, DocumentedError] = {}
    for status, response in responses.items():
        if status.startswith("2"):
            continue
        for name, example in response["content"]["application/json"].get("examples", {}).items():
            if example.get(COMPONENT_NAME, name) != name:
                raise SpecError(f"the error {example[COMPONENT_NAME]} is called {name} in a response")
            extensions = Extensions(example)
            errors[name] = DocumentedError(
                name=name,
                status=int(status),
                value=example["value"],
                template=extensions.template or example["value"],
                undocumented=extensions.undocumented or Extensions(response).undocumented,
                alternative_of=extensions.alternative_of,
            )
    return errors
