"""Path → what is there: `/campaigns/bulk` before `/campaigns/{campaign_id}`, for every method."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

T = TypeVar("T")

_MOST_REMEMBERED = 1000
_LONGEST_PATH = 200
"""Of a path that is worth remembering, in characters."""
_PARAMETER = re.compile(r"\{(\w+)\}(.*)")


@dataclass(slots=True)
class Resource(Generic[T]):
    """One path of a contract."""

    path: str
    targets: dict[str, T] = field(default_factory=dict)
    """Method → what answers it."""
    parameters: list[tuple[int, str, str]] = field(init=False)
    """Which segments of the path are parameters, their names, and what follows them: `{id}.csv`."""

    def __post_init__(self) -> None:
        segments = enumerate(map(_PARAMETER.fullmatch, self.path.split("/")))
        self.parameters = [(index, match[1], match[2]) for index, match in segments if match]

    @property
    def methods(self) -> list[str]:
        """The methods of the path, sorted; where GET is one of them, HEAD is, too."""
        return sorted({*self.targets, *({"HEAD"} if "GET" in self.targets else ())})

    def find(self, method: str) -> T | None:
        """Return what answers a method."""
        return self.targets.get("GET" if method == "HEAD" else method)


@dataclass(slots=True)
class _Node(Generic[T]):
    """What may follow a beginning of a path."""

    children: "dict[str, _Node[T]]" = field(default_factory=dict)
    parameters: "dict[str, _Node[T]]" = field(default_factory=dict)
    """What follows a parameter in its segment, mostly nothing → the node; the longest first."""
    resource: Resource[T] | None = None


class Router(Generic[T]):
    """Finds the resource of a path; a slash at its end changes nothing."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._concrete: dict[str, Resource[T]] = {}
        """Paths without parameters, found without a walk."""
        self._nodes: dict[str, _Node[T]] = {}
        """What follows the beginning of a path whose only parameter is its last segment."""
        # Clients ask for the same few paths again and again.
        self._remember = lru_cache(_MOST_REMEMBERED)(self._look)

    def add(self, method: str, path: str, target: T) -> None:
        """Let `target` answer a method of a path; `{name}` in it stands for any segment but an empty one."""
        node = self._root
        self._remember.cache_clear()
        for segment in path.split("/"):
            match = _PARAMETER.fullmatch(segment)
            if match:
                known = node.parameters
                child = known.setdefault(match[2], _Node())
                node.parameters = {end: known[end] for end in sorted(known, key=len, reverse=True)}
                node = child
            else:
                node = node.children.setdefault(segment, _Node())
        if node.resource is None:
            node.resource = Resource(path)
        node.resource.targets[method] = target
        if not node.resource.parameters:
            self._concrete[path] = node.resource
        elif "{" not in (begin := path.rpartition("/")[0]):
            self._nodes[begin] = self._walk(begin)

    def _walk(self, path: str) -> _Node[T]:
        node = self._root
        for segment in path.split("/"):
            node = node.children[segment]
        return node

    def find(self, path: str) -> tuple[Resource[T], Mapping[str, str]] | None:
        """Return the resource of a path and the parameters in it; None when there is none."""
        return self._remember(path) if len(path) <= _LONGEST_PATH else self._look(path)

    def _look(self, path: str) -> tuple[Resource[T], Mapping[str, str]] | None:
        path = path.removesuffix("/")
        known = self._concrete.get(path)
        if known:
            return known, {}
        segments = path.split("/")
        begin, _, last = path.rpartition("/")
        node = self._nodes.get(begin)
        # A walk comes to such a node first, so what it finds there counts.
        resource = (_match(node, [last], 0) if node else None) or _match(self._root, segments, 0)
        if resource is None:
            return None
        values = {name: segments[index].removesuffix(end) for index, name, end in resource.parameters}
        return resource, values


def _match(node: _Node[T], segments: list[str], index: int) -> Resource[T] | None:
    if index == len(segments):
        return node.resource
    segment = segments[index]
    child = node.children.get(segment)
    found = _match(child, segments, index + 1) if child else None
    if found is None:
        for end, child in node.parameters.items():
            if len(segment) > len(end) and segment.endswith(end):
                found = _match(child, segments, index + 1)
                if found:
                    break
    return found
