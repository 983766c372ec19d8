"""Mutants change a server at its seams only: handlers, and public functions that are swapped for a while."""

import ast
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mockserver.model import launching
from mockserver.resources import campaigns
from mockserver.state.records import Campaign
from tests import mutants
from tests.mutants.documents import edit
from tests.mutants.mutations import draw_plan
from tests.mutants.swapping import SeamError, swapped

MODULES = sorted(Path(mutants.__file__).parent.glob("*.py"))


def can_become_anything(_campaign: Campaign, _status: str) -> bool:
    return True


def test_a_swapped_function_answers_otherwise_wherever_the_server_calls_it(draft: Campaign) -> None:
    assert not launching.can_become(draft, "PAUSED")
    with swapped(launching.can_become, can_become_anything):
        assert launching.can_become(draft, "PAUSED")
    assert not launching.can_become(draft, "PAUSED")


def test_it_is_itself_again_inside_of_what_stands_in_for_it(draft: Campaign) -> None:
    with swapped(launching.can_become, lambda campaign, status: not launching.can_become(campaign, status)):
        assert launching.can_become(draft, "PAUSED")


def test_a_name_that_was_imported_before_is_swapped_too() -> None:
    with swapped(launching.find_missing, lambda workspace, campaign: ["all of it"]):
        assert vars(campaigns)["find_missing"] is launching.find_missing


def test_other_threads_see_nothing_of_a_swap(draft: Campaign) -> None:
    with ThreadPoolExecutor() as threads, swapped(launching.can_become, can_become_anything):
        assert not threads.submit(launching.can_become, draft, "PAUSED").result()


def test_what_fails_ends_a_swap(draft: Campaign) -> None:
    with pytest.raises(ZeroDivisionError), swapped(launching.can_become, can_become_anything):
        raise ZeroDivisionError
    assert not launching.can_become(draft, "PAUSED")


def test_a_private_function_cannot_be_swapped() -> None:
    with (
        pytest.raises(SeamError, match="_describe is private"),
        swapped(campaigns._describe, lambda campaign: {}),
    ):
        pass


def test_a_function_that_the_server_does_not_have_cannot_be_swapped() -> None:
    with (
        pytest.raises(SeamError, match="can_become_anything"),
        swapped(can_become_anything, can_become_anything),
    ):
        pass


@pytest.mark.parametrize("pointer", ["/components/schemas/Nothing", "/components/schemas/LeadIds/nothing"])
def test_only_what_stands_in_the_document_can_be_edited(pointer: str) -> None:
    with pytest.raises(LookupError, match="othing"):
        edit(pointer, {})(draw_plan())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_mutant_names_what_is_private_to_the_server(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mockserver"):
            imported |= {alias.asname or alias.name for alias in node.names}
    assert not {name for name in imported if name.startswith("_")}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            assert not node.attr.startswith("_"), f"{path.name}:{node.lineno} uses {node.attr}"


@pytest.fixture
def draft() -> Campaign:
    from tests.kit.simulation import simulate

    return simulate().campaign(["ada@example.com"], launched=False)
