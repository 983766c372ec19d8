"""YAML files from outside: a short file asks for little memory."""

from pathlib import Path

import pytest
import yaml12
from hypothesis import given
from hypothesis import strategies as st

from mockserver import Settings, create_app
from mockserver.http.keys import KeysFileError
from mockserver.openapi.spec import find_spec
from mockserver.openapi.yaml_files import MOST_ALIASED, measure_aliases, parse_bounded_yaml, read_bounded_yaml
from mockserver.seeding.documents import StateFormat
from mockserver.seeding.seeds import SeedError, Seeds

from .kit.api import SPEC


def write_laughs(levels: int, width: int, *, flow: bool) -> str:
    """Return a text each of whose anchors holds the one before it several times."""
    lines = ["a0: &a0 lol"]
    for level in range(1, levels + 1):
        inner = [f"*a{level - 1}"] * width
        if flow:
            lines.append(f"a{level}: &a{level} [{','.join(inner)}]")
        else:
            lines += [f"a{level}: &a{level}", *(f"  - {alias}" for alias in inner)]
    return "\n".join(lines)


@pytest.mark.parametrize("flow", [False, True])
def test_a_billion_laughs_are_refused(flow: bool, tmp_path: Path) -> None:
    path = tmp_path / "laughs.yaml"
    path.write_text(write_laughs(30, 10, flow=flow))
    with pytest.raises(ValueError, match=f"aliases stand for more than {MOST_ALIASED:,} bytes"):
        read_bounded_yaml(path)
    with pytest.raises(SeedError, match="aliases stand for"):
        Seeds(StateFormat(SPEC)).find(str(path))
    with pytest.raises(KeysFileError, match="aliases stand for"):
        create_app(Settings(keys_file=str(path)))


DEEP = [
    "- " * 100_000 + "x",
    "\n".join(" " * n + "a:" for n in range(5_000)),
    "x: &x 1\n"
    + "\n".join(" " * n + "a:" for n in range(390))
    + "\n"
    + " " * 395
    + "[" * 250
    + "*x"
    + "]" * 250,
]


@pytest.mark.parametrize("text", DEEP)
def test_very_deep_blocks_are_refused(text: str, tmp_path: Path) -> None:
    """The parser would end the process."""
    path = tmp_path / "deep.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match="nested too deeply"):
        read_bounded_yaml(path)


@given(st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_what_aliases_stand_for_is_measured(levels: int, width: int, flow: bool) -> None:
    copies = sum(width**level for level in range(1, levels + 1))
    assert copies * len("lol") < measure_aliases(write_laughs(levels, width, flow=flow)) < copies * 1000


def test_a_very_long_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.openapi.yaml_files.MOST_CHARACTERS", 5)
    assert parse_bounded_yaml("a: 12") == {"a": 12}
    with pytest.raises(ValueError, match="longer than 5 characters"):
        parse_bounded_yaml("a: 123")


def test_copies_of_a_long_text_count(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(f"text: &a {'x' * 100_000}\ncopies: [{'*a,' * 1000}]")
    with pytest.raises(ValueError, match="aliases stand for"):
        read_bounded_yaml(path)


def test_aliases_and_texts_that_look_like_them_are_read(tmp_path: Path) -> None:
    path = tmp_path / "fine.yaml"
    path.write_text(
        "one: &one {name: Q & A, text: 'a *b &c'}\ntwo: *one\nthree: [*one, &x 5, *x]\n"
        "html: |\n  &nbsp; *bold* **very bold**\n  * item &amp; more\nkey: {? *x : 1}\n"
    )
    assert read_bounded_yaml(path) == yaml12.parse_yaml(path.read_text())
    assert read_bounded_yaml(path)["two"] == {"name": "Q & A", "text": "a *b &c"}


def test_openapi_yaml_itself_could_be_read_so() -> None:
    assert read_bounded_yaml(find_spec()) == SPEC.document
