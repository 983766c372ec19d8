"""Request bytes → JSON values, strictly; query strings → the types of their schemas."""

import json
import re
from codecs import BOM_UTF8
from typing import Any

from ..errors import RequestInvalidError, Violation
from .schemas import non_null
from .spec import JSON_TYPE, Parameter

MAX_DEPTH = 100
"""Deeper nesting is refused: it would exhaust the stack of the function that walks the value."""

_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,4000}\s*")
_JSON_TYPE = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE)
# UTF-8 has no surrogates, so only an escape can stand for one.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class NotJsonError(ValueError):
    """No JSON, or JSON that could not be answered again: why, and at which character."""

    def __init__(self, reason: str, position: int = 0) -> None:
        super().__init__(reason)
        self.position = position


def _refuse_constant(name: str) -> float:
    raise NotJsonError(f"{name} is no JSON")


def _read_float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise NotJsonError(f"{text[:20]} is out of range")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_read_float)


def read_body(data: bytes, mimetype: str, wordings: dict[str, Any]) -> Any:
    """Return the JSON value of a request body; None for an empty one.

    An empty text, which no schema of a body accepts, stands for a body of another media type.
    Raises RequestInvalidError when it is no JSON.
    """
    if not data:
        return None
    if mimetype and mimetype != JSON_TYPE and not _JSON_TYPE.fullmatch(mimetype):
        return ""
    try:
        return read_json(data)
    except NotJsonError as error:
        raise _refusal(str(error), error.position, wordings) from None


def read_json(data: bytes) -> Any:
    """Return a JSON value, whose texts can all be encoded again; raises NotJsonError when it is none.

    JSON is UTF-8 [RFC 8259, 8.1]; a byte order mark before it is ignored.
    """
    try:
        value = _decode(data.removeprefix(BOM_UTF8).decode())
        if data.count(b"[") + data.count(b"{") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
            raise NotJsonError(f"Nested deeper than {MAX_DEPTH} levels")
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode()
    except NotJsonError:
        raise
    except json.JSONDecodeError as error:
        raise NotJsonError(str(error), error.pos) from None
    except UnicodeEncodeError:
        raise NotJsonError("Half of a surrogate pair") from None
    except UnicodeDecodeError as error:
        raise NotJsonError(f"Not {error.encoding}: {error.reason}", error.start) from None
    except RecursionError:
        raise NotJsonError(f"Nested deeper than {MAX_DEPTH} levels") from None
    except ValueError:  # Python's own limit
        raise NotJsonError("An integer has too many digits") from None
    return value


def _decode(text: str) -> Any:
    try:
        value, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError:
        return _DECODER.decode(text)
    # `decode` looks for space around the value, which most bodies lack; it explains what is wrong, too.
    return value if end == len(text) else _DECODER.decode(text)


def read_query(
    values: dict[str, list[str]], parameters: tuple[Parameter, ...]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the known parameters with the types of their schemas, where the text allows it.

    Of a repeated parameter the last one counts; the name of a parameter counts more than its alias.
    The second result is the names under which those were sent that came under an alias.
    """
    query: dict[str, Any] = {}
    aliases: dict[str, str] = {}
    for parameter in parameters:
        if parameter.name not in values:
            continue
        text = values[parameter.name][-1]
        if parameter.known_values and text not in parameter.known_values:
            continue
        name = parameter.alias_of or parameter.name
        if name not in query:
            query[name] = read_text(text, non_null(parameter.schema).get("type"))
            if parameter.alias_of:
                aliases[name] = parameter.name
    return query, aliases


def read_text(text: str, kind: str | None) -> Any:
    """Return the integer or boolean that a text stands for, if `kind` asks for one; else the text."""
    if kind == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if kind == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text


def _is_deeper(value: Any, depth: int) -> bool:
    if depth == 0:
        return isinstance(value, (dict, list))
    if isinstance(value, dict):
        return any(_is_deeper(item, depth - 1) for item in value.values())
    return isinstance(value, list) and any(_is_deeper(item, depth - 1) for item in value)


def _refusal(reason: str, position: int, wordings: dict[str, Any]) -> RequestInvalidError:
    wording = wordings["json"]
    violation: Violation = {
        "loc": ["body", position],
        "msg": wording["msg"].replace("{value}", reason),
        "type": wording["type"],
    }
    return RequestInvalidError([violation])
