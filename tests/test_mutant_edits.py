"""A server whose source is edited stands beside the unchanged one, and is otherwise the same."""

import importlib
import sys

import pytest

from contracts import stand_in
from mockserver.model import launching
from tests.mutants import independent
from tests.mutants.campaign_scenarios import exercise_content
from tests.mutants.edits import Edit, EditError, Edition, apply_edits, edit_source
from tests.mutants.lenient import make_lenient
from tests.mutants.mutations import Plan, draw_plan
from tests.mutants.recorder import SETTINGS, Recorder
from tests.mutants.scenarios import exercise_leads, find_difference, record

_PLAIN = Edit("model/launching.py", "_EDITABLE = (", "_EDITABLE = tuple(()) + (")
"""Changes the source, but not what it does."""
_SERVED = Edit("model/launching.py", '_EDITABLE = ("DRAFT", "PAUSED")', '_EDITABLE = ("DRAFT",)')


def draw(edit: Edit, *, lenient: bool = False) -> Plan:
    plan = draw_plan()
    if lenient:
        make_lenient(plan)
    edit_source(edit)(plan)
    return plan


@pytest.mark.parametrize("lenient", [False, True])
def test_an_edit_that_changes_nothing_makes_the_same_server(lenient: bool) -> None:
    scenarios = [exercise_content, exercise_leads, _let_time_pass]
    plan = draw_plan()
    if lenient:
        make_lenient(plan)
    assert find_difference(draw(_PLAIN, lenient=lenient), record(plan, *scenarios), scenarios) == ""


def _let_time_pass(recorder: Recorder) -> None:
    campaign = recorder.launch()
    recorder.events.move_clock(3 * 86400)
    recorder.ask("GET", f"/campaigns/{campaign}/leads")


def test_an_edit_changes_one_server_and_leaves_later_ones_alone() -> None:
    def pause(recorder: Recorder) -> None:
        campaign = recorder.launch()
        recorder.ask("POST", f"/campaigns/{campaign}/pause")
        recorder.ask("PUT", f"/campaigns/{campaign}", {"name": "Another name"})

    correct = record(draw_plan(), pause)
    assert " 400 " in find_difference(draw(_SERVED), correct, [pause])
    assert find_difference(draw_plan(), correct, [pause]) == ""


def test_the_modules_that_were_there_take_their_places_again() -> None:
    before = {name: module for name, module in sys.modules.items() if name.startswith("mockserver")}
    edited = Edition([_PLAIN])
    assert {name: sys.modules[name] for name in before} == before
    assert importlib.import_module("mockserver.model.launching") is launching
    assert importlib.import_module("contracts.stand_in") is stand_in
    assert edited.load("contracts.stand_in") is not stand_in
    assert edited.load("mockserver.openapi.spec") is sys.modules["mockserver.openapi.spec"]


def test_the_contract_is_compiled_anew_when_its_code_is_edited() -> None:
    edit = Edit("openapi/rows.py", '"""', '"""Edited. ')
    with pytest.raises(EditError, match="times"):
        Edition([edit])
    plan = draw(Edit("openapi/violations.py", "most]", "most + 0]"))
    assert plan.edition.load("mockserver.openapi.spec") is not sys.modules["mockserver.openapi.spec"]
    assert plan.build(SETTINGS).pipeline.endpoints


def test_a_text_that_is_not_there_once_cannot_be_edited() -> None:
    with pytest.raises(EditError, match=r"launching.py has 0 times 'nowhere'"):
        apply_edits([Edit("model/launching.py", "nowhere", "")])
    with pytest.raises(EditError, match=r"errors.*both servers"):
        Edition([Edit("errors.py", "class ApiError", "class  ApiError")])


def test_every_text_that_a_fault_replaces_still_stands_once() -> None:
    moved = []
    for fault in independent.MUTANTS:
        fault.apply(plan := draw_plan())
        try:
            assert apply_edits(plan.edits)
        except EditError as error:
            moved.append(f"{fault.id}: {error}")
    assert not moved, "change the edits as the source has changed"
