"""A table some of whose records are in segments says the same as one that keeps all of them as they are."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.state.records import ContactTag
from mockserver.state.table import Table
from mockserver.state.undo_log import UndoLog

NAMES = ("x", "y", "z")
DEEDS = ("new", "change", "remove", "keep", "put all", "copy", "undone")


@dataclass
class Rows:
    """A segment that keeps its records as they are."""

    records: list[ContactTag]

    def __len__(self) -> int:
        return len(self.records)

    def make(self, row: int) -> ContactTag:
        return self.records[row]

    def outline(self, row: int) -> str:
        return self.records[row].name

    def find_key(self, row: int) -> str:
        return self.records[row].tag_id

    def find_row(self, key: str) -> int | None:
        return next((row for row, record in enumerate(self.records) if record.tag_id == key), None)

    def list_rows(self, index: str, value: Hashable) -> Sequence[int]:
        assert index == "name"
        return [row for row, record in enumerate(self.records) if record.name == value]


def make_table() -> Table[ContactTag]:
    return Table(ContactTag, "tag_id", "tag_not_found", {"name": lambda tag: tag.name})


def outline(tag: ContactTag) -> str:
    return tag.name


class Pair:
    """Two tables with the same changes; only one of them has segments."""

    def __init__(self) -> None:
        self.kept, self.plain = make_table(), make_table()
        self.numbers = count()
        self.copies: list[tuple[Mapping[str, ContactTag], dict[str, ContactTag]]] = []

    def make(self, name: str) -> ContactTag:
        return ContactTag(str(next(self.numbers)), name)

    def do(self, deed: str, number: int) -> None:
        ids, name = list(self.plain.copy()), NAMES[number % len(NAMES)]
        if deed == "new":
            record = self.make(name)
            self.put(record)
        elif deed == "change" and ids:
            self.put(ContactTag(ids[number % len(ids)], name))
        elif deed == "remove" and ids:
            for table in (self.kept, self.plain):
                table.remove(ids[number % len(ids)])
        elif deed in ("keep", "put all"):
            self.add_many([self.make(NAMES[n % len(NAMES)]) for n in range(number)], is_kept=deed == "keep")
        elif deed == "copy":
            copied = self.kept.copy()
            self.copies.append((copied, dict(self.plain.copy())))
            self.kept.fill(copied)
            self.plain.fill(self.plain.copy())
        elif deed == "undone":
            for inner in ("new", "change", "keep", "remove"):
                self.undo(inner, number)

    def put(self, record: ContactTag) -> None:
        for table in (self.kept, self.plain):
            table.put(record)

    def add_many(self, records: list[ContactTag], *, is_kept: bool) -> None:
        segment = Rows([])
        self.kept.open_segment(segment)
        segment.records += records
        assert list(self.kept)[len(self.plain) :] == records
        self.kept.close_segment(is_kept=is_kept)
        for record in records:
            self.plain.put(record)

    def undo(self, deed: str, number: int) -> None:
        before = dict(self.plain.copy())
        logs = [table.undo_log for table in (self.kept, self.plain)]
        for log in logs:
            log.begin()
        self.do(deed, number)
        for log in logs:
            log.undo()
        assert dict(self.plain.copy()) == before

    def compare(self) -> None:
        records = list(self.plain)
        assert list(self.kept) == records
        assert list(self.kept.copy().items()) == list(self.plain.copy().items())
        assert len(self.kept) == len(records)
        assert list(self.kept.list_newest()) == records[::-1]
        assert list(self.kept.outline_all(outline)) == [record.name for record in records]
        for record in records:
            assert self.kept.find(record.tag_id) == record
        assert self.kept.find("none") is None
        for name in NAMES:
            # Among those of one value, a changed record may have moved behind others.
            found = self.kept.where("name", name)
            assert sorted(found, key=str) == sorted(self.plain.where("name", name), key=str)
            assert self.kept.count("name", name) == len(found)
            assert self.kept.outline("name", name, outline) == [name] * len(found)
            assert list(self.kept.list_newest_where("name", name)) == found[::-1]
        for copied, expected in self.copies:
            assert list(copied.items()) == list(expected.items())


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 9)), max_size=10))
def test_a_table_with_segments_says_what_one_without_says(deeds: list[tuple[str, int]]) -> None:
    pair = Pair()
    for deed, number in deeds:
        pair.do(deed, number)
        pair.compare()


def test_the_records_of_a_segment_come_in_their_place() -> None:
    pair = Pair()
    for deed, number in (("new", 0), ("keep", 3), ("new", 0), ("keep", 3), ("new", 0)):
        pair.do(deed, number)
    assert pair.kept.where("name", "x") == pair.plain.where("name", "x")


def test_a_follower_and_the_views_see_a_segment_that_is_kept() -> None:
    table = make_table()
    table.put(ContactTag("a", "x"))
    changed = table.follow()
    view = table.view("all", lambda tag: bool(tag.name))
    assert len(view.read()) == 1
    table.open_segment(Rows([ContactTag("b", "x"), ContactTag("c", "y")]))
    table.close_segment(is_kept=True)
    assert changed == {"b", "c"}
    assert [tag.tag_id for tag in table.view("all", lambda tag: bool(tag.name)).read()] == ["a", "b", "c"]


def test_a_segment_that_came_in_between_can_be_undone() -> None:
    table, log = make_table(), UndoLog()
    table.undo_log = log
    table.put(ContactTag("a", "x"))
    log.begin()
    table.put(ContactTag("b", "x"))
    table.open_segment(Rows([ContactTag("c", "x")]))
    table.close_segment(is_kept=True)
    table.put(ContactTag("c", "y"))
    assert log.undo()
    assert list(table) == [ContactTag("a", "x")]
