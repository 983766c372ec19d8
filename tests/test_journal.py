"""The journal keeps little and no secrets."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.http.entry import Entry
from mockserver.http.journal import Journal
from mockserver.http.redactor import REDACTED, Redactor

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


def size(entry: Entry) -> int:
    return len(entry.request) + len(entry.response) + len(entry.path) + len(entry.query)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 60_000)), max_size=30))
def test_it_never_takes_more_than_its_bytes(exchanges: list[tuple[str | None, int]]) -> None:
    kept = journal(most=1000, most_bytes=100_000)
    for workspace, length in exchanges:
        write(kept, workspace=workspace, request=b"x" * length, response=b"y" * length)
        assert sum(map(size, kept.select())) <= 100_000
        for name in ("a", "b", "c"):
            assert sum(map(size, kept.select(workspace=name))) <= 25_000
        assert kept.select()[-1].number == kept.last_number  # the newest is always there


def test_one_workspace_does_not_push_out_the_others() -> None:
    kept = journal(most=3)
    write(kept, workspace="quiet", status=404)
    write(kept, workspace=None, status=401)
    for _ in range(10):
        write(kept, workspace="busy")
    assert [kept.count(workspace=name) for name in ("quiet", "busy")] == [1, 3]
    assert [entry.status for entry in kept.select()] == [404, 401, 201, 201, 201]


def test_the_workspace_that_was_not_asked_for_longest_makes_room_first() -> None:
    kept = journal(most=1000, most_bytes=100_000)
    for name in "abcdef":
        write(kept, workspace=name, request=b"x" * 5000)
        write(kept, workspace=name, request=b"x" * 5000)
    write(kept, workspace="a")
    for name in "ghi":
        write(kept, workspace=name, request=b"x" * 5000)
        write(kept, workspace=name, request=b"x" * 5000)
    assert [name for name in "abcdefghi" if kept.count(workspace=name) < 2] == ["b"]


def test_very_many_workspaces_take_no_more_than_its_bytes() -> None:
    kept = journal(most=1000, most_bytes=100_000)
    for number in range(5000):
        write(kept, workspace=f"workspace {number}")
    assert 10 < len(kept) < 100
    assert kept.clear() < 100
    assert kept.select() == []


def test_with_no_room_it_keeps_nothing() -> None:
    kept = journal(most=0)
    write(kept)
    assert kept.select() == []


def test_a_journal_too_small_for_anything_keeps_nothing() -> None:
    kept = journal(most_bytes=1)
    write(kept)
    assert kept.select() == []


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
        {f"cs_live_{SECRET}": 1},
        {"note": f"cs%5Flive_{SECRET}"},
        [f"%63s_l%69ve%255f{SECRET}"],
        {"a": "declared-key-" + SECRET},
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be", "utf-7"])
@pytest.mark.parametrize("is_cut", [False, True])
def test_secrets_are_taken_out_wherever_they_are(body: Any, encoding: str, is_cut: bool) -> None:
    redactor = Redactor(["smtp_pass_phrase"], "cs_live_")
    redactor.hide(["declared-key-" + SECRET, "a"])
    data = json.dumps(body).encode(encoding)
    redacted = redactor.redact_body(data[:-1] if is_cut else data)
    assert SECRET not in redacted.replace(b"\0", b"").decode()
    assert REDACTED.encode() in redacted


def test_a_name_in_escapes_hides_nothing() -> None:
    assert SECRET not in REDACTOR.redact_body(rb'{"p\u0061ssword": "%s"}' % SECRET.encode()).decode()


def test_what_may_hold_a_secret_and_is_no_json_is_not_kept() -> None:
    assert SECRET not in REDACTOR.redact_body(f'{{"password": "{SECRET}"'.encode()).decode()


@pytest.mark.parametrize(
    "body",
    [f"p%61ssword={SECRET}", f"x=cs%255flive_{SECRET}", f"a=1&cs_live_{SECRET}=1", "%" + "25" * 10 + SECRET,
     f"\0p\0a\0s\0s\0w\0d{SECRET}"],
)  # fmt: skip
def test_a_form_that_holds_a_secret_is_not_shown(body: str) -> None:
    assert SECRET not in REDACTOR.redact_body(body.encode()).decode()


@pytest.mark.parametrize(
    "body", ["a=1&b=100%25", "email;name\nada@example.com;Ada\n", "{oh", "Zoë"[:-1], "50%"]
)
def test_what_holds_none_is_shown_as_it_was(body: str) -> None:
    assert REDACTOR.redact_body(body.encode()) == body.encode()


@pytest.mark.parametrize(
    "query",
    [f"p%61ssword={SECRET}", f"api%255Fkey={SECRET}", f"q=cs%5flive_{SECRET}", f"cs%5Flive_{SECRET}=1",
     f"cs_live_{SECRET}", f"x={quote(quote('cs_live_' + SECRET, safe=''), safe='')}",
     f"%25252525252561={SECRET}"],
)  # fmt: skip
def test_percent_encoding_hides_nothing(query: str) -> None:
    assert SECRET not in REDACTOR.redact_query(query)
    assert SECRET not in REDACTOR.redact_text(f"/campaigns/cs%5flive_{SECRET}/leads")


def test_no_view_shows_secrets() -> None:
    kept = journal()
    secret = f"cs_live_{SECRET}"
    write(kept, workspace=secret, path=f"/{secret}", query=f"a={secret}", request=f'"{secret}"'.encode(),
          response=f'{{"token": "{SECRET}"}}'.encode(), fault=f"path /{secret}")  # fmt: skip
    for entry in kept.select(workspace=secret):
        assert SECRET not in repr(entry)
        assert SECRET not in json.dumps(entry.describe())
        assert entry.response_json == {"token": REDACTED}


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


def test_an_answer_in_pieces_is_kept_as_far_as_there_is_room() -> None:
    kept = journal(most_bytes=100_000)
    write(kept, response=b"")
    short = kept.keep_pieces("a", 1, iter([b"one,", b"two"]))
    assert next(short) == b"one,"
    assert (kept.select()[0].response, kept.select()[0].is_cut) == (b"one,", True)
    assert list(short) == [b"two"]
    assert (kept.select()[0].response, kept.select()[0].is_cut) == (b"one,two", False)
    write(kept, response=b"")
    pieces = [b"x" * 3000] * 5
    assert list(kept.keep_pieces("a", 2, iter(pieces))) == pieces
    assert (len(kept.select()[1].response), kept.select()[1].is_cut) == (5000, True)


def test_the_pieces_of_an_exchange_that_made_room_for_others_are_passed_on() -> None:
    kept = journal(most=1)
    write(kept, response=b"")
    pieces = kept.keep_pieces("a", 1, iter([b"one,", b"two"]))
    write(kept)
    assert list(pieces) == [b"one,", b"two"]
    assert [entry.response for entry in kept.select()] == [b"{}"]


@pytest.mark.parametrize("part", ["path", "query", "request", "response"])
def test_an_entry_says_that_a_part_of_it_was_cut(part: str) -> None:
    kept = journal(most_bytes=100_000)
    write(kept, **{part: ("x" if part in ("path", "query") else b"x") * 5001})
    write(kept, request=b"x" * 5000, response=b"x" * 5000)
    assert [entry.is_cut for entry in kept.select()] == [True, False]
