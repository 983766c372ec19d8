"""The text of a row is given again only as long as the row would be made alike."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from mockserver import MockServer, Settings, create_app
from mockserver.openapi import rows
from mockserver.openapi.responses import AnswerInvalidError, AnswerShaper
from mockserver.openapi.rows import KeptRows, Row

from .kit.api import SPEC, Api


class Record:
    """Something that a row shows."""


LIST = {
    "type": "object",
    "properties": {
        "rows": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        "total": {"type": "integer"},
    },
}


@pytest.fixture(scope="module")
def app() -> MockServer:
    return create_app(Settings())


def list_campaigns(api: Api, query: dict[str, Any], *, keeps_rows: bool) -> Any:
    shaper = api.app.pipeline.endpoints["listCampaigns"].shaper
    shaper.keeps_rows = keeps_rows
    try:
        path = SPEC.operations["listCampaigns"].path
        return api.client.get(path, query_string=query, headers={SPEC.key_header: api.key}).get_data()
    finally:
        shaper.keeps_rows = True


def test_lists_are_the_same_bytes_with_and_without_kept_rows(app: MockServer) -> None:
    api = Api(app, "cs_live_rows")
    ids = [api.campaign(name=f"Größe {number} 💌") for number in range(4)]
    lead = api.lead(ids[0])
    changes: list[Callable[[], object]] = [
        lambda: api.update(ids[1], name='Quoted "campaigns":[] here'),
        lambda: api.happen(lead, "sent"),
        lambda: api.happen(lead, "replied"),
        lambda: api.ok("deleteCampaign", campaign_id=ids[2]),
        api.campaign,
        lambda: api.workspace.restore(api.workspace.snapshot()),
    ]
    for change in changes:
        change()
        for query in ({}, {"limit": 1}, {"page": 9}, {"sort_by": "name", "sort_order": "asc"}):
            kept = list_campaigns(api, query, keeps_rows=True)
            api.workspace.undo_log.changes += 1  # the answer as a whole is not given again
            assert list_campaigns(api, query, keeps_rows=False) == kept


def test_only_rows_that_changed_are_described_again(app: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(app, "cs_live_described")
    ids = [api.campaign() for _ in range(5)]
    api.ok("listCampaigns")
    described: list[str] = []
    monkeypatch.setattr(KeptRows, "keep", lambda _, row, __: described.append(row.record.campaign_id))
    api.update(ids[3], name="Another name")
    api.ok("listCampaigns")
    assert described == [ids[3]]


def test_a_text_goes_with_its_record_and_only_so_many_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 3)
    kept, records = KeptRows(), [Record() for _ in range(5)]
    for record in records:
        kept.keep(Row(record, 1, dict), b"{}")
    assert [kept.find(Row(record, 1, dict)) for record in records] == [None, None, b"{}", b"{}", b"{}"]
    assert kept.find(Row(records[4], 2, dict)) is None
    del record, records
    assert len(kept) == 0


def test_a_long_text_is_not_kept() -> None:
    kept, row = KeptRows(), Row(Record(), None, dict)
    kept.keep(row, b" " * (rows.LONGEST_ROW + 1))
    assert kept.find(row) is None


def test_an_invalid_row_is_named_with_its_place() -> None:
    shaper, names = AnswerShaper(LIST, {}), ("a", 7)
    found = [Row(Record(), None, partial(dict[str, Any], name=name)) for name in names]
    with pytest.raises(AnswerInvalidError, match=r"operation: answer breaks the contract at rows\.1\.name"):
        shaper.write({"rows": found, "total": 2}, "operation")
    with pytest.raises(AnswerInvalidError, match="at total"):
        shaper.write({"rows": found[:1], "total": "two"}, "operation")
