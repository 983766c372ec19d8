"""The layers of mockserver: imports go down only, at the top of the file; files stay small."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import mockserver

ROOT = Path(mockserver.__file__).parent
MOST_LINES = 350

# From the bottom up: a module imports, of this package, only what stands before it.
LAYERS = [
    "version",
    "errors",
    "settings",
    "openapi",
    "state",
    "model",
    "personalization",
    "mails",
    "sending",
    "seeding",
    "resources",
    "http",
    "control",
    "server",
    "cli_remote",
    "cli",
    "__main__",
    "testing",
]
# Made for others to import: the package names what is public.
ABOVE_ALL = ["__init__"]

MODULES = sorted(ROOT.rglob("*.py"))


def layer_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the layers that a module imports, and in which line."""
    depth = len(path.relative_to(ROOT).parts)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from ((name.partition(".")[0], node.lineno) for name in names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield layer_of(path), node.lineno


each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))


def test_every_module_has_its_layer() -> None:
    assert {layer_of(path) for path in MODULES} - {*LAYERS, *ABOVE_ALL} == set()


@each_module
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    layer = layer_of(path)
    below = {*LAYERS} if layer in ABOVE_ALL else {*LAYERS[: LAYERS.index(layer)]}
    for name, line in imports_of(path):
        assert name in below or (path.parent != ROOT and name == layer), f"{path.name}:{line} imports {name}"


@each_module
def test_imports_stand_at_the_top_and_name_the_package_relatively(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    top = {id(node) for node in tree.body}
    for guard in tree.body:
        if isinstance(guard, ast.If) and ast.unparse(guard.test) == "TYPE_CHECKING":
            top |= {id(inner) for inner in guard.body}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            assert id(node) in top or path.name == "pytest_plugin.py", f"{path.name}:{node.lineno}"
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            )
            absolute = isinstance(node, ast.Import) or not node.level
            assert not (absolute and any(n.partition(".")[0] == "mockserver" for n in names)), path.name


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        folder = name.split(".")[:-1]
        graph[name] = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = [*folder[: len(folder) - node.level + 1], *filter(None, [node.module])]
                parents = [".".join(base)] if node.module else []
                graph[name] |= {*parents, *(".".join([*base, alias.name]) for alias in node.names)}
    known = {name: {other for other in others if other in graph} for name, others in graph.items()}
    assert len(list(TopologicalSorter(known).static_order())) == len(known)


def test_no_resource_imports_another() -> None:
    for path in (ROOT / "resources").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 1 and path.name != "__init__.py":
                assert node.module in {"call", "paging"}, f"{path.name}:{node.lineno}"


@each_module
def test_a_file_can_be_read_in_one_go(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES
