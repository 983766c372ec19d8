"""The layers of both packages: imports go down only, at the top of the file; files stay small.

ARCHITECTURE.md lists the layers, from the bottom up.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import mockserver

PROJECT = Path(mockserver.__file__).parent.parent
PACKAGES = ("mockserver", "contracts")
MOST_LINES = 350
ABOVE_ALL = "__init__"
"""The layer that is made for others to import: the package names what is public."""
LATE_IMPORTS = ("mockserver/testing/pytest_plugin.py",)
"""Modules that import inside of functions: they say why."""

Name = tuple[str, ...]
"""The parts of a module's name, from its package on: `("mockserver", "http", "guard")`."""


@dataclass(frozen=True)
class Import:
    """What a module imports, from any place in the file and in any way."""

    module: Name
    line: int


def list_layers(package: str) -> list[str]:
    """Return the folders and modules of a package, as its table in ARCHITECTURE.md lists them."""
    page = (PROJECT / "ARCHITECTURE.md").read_text("utf-8")
    section = re.search(rf"^## Folders of {package}/$(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    assert section, f"ARCHITECTURE.md has no section 'Folders of {package}/'"
    return re.findall(r"^\| `(\w+)/?` \|", section[1], re.MULTILINE)


LAYERS = {package: list_layers(package) for package in PACKAGES}
MODULES = [path for package in PACKAGES for path in sorted((PROJECT / package).rglob("*.py"))]


def name_of(path: Path) -> Name:
    return path.relative_to(PROJECT).with_suffix("").parts


def layer_of(module: Name) -> str:
    return module[1] if len(module) > 1 else ABOVE_ALL


@pytest.fixture(scope="module", autouse=True)
def _forgotten() -> Iterator[None]:
    """The trees keep the garbage collector busy as long as they are there."""
    yield
    read_tree.cache_clear()


@cache
def read_tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def read_imports(path: Path) -> list[Import]:
    return list(find_imports(read_tree(path), name_of(path)))


def spell(path: Path, line: int) -> str:
    return f"{path.relative_to(PROJECT)}:{line}"


def find_imports(tree: ast.Module, module: Name) -> Iterator[Import]:
    """Yield all imports, those for types and those by `import_module` or `__import__` too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(tuple(alias.name.split(".")), node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module[: len(module) - node.level] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            yield from (Import((*base, alias.name), node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call) and _find_name(node.func) in ("import_module", "__import__"):
            yield Import(_find_target(node, module), node.lineno)


def _find_name(called: ast.expr) -> str:
    """Return the last name of what is called; empty without one."""
    return str(getattr(called, "attr", getattr(called, "id", "")))


def _find_target(call: ast.Call, module: Name) -> Name:
    """Return what a call imports; of a name that is made at run time only where it is looked for."""
    name = call.args[0]
    is_relative = len(call.args) > 1 and ast.unparse(call.args[1]) in ("__name__", "__package__")
    if isinstance(name, ast.Constant):
        path = str(name.value).lstrip(".")
        dots = len(str(name.value)) - len(path)
        base = module[: len(module) - dots] if dots else ()
        return (*base, *path.split("."))
    parts = name.values if isinstance(name, ast.JoinedStr) else []
    is_in_folder = len(parts) == 2 and ast.unparse(parts[0]) == "'.'"
    can_be_followed = is_relative and is_in_folder
    assert can_be_followed, f"{module}:{call.lineno}: what does it import?"
    return (*module[:-1], "*")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_is_in_a_layer_of_the_architecture_and_none_is_listed_in_vain(package: str) -> None:
    found = {layer_of(name_of(path)) for path in MODULES if name_of(path)[0] == package}
    assert found - {ABOVE_ALL} == set(LAYERS[package])
    assert len(LAYERS[package]) == len(set(LAYERS[package]))


def test_a_module_imports_only_what_lies_below_it() -> None:
    upward = []
    for path in MODULES:
        module = name_of(path)
        package, layer = module[0], layer_of(module)
        layers = [*LAYERS[package], ABOVE_ALL]
        allowed = {*layers[: layers.index(layer)]}
        if len(module) > 2:  # modules of one folder import each other
            allowed.add(layer)
        upward += [
            f"{spell(path, found.line)} imports {'.'.join(found.module)}"
            for found in read_imports(path)
            if found.module[0] == package and layer != ABOVE_ALL and layer_of(found.module) not in allowed
        ]
    assert not upward, upward


def test_the_server_knows_nothing_of_the_suite() -> None:
    known = [
        spell(path, found.line)
        for path in MODULES
        for found in read_imports(path)
        if found.module[0] == "tests" or (found.module[0], name_of(path)[0]) == ("contracts", "mockserver")
    ]
    assert not known, known


def test_imports_stand_at_the_top_and_name_the_package_relatively() -> None:
    late, absolute = [], []
    for path in MODULES:
        tree = read_tree(path)
        top = {id(node) for node in tree.body}
        for guard in tree.body:
            if isinstance(guard, ast.If) and ast.unparse(guard.test) == "TYPE_CHECKING":
                top |= {id(inner) for inner in guard.body}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [] if node.level else [node.module or ""]
            else:
                continue
            if id(node) not in top and str(path.relative_to(PROJECT)) not in LATE_IMPORTS:
                late.append(spell(path, node.lineno))
            if name_of(path)[0] in {name.partition(".")[0] for name in names}:
                absolute.append(spell(path, node.lineno))
    assert not late, late
    assert not absolute, absolute


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_itself_by_way_of_others(package: str) -> None:
    graph: dict[Name, set[Name]] = {}
    for path in MODULES:
        module = name_of(path)
        if module[0] == package:
            imported = [found.module for found in read_imports(path) if found.module[0] == package]
            graph[module] = {*imported, *(name[:-1] for name in imported)}
    known = {name: {other for other in others if other in graph} for name, others in graph.items()}
    assert len(list(TopologicalSorter(known).static_order())) == len(known)


def test_no_resource_imports_another() -> None:
    for path in MODULES:
        module = name_of(path)
        if module[:2] == ("mockserver", "resources") and module[-1] != "__init__":
            for found in read_imports(path):
                if found.module[:2] == module[:2]:
                    assert found.module[2] in {"call", "paging"}, spell(path, found.line)


def test_a_file_can_be_read_in_one_go() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in MODULES}
    too_long = [spell(path, lines) for path, lines in lengths.items() if lines > MOST_LINES]
    assert not too_long, too_long


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import mockserver.http.guard", "mockserver.http.guard"),
        ("from ..http import guard", "mockserver.http.guard"),
        ("from . import engine", "mockserver.sending.engine"),
        ("def later():\n    from ..http.guard import Guard", "mockserver.http.guard.Guard"),
        ("if TYPE_CHECKING:\n    from ..http.guard import Guard", "mockserver.http.guard.Guard"),
        ("import_module('..http.guard', __package__)", "mockserver.http.guard"),
        ("importlib.import_module('mockserver.http')", "mockserver.http"),
        ("import_module(f'.{name}', __name__)", "mockserver.sending.*"),
        ("__import__('mockserver.http')", "mockserver.http"),
    ],
)
def test_an_import_is_found_however_it_is_written(source: str, expected: str) -> None:
    [found] = find_imports(ast.parse(source), ("mockserver", "sending", "plan"))
    assert ".".join(found.module) == expected


def test_an_import_that_cannot_be_followed_is_refused() -> None:
    with pytest.raises(AssertionError, match="what does it import"):
        list(find_imports(ast.parse("import_module(name)"), ("mockserver", "sending", "plan")))
