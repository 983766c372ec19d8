"""Options of commands: which server and workspace they ask, and those that follow from an operation."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import update_wrapper
from typing import Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from ..control import load_control_spec
from ..http.keys import EXAMPLE_KEY
from ..openapi.schemas import Schema, non_null
from ..openapi.spec import Operation, load_spec
from ..settings import URL_VARIABLE
from .command import WANTS_JSON
from .remote import Remote

_URL, _KEY, _TOKEN = (f"{__name__}.{name}" for name in ("url", "key", "token"))
_PLACES = {"url": _URL, "key": _KEY, "token": _TOKEN, "json": WANTS_JSON}
"""Option → where the context keeps its value, for the group and the command together."""


class NumberRange(click.FloatRange):
    """A range of numbers; NaN, which click's own lets through, is none."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        """Return the number; ends the command when it is none of the range."""
        number: float = super().convert(value, param, context)
        if math.isnan(number):
            self.fail(f"{value!r} is not a valid number.", param, context)
        return number


def add_remote(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that select a server and a workspace of it, and --json, to a command or a group."""
    texts: dict[str, dict[str, Any]] = {
        "url": {
            "default": "http://127.0.0.1:8000",
            "envvar": URL_VARIABLE,
            "show_envvar": True,
            "help": "Where the server listens.",
        },
        "key": {"default": EXAMPLE_KEY, "help": "The API key, which names the workspace."},
        "token": {"default": "", "help": "The server's --control-token, from another machine."},
        "json": {"is_flag": True, "help": "Print the whole answer as JSON."},
    }
    for name, text in reversed(texts.items()):
        has_default = bool(text.get("default"))
        option = click.option(
            f"--{name}", expose_value=False, callback=_keep, show_default=has_default, **text
        )
        command = option(command)
    return command


def with_remote(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `add_remote`, and the Remote that they select as its first argument."""

    def run(*arguments: Any, **values: Any) -> None:
        meta = click.get_current_context().meta
        command(Remote(meta[_URL], meta[_KEY], meta[_TOKEN]), *arguments, **values)

    return add_remote(update_wrapper(run, command))


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep the value of an option; what was typed after the group holds unless the command has its own."""
    assert parameter.name
    place = _PLACES[parameter.name]
    is_given = context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    if is_given or place not in context.meta:
        context.meta[place] = value


class OperationCommand(click.Command):
    """A command with an option for each query parameter, and each property of the body, of an operation.

    The options are made when somebody looks: other commands need no description of the control API.
    """

    def __init__(self, *arguments: Any, operation: str, without: Collection[str] = (), **values: Any) -> None:
        super().__init__(*arguments, **values)
        self._operation = operation
        self._without = without
        self._has_all = False

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return arguments and options."""
        if not self._has_all:
            operation = load_control_spec().operations[self._operation]
            fields = list_fields(operation).items()
            made = [_make_option(name, *field) for name, field in fields if name not in self._without]
            arguments = [each for each in self.params if isinstance(each, click.Argument)]
            options = [each for each in self.params if not isinstance(each, click.Argument)]
            self.params = [*arguments, *made, *options]
            self._has_all = True
        return super().get_params(ctx)


def list_fields(operation: Operation) -> dict[str, tuple[Schema, str]]:
    """Return what an operation takes besides its path: name → schema and description."""
    query = {each.name: (each.schema, each.description) for each in operation.parameters_in("query")}
    body = {name: (part, part.get("description", "")) for name, part in operation.body_properties.items()}
    return query | body


def take_given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in values.items() if value is not None}


def complete(names: Callable[[], Iterable[str]]) -> Callable[..., list[CompletionItem]]:
    """Return what completes the beginning of a name in a shell."""

    def find(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
        return [CompletionItem(name) for name in names() if name.startswith(start)]

    return find


def _make_option(name: str, schema: Schema, description: str) -> click.Option:
    """Return an option that is None unless it is given."""
    part = non_null(schema)
    common: dict[str, Any] = {"default": None, "help": " ".join(description.split())}
    if part["type"] == "boolean":
        return click.Option([f"--{name.replace('_', '-')}", name], is_flag=True, **common)
    kind: click.ParamType[Any] | None = None
    if "enum" in part:
        kind = click.Choice([value for value in part["enum"] if value])
    elif part["type"] == "integer":
        kind = click.IntRange(part.get("minimum"), part.get("maximum"))
    elif part["type"] == "number":
        kind = NumberRange(part.get("minimum"), part.get("maximum"))
    if name in _NAMES:
        common["shell_complete"] = complete(_NAMES[name])
    return click.Option([f"--{name.replace('_', '-')}", name], type=kind, **common)


def _list_examples() -> Iterable[str]:
    spec = load_spec()
    names = {name: None for each in spec.operations.values() for name in each.errors}
    return [*spec.server_errors, *names]


_NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "operation": lambda: load_spec().operations,
    "example": _list_examples,
}
"""Option → the names that a shell completes."""
