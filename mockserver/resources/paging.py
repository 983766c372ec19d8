"""Lists: sorted, and cut into pages."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from ..state.table import Table

R = TypeVar("R")


def select_kept(query: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the filters of a query that a view keeps the result of; the others are applied to it."""
    return {name: query[name] for name in names if name in query}


def sort_records(
    table: Table[R],
    query: dict[str, Any],
    kept: Mapping[str, Hashable],
    passes: Callable[[R], bool],
    value_of: Callable[[R, str], Any],
) -> Sequence[R]:
    """Return the records of a table that pass, sorted by the query's `sort_by` and `sort_order`.

    `kept` are the filters that `passes` goes by (see `select_kept`). Equal records stand in the order of
    their making, turned round when descending; those without a value stand last.
    """
    by = query["sort_by"]
    view = table.view((by, *kept.items()), passes, lambda record: value_of(record, by))
    return view.read(descending=query["sort_order"] == "desc")


def paginate(records: Sequence[R], query: dict[str, Any]) -> tuple[list[R], dict[str, Any]]:
    """Return the page that the query's `page` and `limit` ask for, and its `pagination`."""
    page, limit = query["page"], query["limit"]
    total = len(records)
    pages = -(-total // limit)
    pagination = {
        "page": page,
        "limit": limit,
        "total": total,
        "pages": pages,
        "has_next": page < pages,
        "has_prev": page > 1,
    }
    return list(records[(page - 1) * limit : page * limit]), pagination


def paginate_flat(records: Sequence[R], query: dict[str, Any]) -> tuple[list[R], dict[str, Any]]:
    """Return the page as `paginate` does, and beside it the fields of an answer that holds them itself."""
    page, pagination = paginate(records, query)
    counts = {"total_count": pagination.pop("total"), "total_pages": pagination.pop("pages")}
    return page, {**pagination, **counts}
