"""What the tables of a workspace held before they changed, so that a change can be undone."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class Undoable(Protocol):
    """Records by id, in an order of their own: a `Table`."""

    def find(self, key: str, /) -> Any:
        """Return the record with this id, or None."""

    def copy(self) -> dict[str, Any]:
        """Return the records by id."""

    def fill(self, records: Mapping[str, Any], /) -> None:
        """Replace all records by these."""


class UndoLog:
    """The changes of several tables since `begin`; costs a look at `is_open` per change when closed.

    The first change of a record in a table is what counts. When a record goes, its place among the others
    goes with it, so the log keeps the order of the table as it was then.
    """

    def __init__(self) -> None:
        self.is_open = False
        """Whether the tables note what they change."""
        self._before: dict[Undoable, dict[str, Any]] = {}
        """Table → id → the record of that id at the beginning, or None."""
        self._orders: dict[Undoable, list[str]] = {}
        """Table → its ids just before the first of its records went."""

    def begin(self) -> None:
        """Start to note changes; raises RuntimeError when that was begun already."""
        if self.is_open:
            raise RuntimeError("the changes of this workspace can already be undone")
        self.is_open = True

    def end(self) -> None:
        """Forget what was noted."""
        self.is_open = False
        self._before.clear()
        self._orders.clear()

    def note_put(self, table: Undoable, key: str, old: Any) -> None:
        """Note that a record is put in place of `old`, or of none."""
        self._before.setdefault(table, {}).setdefault(key, old)

    def note_removal(self, table: Undoable, keys: Iterable[str]) -> None:
        """Note that records are about to go."""
        if table not in self._orders:
            self._orders[table] = list(table.copy())
        before = self._before.setdefault(table, {})
        for key in keys:
            before.setdefault(key, table.find(key))

    def undo(self) -> bool:
        """Give each table the records and the order of the beginning, and end.

        Returns whether anything had changed. It takes as long as the changed tables are large.
        """
        before, orders = dict(self._before), dict(self._orders)
        self.end()
        for table, changed in before.items():
            present = table.copy()
            order = orders.get(table, present)
            records = ((key, changed[key] if key in changed else present[key]) for key in order)
            table.fill({key: record for key, record in records if record is not None})
        return bool(before)
