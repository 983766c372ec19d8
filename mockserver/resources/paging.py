"""Lists: sorted, and cut into pages."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

R = TypeVar("R")


def sort_records(records: Iterable[R], query: dict[str, Any], value_of: Callable[[R, str], Any]) -> list[R]:
    """Sort records, given oldest first, by the query's `sort_by` and `sort_order`.

    Equal ones stand in the order of their making, turned round when descending; those without a
    value stand last.
    """
    descending = query["sort_order"] == "desc"
    valued = [(value_of(record, query["sort_by"]), record) for record in records]
    present = [pair for pair in valued if pair[0] is not None]
    if descending:
        present.reverse()  # sort() keeps ties as they come, even with reverse=True
    present.sort(key=lambda pair: _fold(pair[0]), reverse=descending)
    return [record for _, record in present] + [record for value, record in valued if value is None]


def _fold(value: Any) -> Any:
    return (value.casefold(), value) if isinstance(value, str) else value


def paginate(records: list[R], query: dict[str, Any]) -> tuple[list[R], dict[str, Any]]:
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
    return records[(page - 1) * limit : page * limit], pagination


def paginate_flat(records: list[R], query: dict[str, Any]) -> tuple[list[R], dict[str, Any]]:
    """Return the page as `paginate` does, and beside it the fields of an answer that holds them itself."""
    page, pagination = paginate(records, query)
    counts = {"total_count": pagination.pop("total"), "total_pages": pagination.pop("pages")}
    return page, {**pagination, **counts}
