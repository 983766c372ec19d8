"""Ids of generated rules: they begin with `campaigns.create` for `POST /campaigns`."""

import re
from functools import cache

from mockserver.openapi.spec import Spec

from ..inputs.id_sources import is_deprecated

_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*")
_LITERAL = re.compile(r"/([^/{}]+)")


_Named = tuple[str, str, str, bool]
"""(operationId, path, tag, whether it is deprecated)."""


@cache
def _prefixes(operations: tuple[_Named, ...]) -> dict[str, str]:
    prefixes: dict[str, str] = {}
    # an operation named after its resource alone gets the plain verb
    for operation_id, path, tag, _ in sorted(operations, key=lambda named: not _is_plain(named)):
        literals = _LITERAL.findall(path)
        slug = tag.casefold().replace(" ", "-")
        resource = slug if slug in literals else literals[0]
        words = _split(operation_id)
        name = f"{resource}.{words[0]}"
        if name in prefixes.values():
            name = f"{resource}.{'-'.join(words)}"
        prefixes[operation_id] = name
    return prefixes


def name_operation(spec: Spec, operation_id: str) -> str:
    """Return the beginning of the ids of an operation's rules."""
    operations = tuple(
        (o.operation_id, o.path.removeprefix(spec.base_path), o.tag, is_deprecated(spec, o))
        for o in spec.operations.values()
    )
    return _prefixes(operations)[operation_id]


def _is_plain(named: _Named) -> bool:
    operation_id, _, tag, deprecated = named
    noun = " ".join(_split(operation_id)[1:]).removesuffix("s")
    return noun == tag.casefold().removesuffix("s") and not deprecated


def _split(operation_id: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(operation_id)]


def name_field(path: tuple[str | int, ...]) -> str:
    """Return the name of a place in ids, for example `variants.email_content`."""
    return ".".join(part for part in path if isinstance(part, str))


def name_keyword(keyword: str) -> str:
    """Return the name of a schema keyword in ids, for example `min_length`."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", keyword.removeprefix("x-").replace("-", "_")).casefold()
