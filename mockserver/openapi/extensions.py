"""The extensions (`x-…`) of openapi.yaml: extensions.yaml describes them, here they are checked and read.

No other module spells their names: each reads their values off `Extensions`.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from ..errors import SpecError
from .yaml_files import find_line, read_yaml

UNIQUE_BY = "x-unique-by"
"""The one that is a keyword of its schema: a request may break it."""

_VOCABULARY = Path(__file__).with_name("extensions.yaml")


_REQUIRED: Any = object()


def _read(name: str, default: Any = _REQUIRED) -> Any:
    """Return a property that reads an extension; without a default it raises KeyError where there is none."""
    if default is _REQUIRED:
        return property(lambda self: self._node[name])
    return property(lambda self: self._node.get(name, default))


class Extensions:
    """The values of the extensions of one object of the document; extensions.yaml describes each."""

    __slots__ = ("_node",)

    def __init__(self, node: Mapping[str, Any]) -> None:
        self._node = node

    undocumented: bool = _read("x-undocumented", default=False)
    source: str = _read("x-source", "")
    # of the whole document
    server_responses: dict[str, Any] = _read("x-server-responses")
    violations: dict[str, Any] = _read("x-violations")
    rate_limits: Sequence[dict[str, int]] = _read("x-rate-limits")
    rate_limit_headers: dict[str, Any] = _read("x-rate-limit-headers")
    key_prefix: str = _read("x-key-prefix")
    scopes: dict[str, dict[str, Any]] = _read("x-scopes")
    grants: Sequence[str] = _read("x-grants", ())
    # of an operation
    launches: bool = _read("x-launches", default=False)
    sends: bool = _read("x-sends", default=False)
    long: bool = _read("x-long", default=False)
    prompt: bool = _read("x-prompt", default=False)
    credits: int = _read("x-credits", 0)
    presumes: dict[str, dict[str, Any]] = _read("x-presumes", {})
    # of a parameter
    alias_of: str | None = _read("x-alias-of", None)
    known_values: Sequence[str] = _read("x-known-values", ())
    # of an example
    alternative_of: str | None = _read("x-alternative-of", None)
    precondition: str = _read("x-precondition", "")
    template: Any = _read("x-template", None)
    # of a schema
    varies: bool = _read("x-varies", default=False)
    null: str | None = _read("x-null", None)
    unique_by: str | None = _read(UNIQUE_BY, None)
    needs_one: Sequence[str] = _read("x-needs-one", ())
    allowed_values: Sequence[str] = _read("x-allowed-values", ())
    launch_values: Sequence[Any] = _read("x-launch-values", ())
    confirms: bool | None = _read("x-confirms", None)
    wordings: dict[str, Any] = _read("x-wordings", {})
    max_bytes: int | None = _read("x-max-bytes", None)
    max_files: int | None = _read("x-max-files", None)
    max_rows: int = _read("x-max-rows")
    default_days: int = _read("x-default-days")
    max_days: int = _read("x-max-days")
    maximum_by_inbox_type: dict[str, int] = _read("x-maximum-by-inbox-type", {})
    by_trigger_type: dict[str, Any] = _read("x-by-trigger-type", {})


def check_extensions(path: Path, document: Any) -> None:
    """Raise SpecError, with the line in the file, for an extension that breaks its description.

    extensions.yaml lacks it, allows it in other places only, or gives it another type.
    """
    validator = _make_validator()
    if validator.is_valid(document):
        return
    error = next(iter(validator.iter_errors(document)))
    where, reason = list(error.instance_path), error.message
    if "propertyNames" in error.schema_path:
        place = error.schema_path[error.schema_path.index("propertyNames") - 1]
        name = next(name for name in error.instance if name.startswith("x-") and not _may_stand(name, place))
        where, reason = [*where, name], _explain_name(name)
    line = find_line(path.read_text("utf-8"), where)
    raise SpecError(f"{path.name}, line {line}: {' / '.join(map(str, where))}: {reason}")


@cache
def read_vocabulary() -> dict[str, Any]:
    """Return what extensions.yaml says."""
    found: dict[str, Any] = read_yaml(_VOCABULARY)
    return found


def _may_stand(name: str, place: str) -> bool:
    return place in read_vocabulary()["words"].get(name, {}).get("places", ())


def _explain_name(name: str) -> str:
    words = read_vocabulary()["words"]
    if name in words:
        return f"it may stand in these places only: {', '.join(words[name]['places'])}"
    close = get_close_matches(name, words, n=1)
    return "there is no such extension" + (f"; is it {close[0]}?" if close else "")


@cache
def _make_validator() -> Any:
    vocabulary = read_vocabulary()
    definitions = dict(vocabulary["values"])
    for place, schema in vocabulary["places"].items():
        words = {name: word for name, word in vocabulary["words"].items() if place in word["places"]}
        definitions[place] = {
            **schema,
            "properties": {**schema.get("properties", {}), **{n: word["value"] for n, word in words.items()}},
            "propertyNames": {"anyOf": [{"not": {"pattern": "^x-"}}, {"enum": sorted(words)}]},
            "dependentSchemas": {n: word["beside"] for n, word in words.items() if "beside" in word},
        }
    return jsonschema_rs.Draft202012Validator({"$defs": definitions, "$ref": "#/$defs/document"})
