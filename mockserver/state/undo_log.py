"""What the tables of a workspace held before they changed, so that a change can be undone."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class Undoable(Protocol):
    """Records by id, in an order of their own: a `Table`."""

    def find(self, key: str, /) -> Any:
        """Return the record with this id, or None."""

    def copy(self) -> Mapping[str, Any]:
        """Return the records by id, as they are now."""

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
        self.changes = 0
        """How often a table was changed so far, open or not."""
        self._before: dict[Undoable, dict[str, Any]] = {}
        """Table → id → the record of that id at the beginning, or None."""
        self._orders: dict[Undoable, Iterable[str]] = {}
        """Table → its ids just before the first of its records went."""
        self._wholes: dict[Undoable, Mapping[str, Any]] = {}
        """Table that was filled → all its records at the beginning; nothing else is noted of it."""

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
        self._wholes.clear()

    def note_put(self, table: Undoable, key: str, old: Any) -> None:
        """Note that a record is put in place of `old`, or of none."""
        if table not in self._wholes:
            self._before.setdefault(table, {}).setdefault(key, old)

    def note_removal(self, table: Undoable, keys: Iterable[str]) -> None:
        """Note that records are about to go."""
        if table in self._wholes:
            return
        if table not in self._orders:
            self._orders[table] = table.copy()
        before = self._before.setdefault(table, {})
        for key in keys:
            before.setdefault(key, table.find(key))

    def note_fill(self, table: Undoable) -> None:
        """Note that all records are about to be replaced."""
        if table not in self._wholes:
            self._wholes[table] = self._find_whole(table)
            self._before.pop(table, None)
            self._orders.pop(table, None)

    def undo(self) -> bool:
        """Give each table the records and the order of the beginning, and end.

        Returns whether anything had changed. It takes as long as the changed tables are large.
        """
        wholes = dict(self._wholes)
        for table in self._before:
            wholes[table] = self._find_whole(table)
        self.end()
        for table, whole in wholes.items():
            table.fill(whole)
        return bool(wholes)

    def _find_whole(self, table: Undoable) -> Mapping[str, Any]:
        """Return the records of a table at the beginning, in their order then."""
        changed, present = self._before.get(table), table.copy()
        if changed is None:
            return present
        order = self._orders.get(table, present)
        records = ((key, changed[key] if key in changed else present[key]) for key in order)
        return {key: record for key, record in records if record is not None}
