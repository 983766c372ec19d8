"""Followers of a table: each sees, in its own time, which records changed."""

import gc
from threading import Event, Thread

from mockserver.state.records import ContactTag
from mockserver.state.snapshot import Snapshot
from mockserver.state.table import Table
from mockserver.state.workspace import Workspace


def make_table() -> Table[ContactTag]:
    return Table(ContactTag, "tag_id", missing="tag_not_found")


def test_a_follower_sees_what_changes_from_then_on() -> None:
    table = make_table()
    table.put(ContactTag("before", "x"))
    changed = table.follow()
    assert changed == set()
    table.put(ContactTag("new", "x"))
    table.put(ContactTag("new", "y"))
    table.remove("before")
    assert changed == {"new", "before"}


def test_each_follower_empties_its_own_set_only() -> None:
    table = make_table()
    first, second = table.follow(), table.follow()
    table.put(ContactTag("a", "x"))
    first.clear()
    assert second == {"a"}
    table.put(ContactTag("b", "x"))
    assert (first, second) == ({"b"}, {"a", "b"})


def test_a_follower_sees_records_that_others_replace() -> None:
    table = make_table()
    table.put(ContactTag("old", "x"))
    changed = table.follow()
    table.fill({"new": ContactTag("new", "x")})
    assert changed == {"old", "new"}


def test_a_table_forgets_a_follower_that_is_gone() -> None:
    table = make_table()
    for _ in range(100):
        changed = table.follow()
    gc.collect()
    table.put(ContactTag("a", "x"))
    assert changed == {"a"}
    assert table.count_followers() == 1


def test_a_fork_has_no_followers_and_disturbs_none() -> None:
    workspace = Workspace("fork", "0")
    changed = workspace.contact_tags.follow()
    twin = workspace.fork()
    twin.contact_tags.put(ContactTag("a", "x"))
    assert changed == set()
    assert twin.contact_tags.count_followers() == 0


def test_a_restore_shows_in_the_views_of_all_followers() -> None:
    workspace = Workspace("restore", "0")
    before: Snapshot = workspace.snapshot()
    changed = workspace.contact_tags.follow()
    workspace.contact_tags.put(ContactTag("a", "x"))
    changed.clear()
    workspace.restore(before)
    assert changed == {"a"}


def test_a_copy_of_a_table_is_a_copy_although_the_records_are_shared() -> None:
    table, other = make_table(), make_table()
    table.put(ContactTag("a", "x"))
    table.put(ContactTag("b", "y"))
    other.fill(table.copy())
    for changed, untouched in ((table, other), (other, table)):
        before = dict(untouched.copy())
        changed.put(ContactTag("a", "z"))
        changed.remove("b")
        assert untouched.copy() == before
        changed.put(ContactTag("b", "y"))
    copied = table.copy()
    table.remove("a")
    assert list(copied) == ["a", "b"]


def test_an_index_that_is_read_late_is_that_of_all_records() -> None:
    workspace = Workspace("index", "0")
    for number in range(3):
        workspace.contact_tags.put(ContactTag(str(number), "x"))
    fork = workspace.fork()
    fork.contact_tags.put(ContactTag("1", "y"))
    fork.contact_tags.remove("2")
    assert [tag.tag_id for tag in fork.contact_tags.where("name", "x")] == ["0"]
    fork.contact_tags.put(ContactTag("3", "x"))
    assert [tag.tag_id for tag in fork.contact_tags.where("name", "x")] == ["0", "3"]
    assert workspace.contact_tags.count("name", "x") == 3


def test_an_index_that_is_read_while_others_change_the_table_misses_nothing() -> None:
    workspace = Workspace("threads", "0")
    workspace.restore(workspace.snapshot())
    table, read = workspace.contact_tags, Event()

    def read_late() -> None:
        read.set()
        table.count("name", "x")

    with workspace.lock:
        thread = Thread(target=read_late)
        thread.start()
        read.wait()
        for number in range(1000):
            table.put(ContactTag(str(number), "x"))
    thread.join()
    assert table.count("name", "x") == 1000
