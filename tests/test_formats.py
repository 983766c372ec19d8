"""What is accepted can be read, and what is written is accepted again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import email_validator
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.openapi.formats import (
    CHECKERS,
    format_date_time,
    is_date_time,
    is_email,
    is_uuid,
    parse_date_time,
)
from mockserver.openapi.keywords import compile_schema

ZONES = sorted(available_timezones())
offsets = st.sampled_from(["", "Z", "z", "+00:00", "-00:00", "+14:00", "-12:00", "+2359", "-23"])


@given(st.datetimes(), offsets, st.sampled_from(ZONES))
@example(datetime.max, "", "Pacific/Kiritimati")
@example(datetime.max - timedelta(days=1), "-12:00", "UTC")
@example(datetime.min + timedelta(days=1), "+2359", "UTC")
@example(datetime.min + timedelta(days=2), "", "Pacific/Kiritimati")
def test_a_date_and_time_that_is_accepted_can_be_kept_and_shown(at: datetime, offset: str, zone: str) -> None:
    text = at.isoformat() + offset
    if is_date_time(text):
        shown = format_date_time(parse_date_time(text, zone))
        assert is_date_time(shown)
        assert len(shown) == len("2024-01-15T10:30:00Z")
    else:
        assert min(at - datetime.min, datetime.max - at) < timedelta(days=3)


def test_the_time_shown_is_utc_without_fractions() -> None:
    assert format_date_time(datetime(7, 1, 2, 3, 4, 5, 999999, tzinfo=UTC)) == "0007-01-02T03:04:05Z"


uuid_like = st.builds(
    lambda made, at, other: str(made)[:at] + other + str(made)[at + 1 :],
    st.uuids(),
    st.integers(0, 37),
    st.text("0aF-gG{ \n+é", max_size=2),
)


@given(uuid_like | st.text(max_size=40))
@example("{550e8400-e29b-41d4-a716-446655440000}")
@example("urn:uuid:550e8400-e29b-41d4-a716-446655440000")
@example("550e8400e29b41d4a716446655440000")
def test_requests_are_checked_for_uuids_as_the_suite_checks_them(text: str) -> None:
    assert compile_schema({"format": "uuid"}).is_valid(text) == is_uuid(text)


@given(st.uuids(), st.booleans())
def test_every_uuid_is_one_in_either_case_and_nothing_shorter(value: object, upper: bool) -> None:
    text = str(value).upper() if upper else str(value)
    assert is_uuid(text)
    assert not is_uuid(text[:-1])
    assert not is_uuid(f"{text}\n")
    assert not is_uuid(text.replace("-", ""))


@given(st.text(max_size=20))
def test_no_text_makes_a_checker_fail(text: str) -> None:
    for check in CHECKERS.values():
        assert check(text) in (True, False)


@pytest.mark.parametrize(
    "address", ["ada@example.com", "ada@mail.test", "ada+tag@example.co.uk", "é@example.fr"]
)
def test_addresses_are_judged_by_their_form(address: str) -> None:
    assert is_email(address)


@given(
    st.text('ab9.+_-@" \n\té(', max_size=6) | st.integers(60, 70).map("a".__mul__),
    st.sampled_from(
        ["@x.io", "@-x.io", "@x", "@x..io", "@x.test", "@x_y.io", "@EX.io", "@é.io", "", "@[::1]"]
    )
    | st.integers(170, 195).map(lambda length: "@" + "b.".__mul__(length // 2) + "io"),
)
def test_an_address_is_valid_when_it_is_for_the_library(local: str, domain: str) -> None:
    try:
        email_validator.validate_email(local + domain, check_deliverability=False, test_environment=True)
        expected = True
    except email_validator.EmailNotValidError:
        expected = False
    assert is_email(local + domain) == expected


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "@example.com", "ada@example", "a@b@example.com", "Ada <ada@example.com>", "ada@.com",
     "ada@example.com ", "ada@exa mple.com"],
)  # fmt: skip
def test_what_has_not_the_form_of_an_address_is_none(address: str) -> None:
    assert not is_email(address)
