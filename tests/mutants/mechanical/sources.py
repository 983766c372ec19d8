"""The mutants of the server's code, and the server with one of them.

How it works: the modules of mockserver are imported anew, one of them from a changed syntax tree. Why so:
tables, default values and private functions change with everything that uses them, which no swap of functions
gives. It is for processes that are thrown away: what was imported before stays the unchanged server.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from ..edits import FOLDER, PACKAGE, SourceFinder
from .operators import apply, list_edits

_FOLDERS = ("resources", "model", "sending", "mails", "personalization", "http")
_LEFT_OUT = (
    "sending.why",
    "sending.reason_texts",
    "mails.smtp_relay",
    "mails.outbox",
    "http.access_log",
    "http.due_work",
    "http.effort",
    "http.forks",
    "http.journal",
    "http.redactor",
)
"""Modules that only the control API, a log or the machine shows."""
_ALSO = (
    "contracts.stand_in",
    "contracts.walk.model",
    "tests.soak.transports",
    *(f"tests.mutants.{name}" for name in ("servers", "lenient", "mutations", "recorder")),
)
"""Modules that start the server that they import, or change it."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change of one module of the server."""

    id: str
    """Module, function, operator and number; other changes of the code leave it as it is."""
    line: int
    change: str
    """The code before and after."""

    @property
    def module(self) -> str:
        """Within mockserver, for example `model.events`."""
        return self.id.partition(":")[0]

    @property
    def operator(self) -> str:
        """One of OPERATORS."""
        return self.id.split(":")[2]


def list_modules() -> list[str]:
    """Return the modules that decide what a client sees."""
    names = [
        f"{folder}.{path.stem}" for folder in _FOLDERS for path in sorted((FOLDER / folder).glob("*.py"))
    ]
    return [name for name in names if name not in _LEFT_OUT and not name.endswith("__init__")]


def list_mutations(pattern: str = "*") -> list[Mutation]:
    """Return all mutations of the modules that a pattern names."""
    return [
        mutation
        for module in list_modules()
        if fnmatchcase(module, pattern)
        for mutation in _list_mutations(module)
    ]


@cache
def _list_mutations(module: str) -> tuple[Mutation, ...]:
    return tuple(
        Mutation(
            f"{module}:{edit.function}:{edit.operator}:{edit.number}",
            edit.line,
            f"{_shorten(edit.old)} → {_shorten(edit.new)}",
        )
        for edit in list_edits(_parse(module))
    )


def _shorten(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else text[:89] + "…"


def _parse(module: str) -> ast.Module:
    return ast.parse(FOLDER.joinpath(*module.split(".")).with_suffix(".py").read_text("utf-8"))


def mutate(mutation_id: str) -> ast.Module:
    """Return the syntax tree of a module with a mutation; raises LookupError for an unknown id."""
    module, function, operator, number = mutation_id.split(":")
    tree = _parse(module)
    for edit in list_edits(tree):
        if (edit.function, edit.operator, str(edit.number)) == (function, operator, number):
            apply(tree, edit)
            return tree
    raise LookupError(f"no mutation is called {mutation_id}")


def import_mutated(mutation_id: str) -> None:
    """Forget the server and import it anew, with a mutation; with none if the id is empty.

    What was imported before keeps the server that it has. Raises what the mutated modules raise.
    """
    for name in list(sys.modules):
        if name.partition(".")[0] == PACKAGE or name in _ALSO:
            del sys.modules[name]
    if mutation_id:
        module = f"{PACKAGE}.{mutation_id.partition(':')[0]}"
        sys.meta_path.insert(0, SourceFinder({module: mutate(mutation_id)}))


def list_operators() -> Iterator[str]:
    """Yield the names of the operators that have mutations."""
    yield from dict.fromkeys(mutation.operator for mutation in list_mutations())
