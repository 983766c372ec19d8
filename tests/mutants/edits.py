"""A server whose source is changed in some places, beside the unchanged one in the same process.

How it works: the changed modules, and all that stand on them, are imported a second time; then the modules
that were there take their places again. Why so: who writes a fault from the code alone changes a line
anywhere, in private functions and tables, too, which no swap of functions reaches.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

import mockserver

if TYPE_CHECKING:
    from .mutations import Mutation

PACKAGE = "mockserver"
FOLDER = Path(mockserver.__file__).parent
ENTRIES = (
    "mockserver.server.app",
    "mockserver.server.server",
    "mockserver.openapi.spec",
    "contracts.stand_in",  # moves the clock of a server and lets events happen, by functions of its modules
)
"""The modules through which a server is built, served and acted upon."""
_STAND_IN = "contracts.stand_in"
_BASE = ("version", "errors", "spelling", "settings")
"""What stands on nothing: never imported anew, so an error or a setting is the same to both servers."""
_CONTRACT = "openapi"
"""Stands on the base alone; compiling it takes time, so it is imported anew only when it is edited."""


class EditError(Exception):
    """The text that an edit replaces does not stand exactly once in its module; says which."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of the source of the server."""

    file: str
    """Below `mockserver/`."""
    old: str
    """A text that stands there exactly once."""
    new: str
    """What takes its place."""

    @property
    def module(self) -> str:
        """The full name of the module."""
        return ".".join((PACKAGE, *Path(self.file).with_suffix("").parts))


def edit_source(*edits: Edit) -> "Mutation":
    """Change the source of the server in some places."""
    return lambda plan: plan.edits.extend(edits)


def apply_edits(edits: Iterable[Edit]) -> dict[str, str]:
    """Return module → its changed source; later edits see what earlier ones wrote. Raises EditError."""
    sources: dict[str, str] = {}
    for edit in edits:
        source = sources.get(edit.module) or FOLDER.joinpath(edit.file).read_text("utf-8")
        if (times := source.count(edit.old)) != 1:
            raise EditError(f"{edit.file} has {times} times {edit.old!r}")
        sources[edit.module] = source.replace(edit.old, edit.new)
    return sources


class Edition:
    """The modules of a server with edits; without any, the modules that are there.

    Raises EditError, and what the edited modules raise.
    """

    def __init__(self, edits: Sequence[Edit] = ()) -> None:
        self._sources = apply_edits(edits)
        parts = {module.split(".")[1] for module in self._sources}
        if not parts.isdisjoint(_BASE):
            raise EditError(f"none of {', '.join(_BASE)} can be edited: both servers use them")
        self._kept = tuple(f"{PACKAGE}.{name}" for name in {*_BASE, _CONTRACT} - parts)
        self._modules: dict[str, ModuleType] = {}
        for name in ENTRIES:
            import_module(name)
        with self.in_place():
            for name in ENTRIES:
                import_module(name)

    def load(self, name: str) -> Any:
        """Return one of ENTRIES."""
        return self._modules.get(name) or import_module(name)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let these modules be the ones that are imported while the block lasts."""
        others = {name: module for name, module in sys.modules.items() if self._is_own(name)}
        for name in others:
            del sys.modules[name]
        sys.modules.update(self._modules)
        sys.meta_path.insert(0, finder := SourceFinder(self._sources))
        try:
            yield
        finally:
            sys.meta_path.remove(finder)
            self._modules = {name: sys.modules.pop(name) for name in [*sys.modules] if self._is_own(name)}
            sys.modules.update(others)
            package, _, name = _STAND_IN.rpartition(".")
            setattr(sys.modules[package], name, sys.modules[_STAND_IN])

    def _is_own(self, name: str) -> bool:
        is_kept = any(name == each or name.startswith(f"{each}.") for each in self._kept)
        is_of_server = name == _STAND_IN or name.partition(".")[0] == PACKAGE
        return bool(self._sources) and is_of_server and not is_kept


class SourceFinder(MetaPathFinder):
    """Finds some modules, and makes them from other sources or syntax trees."""

    def __init__(self, sources: Mapping[str, str | ast.Module]) -> None:
        self._sources = sources

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self._sources:
            return None
        spec = PathFinder.find_spec(name, path, target)
        assert spec is not None
        assert spec.origin is not None
        spec.loader = _Loader(name, spec.origin, self._sources[name])
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, source: str | ast.Module) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        code: Any = compile(self._source, self.path, "exec", dont_inherit=True)
        assert isinstance(code, CodeType)
        return code
