"""A view of a table is what filtering and sorting its records anew gives, after any changes in between."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.state.table import MOST_UNREAD, MOST_VIEWS, Table

from .kit.counting import sort
from .kit.samples import examples


@dataclass(frozen=True)
class Item:
    """A record with a group to look it up by and a value to sort by."""

    item_id: str
    group: str
    value: str | None


def make_table() -> Table[Item]:
    return Table(Item, "item_id", missing="server_error", indexes={"group": lambda item: item.group})


items = st.builds(
    Item,
    item_id=st.integers(0, 9).map(str),
    group=st.sampled_from("xy"),
    value=st.sampled_from([None, "a", "A", "b", "B"]),
)
CHANGES = st.lists(
    st.one_of(items, st.integers(0, 9).map(str), st.just("read"), st.lists(items, max_size=3)), max_size=40
)


def change(table: Table[Item], step: Item | str | list[Item]) -> None:
    """Put an item, remove the one with an id, or put items in place of all."""
    if isinstance(step, Item):
        table.put(step)
    elif isinstance(step, list):
        table.fill({item.item_id: item for item in step})
    elif table.find(step):
        table.remove(step)


def check(table: Table[Item]) -> None:
    """Compare all that can be read of a table with its records."""
    records = list(table)
    own = [item for item in records if item.group == "x"]
    valued = [item for item in records if item.value]
    assert [*table.list_newest()] == records[::-1]
    assert set(table.list_newest_where("group", "x")) == set(own)
    assert [*table.list_newest_of([item.item_id for item in own])] == own[::-1]
    for descending in (False, True):
        order = -1 if descending else 1
        everything = table.view("all", lambda _: True, lambda item: item.value)
        assert [*everything.read(descending=descending)] == sort(
            records, lambda item: item.value, descending=descending
        )
        filtered = table.view("valued", lambda item: item.value is not None)
        assert [*filtered.read(descending=descending)] == valued[::order]
        within = table.view("x", lambda item: item.group == "x", within=("group", "x"))
        assert [*within.read(descending=descending)] == own[::order]


@settings(max_examples=examples(300))
@given(CHANGES)
def test_a_view_is_what_filtering_and_sorting_gives(steps: list[Item | str | list[Item]]) -> None:
    table = make_table()
    for step in steps:
        if step == "read":
            check(table)
        else:
            change(table, step)
    check(table)


@given(st.lists(items, max_size=12), st.slices(12), st.booleans())
def test_a_slice_is_that_of_the_whole(stored: list[Item], part: slice, descending: bool) -> None:
    table = make_table()
    for item in stored:
        table.put(item)
    part = slice(part.start, part.stop)
    view = table.view("all", lambda _: True, lambda item: item.value).read(descending=descending)
    for found in (view, table.list_newest(), table.list_newest_of([item.item_id for item in table])):
        assert found[part] == list(found)[part]
        assert len(found) == len(table)
        assert [found[place] for place in range(len(found))] == list(found)


def test_ascending_is_descending_turned_round_but_for_those_without_a_value() -> None:
    table = make_table()
    for number, value in enumerate(["b", None, "A", "a", None, "b"]):
        table.put(Item(str(number), "x", value))
    view = table.view("all", lambda _: True, lambda item: item.value)
    assert [item.item_id for item in view.read()] == ["2", "3", "0", "5", "1", "4"]
    assert [item.item_id for item in view.read(descending=True)] == ["5", "0", "3", "2", "1", "4"]


def test_a_view_looks_again_at_what_changed_and_at_nothing_else() -> None:
    table = make_table()
    for number in range(100):
        table.put(Item(str(number), "x", "a"))
    looked: list[str] = []

    def passes(item: Item) -> bool:
        looked.append(item.item_id)
        return True

    table.view("all", passes).read()
    looked.clear()
    table.view("all", passes).read()
    assert looked == []
    table.put(Item("7", "y", "b"))
    table.put(Item("100", "y", "b"))
    table.touch("9")
    table.touch("none")
    table.remove("3")
    table.view("all", passes).read()
    assert sorted(looked) == ["100", "7", "9"]


def test_the_view_that_was_not_read_for_longest_goes_first() -> None:
    table = make_table()
    made: list[int] = []

    def read(name: int) -> None:
        def passes(_item: Item) -> bool:
            made.append(name)
            return True

        table.view(name, passes).read()

    table.put(Item("1", "x", "a"))
    for name in range(MOST_VIEWS):
        read(name)
    read(0)
    read(MOST_VIEWS)
    made.clear()
    read(0)
    assert made == []
    read(1)
    assert made == [1]


def test_a_view_that_nobody_reads_does_not_grow() -> None:
    table = make_table()
    table.put(Item("kept", "x", "a"))
    view = table.view("all", lambda _: True)
    for number in range(0, 10 * MOST_UNREAD, 2):
        # Two at once: the number of a record that came last is given again once it is gone.
        table.put(Item(str(number), "x", "a"))
        table.put(Item(str(number + 1), "x", "a"))
        table.remove(str(number))
        if number:
            table.remove(str(number - 1))
    assert MOST_UNREAD < len(view.changed) <= MOST_UNREAD + 10
    assert [item.item_id for item in table.view("all", lambda _: True).read()] == [
        "kept",
        str(10 * MOST_UNREAD - 1),
    ]


def test_a_view_whose_filter_failed_is_right_once_it_works() -> None:
    table = make_table()
    works = True

    def passes(item: Item) -> bool:
        if not works and item.item_id == "1":
            raise ArithmeticError
        return True

    table.put(Item("0", "x", "a"))
    view = table.view("all", passes)
    for number in range(1, 5):
        table.put(Item(str(number), "x", "a"))
    works = False
    with pytest.raises(ArithmeticError):
        view.read()
    works = True
    assert [item.item_id for item in view.read()] == ["0", "1", "2", "3", "4"]


def test_only_slices_without_a_step_are_read() -> None:
    with pytest.raises(ValueError, match="without a step"):
        make_table().list_newest()[::2]
