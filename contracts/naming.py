"""How rules of an operation are called: `campaigns.create` for `POST /campaigns`."""

import re
from functools import cache

from mockserver.spec import Spec

_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*")
_LITERAL = re.compile(r"/([^/{}]+)")


@cache
def _prefixes(spec_path: str, operations: tuple[tuple[str, str, str, str], ...]) -> dict[str, str]:
    prefixes: dict[str, str] = {}
    for operation_id, path, tag, base_path in operations:
        literals = _LITERAL.findall(path.removeprefix(base_path))
        slug = tag.casefold().replace(" ", "-")
        resource = slug if slug in literals else literals[0]
        words = [word.casefold() for word in _WORD.findall(operation_id)]
        name = f"{resource}.{words[0]}"
        if name in prefixes.values():
            name = f"{resource}.{'-'.join(words)}"
        prefixes[operation_id] = name
    return prefixes


def name_operation(spec: Spec, operation_id: str) -> str:
    """Return what the ids of an operation's rules begin with."""
    operations = tuple((o.operation_id, o.path, o.tag, spec.base_path) for o in spec.operations.values())
    return _prefixes(str(spec.path), operations)[operation_id]


def name_field(path: tuple[str | int, ...]) -> str:
    """Return a place in a request as ids name it: `variants.email_content`."""
    return ".".join(part for part in path if isinstance(part, str))


def name_keyword(keyword: str) -> str:
    """Return a schema keyword as ids name it: `min_length`."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", keyword.removeprefix("x-").replace("-", "_")).casefold()
