"""openapi.yaml has only the extensions that extensions.yaml describes, in their places and of their types."""

import copy
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.control import load_control_spec
from mockserver.errors import SpecError
from mockserver.openapi.extensions import Extensions, check_extensions, read_vocabulary
from mockserver.openapi.spec import load_spec
from mockserver.openapi.yaml_files import find_line

from .kit.api import SPEC
from .kit.samples import sample

TEXT = SPEC.path.read_text("utf-8")
WORDS = read_vocabulary()["words"]


def replace(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def line_of(text: str) -> int:
    return 1 + TEXT[: TEXT.index(text)].count("\n")


WRONG = {
    "misspelt": ("x-max-rows: 10000", "x-max-row: 10000", "there is no such extension; is it x-max-rows?"),
    "unknown": ("x-max-rows: 10000", "x-colour: red", "there is no such extension"),
    "place": ("x-sends: true", "x-unique-by: name", "it may stand in these places only: schema"),
    "type": ("x-max-rows: 10000", "x-max-rows: many", '"many" is not of type "integer"'),
    "sense": ("x-null: clears", "x-null: removes", '"removes" is not one of'),
    "no number": ("x-credits: 1", "x-credits: 0", "0 is less than the minimum of 1"),
    "beside": ("x-unique-by: step_number", "x-max-rows: 5", '"format" is a required property'),
}


@pytest.mark.parametrize(("old", "new", "reason"), WRONG.values(), ids=WRONG)
def test_a_wrong_extension_keeps_the_server_from_starting(
    old: str, new: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(replace(TEXT, old, new), "utf-8")
    with pytest.raises(SpecError) as caught:
        load_spec(path)
    message = str(caught.value)
    assert reason in message
    line = int(message.removeprefix("openapi.yaml, line ").partition(":")[0])
    # what an object lacks is reported at the object
    assert line == line_of(old) or (reason.endswith("required property") and 0 < line_of(old) - line < 5)


def test_the_file_of_the_control_api_is_checked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    monkeypatch.setattr(
        "mockserver.control.spec.check_extensions", lambda path, document: checked.append(path.parent.name)
    )
    load_control_spec.__wrapped__()
    assert checked == ["control"]


def walk(node: Any, change: Callable[[dict[str, Any]], None]) -> None:
    if isinstance(node, dict):
        change(node)
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        walk(child, change)


def test_every_extension_is_used_and_read_by_its_name() -> None:
    used: set[str] = set()
    for spec in (SPEC, load_control_spec()):
        walk(spec.document, lambda node: used.update(name for name in node if str(name).startswith("x-")))
    assert used == set(WORDS)
    properties = {name for name, value in vars(Extensions).items() if isinstance(value, property)}
    assert properties == {name.removeprefix("x-").replace("-", "_") for name in WORDS}


@pytest.mark.parametrize("name", WORDS)
def test_each_extension_is_read(name: str) -> None:
    mark = object()
    assert getattr(Extensions({name: mark}), name.removeprefix("x-").replace("-", "_")) is mark


def test_an_extension_within_a_value_is_none() -> None:
    document = copy.deepcopy(SPEC.document)
    document["components"]["examples"]["campaign_not_found"]["value"] = {"x-of-the-client": 1}
    check_extensions(SPEC.path, document)


def list_places(
    node: yaml.Node, where: list[str | int], seen: set[int]
) -> Iterator[tuple[list[str | int], int]]:
    """Yield each key of a document and its line, as PyYAML reports it; what an alias repeats is left out."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if id(value) not in seen:
                yield [*where, key.value], key.start_mark.line + 1
            yield from list_places(value, [*where, key.value], seen)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from list_places(value, [*where, index], seen)


def test_the_line_of_anything_is_found() -> None:
    root = yaml.compose(TEXT)
    assert root is not None
    places = list(islice(list_places(root, [], set()), 0, None, 50))
    assert len(places) > 200
    for where, line in sample(places):
        assert find_line(TEXT, where) == line, where
