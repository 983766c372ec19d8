"""The journal keeps little and tells no secrets."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.http.journal import REDACTED, Journal, Redactor

REDACTOR = Redactor(["smtp_pass_phrase"], "cs_live_")
SECRET = "hunter2-hunter2"


def journal(most: int = 10, most_bytes: int = 100_000) -> Journal:
    return Journal(REDACTOR, most, most_bytes)


def write(into: Journal, **changes: Any) -> None:
    entry: dict[str, Any] = {
        "at": 0.0,
        "workspace": "a",
        "operation": "createCampaign",
        "method": "POST",
        "path": "/campaigns",
        "query": "",
        "request": b"{}",
        "status": 201,
        "response": b"{}",
        "milliseconds": 1.0,
    }
    into.add(**{**entry, **changes})


def test_it_keeps_the_last_ones() -> None:
    kept = journal(most=3)
    for number in range(5):
        write(kept, status=200 + number)
    assert [entry.status for entry in kept.select()] == [202, 203, 204]
    assert [entry.number for entry in kept.select()] == [3, 4, 5]


@given(st.lists(st.integers(0, 60_000), max_size=30))
def test_it_never_takes_more_than_its_bytes(sizes: list[int]) -> None:
    kept = journal(most=1000, most_bytes=100_000)
    for size in sizes:
        write(kept, request=b"x" * size, response=b"y" * size)
        assert sum(entry.size for entry in kept.select()) <= 100_000
        assert len(kept) >= 1


def test_with_no_room_it_keeps_nothing() -> None:
    kept = journal(most=0)
    write(kept)
    assert list(kept.select()) == []


def test_clearing_one_workspace_leaves_the_others() -> None:
    kept = journal()
    write(kept, workspace="a")
    write(kept, workspace="b")
    assert kept.clear("a") == 1
    assert [entry.workspace for entry in kept.select()] == ["b"]
    assert kept.clear() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"password": SECRET},
        {"smtp_pass_phrase": SECRET},
        {"Authorization": SECRET},
        {"a": [{"b": {"ApiKey": SECRET}}]},
        {"client_secret": {"inner": SECRET}},
        {"name": f"my key is cs_live_{SECRET}"},
        [f"cs_live_{SECRET}"],
    ],
)
def test_secrets_are_taken_out_wherever_they_are(body: Any) -> None:
    redacted = REDACTOR.redact_body(json.dumps(body).encode())
    assert SECRET.encode() not in redacted
    assert REDACTED.encode() in redacted


def test_a_name_in_escapes_hides_nothing() -> None:
    assert SECRET not in REDACTOR.redact_body(rb'{"p\u0061ssword": "%s"}' % SECRET.encode()).decode()


def test_what_may_hold_a_secret_and_is_no_json_is_not_kept() -> None:
    assert SECRET not in REDACTOR.redact_body(f'{{"password": "{SECRET}"'.encode()).decode()


def test_a_query_holds_no_secrets() -> None:
    assert REDACTOR.redact_query(f"page=1&api_key={SECRET}&q=cs_live_{SECRET}") == (
        f"page=1&api_key={REDACTED}&q=cs_live_{REDACTED}"
    )


@given(st.dictionaries(st.sampled_from(["name", "email", "limit"]), st.text(max_size=20) | st.integers()))
def test_what_is_no_secret_stays(body: dict[str, Any]) -> None:
    if not any("cs_live_" in str(value) for value in body.values()):
        assert json.loads(REDACTOR.redact_body(json.dumps(body).encode())) == body


def test_an_entry_shows_what_is_no_json_as_text() -> None:
    kept = journal()
    write(kept, request=b"{oh", response=b"", status=422)
    (entry,) = kept.select()
    shown = entry.describe()
    assert (shown["request"], shown["response"], shown["violations"]) == ("{oh", None, [])
    assert shown["time"] == "1970-01-01T00:00:00.000Z"
