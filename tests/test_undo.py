"""What a workspace did is taken back when it ends with an error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.sending import advance_sending
from mockserver.state.records import DirectMail, Event, Suppression
from mockserver.state.table import Table
from mockserver.state.workspace import Workspace

from .kit.samples import examples
from .kit.simulation import ANYTIME, LIVELY, MONDAY, Simulation, emails, simulate


class BrokenError(Exception):
    """What goes wrong in these tests."""


@contextmanager
def failing(workspace: Workspace) -> Iterator[None]:
    """Undo what happens inside, and expect that the error goes on."""
    try:
        with workspace.undoing():
            yield
            raise BrokenError
    except BrokenError:
        return
    pytest.fail("the error did not go on")


def suppression(number: int, email: str) -> Suppression:
    return Suppression(str(number), email)


def look_at(workspace: Workspace) -> list[list[Suppression]]:
    """Return all that a reader of a table sees: the records, and those of each value of its index."""
    table = workspace.suppressions
    return [list(table)] + [table.where("email", email) for email in "abc"]


CHANGES = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(["a", "b", "c", "remove", "fill"])), max_size=12
)


def change(table: Table[Suppression], number: int, email: str) -> None:
    """Put a record, remove it, or put it in place of all."""
    if email == "fill":
        table.fill({str(number): suppression(number, "a")})
    elif email != "remove":
        table.put(suppression(number, email))
    elif table.find(str(number)):
        table.remove(str(number))


@settings(max_examples=examples(300))
@given(st.lists(st.sampled_from("abc"), max_size=6), CHANGES)
def test_a_table_holds_all_again_in_its_order(stored: list[str], changes: list[tuple[int, str]]) -> None:
    workspace = Workspace("", "0")
    for number, email in enumerate(stored):
        workspace.suppressions.put(suppression(number, email))
    before = look_at(workspace)
    with failing(workspace):
        for number, email in changes:
            change(workspace.suppressions, number, email)
    assert look_at(workspace) == before


@given(CHANGES)
def test_what_ends_well_stays(changes: list[tuple[int, str]]) -> None:
    plain, guarded = Workspace("", "0"), Workspace("", "0")
    for number, email in changes:
        change(plain.suppressions, number, email)
    with guarded.undoing():
        for number, email in changes:
            change(guarded.suppressions, number, email)
    assert look_at(guarded) == look_at(plain)
    with failing(guarded):
        pass
    assert look_at(guarded) == look_at(plain)


def test_a_restored_snapshot_is_taken_back_too() -> None:
    workspace = Workspace("", "0")
    other = Workspace("other", "0").snapshot()
    before = workspace.snapshot()
    with failing(workspace):
        workspace.restore(other)
    assert workspace.snapshot().user_id == before.user_id != other.user_id
    assert workspace.snapshot().records == before.records


def test_two_at_once_are_refused() -> None:
    workspace = Workspace("", "0")
    with workspace.undoing(), pytest.raises(RuntimeError, match="already"), workspace.undoing():
        pass


def mail(workspace: Workspace) -> DirectMail:
    sent = DirectMail(workspace.draw_id(), workspace.draw_id(), "ada@example.com", workspace.now())
    workspace.announce(workspace.direct_mails.put(sent))
    return sent


def test_a_mail_is_announced_once_nothing_can_go_wrong_any_more() -> None:
    announced: list[Event | DirectMail] = []
    workspace = Workspace("", "0", on_sent=lambda _workspace, sent: announced.append(sent))
    with workspace.undoing():
        sent = mail(workspace)
        assert announced == []
    assert announced == [sent]
    with failing(workspace):
        mail(workspace)
    assert announced == [sent]
    assert list(workspace.direct_mails) == [sent]


def pause_account(simulation: Simulation) -> None:
    account = next(iter(simulation.workspace.sender_accounts))
    simulation.workspace.sender_accounts.put(replace(account, overall_status="PAUSED"))


def remove_last_mail(simulation: Simulation) -> None:
    simulation.workspace.events.remove(simulation.events("sent")[-1].event_id)


def archive(simulation: Simulation) -> None:
    campaign = next(iter(simulation.workspace.campaigns))
    simulation.workspace.campaigns.put(replace(campaign, status="ARCHIVED"))


@pytest.mark.parametrize("undone_change", [pause_account, remove_last_mail, archive])
@pytest.mark.parametrize("looked", [False, True], ids=["", "and sending saw it"])
def test_sending_goes_on_as_if_nothing_had_been(
    undone_change: Callable[[Simulation], None], looked: bool
) -> None:
    simulations = [simulate(MONDAY, LIVELY, "undone") for _ in range(2)]
    for simulation in simulations:
        simulation.campaign(emails(*(f"lead-{number}" for number in range(40))), **ANYTIME)
        simulation.advance(hours=1)
    with failing(simulations[1].workspace):
        undone_change(simulations[1])
        if looked:
            advance_sending(simulations[1].workspace)
    plain, undone = (simulation.workspace for simulation in simulations)
    for simulation in simulations:
        simulation.advance(days=3)
    assert list(undone.events) == list(plain.events)
    assert [*undone.coming_events] == [*plain.coming_events]


def test_sending_does_not_make_up_for_a_time_before() -> None:
    """An account that could not send for an hour does not send for that hour once it can."""
    simulation = simulate(MONDAY)
    simulation.campaign(emails("ada"), **ANYTIME)
    account = next(iter(simulation.workspace.sender_accounts))
    simulation.workspace.sender_accounts.put(replace(account, overall_status="PAUSED"))
    simulation.advance(hours=1)
    with failing(simulation.workspace):
        mail(simulation.workspace)
    simulation.workspace.sender_accounts.put(account)
    simulation.advance(hours=1)
    assert [event.at >= MONDAY + timedelta(hours=1) for event in simulation.events("sent")] == [True]
