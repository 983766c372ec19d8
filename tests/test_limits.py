"""Rate limits: counted always, enforced on request."""

from datetime import UTC, datetime, timedelta

import pytest

from mockserver import Settings, create_app

from .kit.api import SPEC, UNKNOWN_ID, Answer, Api

NOON = datetime(2024, 1, 15, 12, 0, 20, tzinfo=UTC)
MINUTE_END = datetime(2024, 1, 15, 12, 1, tzinfo=UTC)
HOUR_END = datetime(2024, 1, 15, 13, 0, tzinfo=UTC)
REFUSED = {"detail": "Rate limit exceeded. Retry after 60 seconds."}


def read_limits(answer: Answer) -> tuple[int, int, int]:
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
    return tuple(int(answer.headers[name]) for name in names)  # type: ignore[return-value]


def ask(api: Api, times: int) -> Answer:
    for _ in range(times):
        answer = api("listCampaigns")
    return answer


@pytest.fixture
def strict() -> Api:
    """A user of a server that enforces the limits, at twenty seconds past noon."""
    api = Api(create_app(Settings(rate_limit=True)), "cs_live_x")
    api.workspace.clock.freeze(NOON)
    return api


def test_every_answer_has_the_limit_the_remainder_and_the_end_of_the_window(strict: Api) -> None:
    assert read_limits(ask(strict, 1)) == (100, 99, int(MINUTE_END.timestamp()))
    assert read_limits(ask(strict, 4)) == (100, 95, int(MINUTE_END.timestamp()))


def test_refusals_of_a_known_key_count_too(strict: Api) -> None:
    strict("createCampaign", {"name": "short"})
    strict("getCampaign", campaign_id=UNKNOWN_ID)
    assert read_limits(ask(strict, 1))[1] == 97


def test_a_request_without_a_known_key_gets_a_full_window(strict: Api) -> None:
    for name, value in (("Accept", "*/*"), (SPEC.key_header, "nonsense"), ("Host", "evil.example.com")):
        answer = strict.send("GET", f"{SPEC.base_path}/campaigns", headers={name: value})
        assert read_limits(answer)[:2] == (100, 100)
    assert read_limits(strict.send("GET", "/nothing"))[:2] == (100, 100)
    assert read_limits(ask(strict, 1))[1] == 99


def test_the_hundred_and_first_request_of_a_minute_is_refused(strict: Api) -> None:
    last = ask(strict, 100)
    assert (last.status, read_limits(last)[1]) == (200, 0)
    answer = strict("createCampaign", {"name": "Q1 Product Launch"})
    assert (answer.status, answer.body) == (429, REFUSED)
    assert read_limits(answer) == (100, 0, int(MINUTE_END.timestamp()))
    strict.workspace.clock.advance(timedelta(seconds=39))
    assert strict("listCampaigns").status == 429
    strict.workspace.clock.advance(timedelta(seconds=1))
    assert read_limits(strict("listCampaigns"))[1] == 99
    assert strict.remembered()["campaigns"] == []


def test_the_thousand_and_first_request_of_an_hour_is_refused(strict: Api) -> None:
    for _ in range(10):
        assert ask(strict, 100).status == 200
        strict.workspace.clock.advance(timedelta(minutes=1))
    answer = ask(strict, 1)
    assert (answer.status, answer.body) == (429, REFUSED)
    assert read_limits(answer) == (1000, 0, int(HOUR_END.timestamp()))
    strict.workspace.clock.freeze(HOUR_END)
    assert read_limits(ask(strict, 1)) == (100, 99, int(HOUR_END.timestamp()) + 60)


def test_a_refused_request_is_not_counted(strict: Api) -> None:
    for _ in range(9):
        assert ask(strict, 150).status == 429
        strict.workspace.clock.advance(timedelta(minutes=1))
    assert ask(strict, 100).status == 200


def test_each_key_has_windows_of_its_own(strict: Api) -> None:
    ask(strict, 101)
    assert Api(strict.app, "cs_live_y")("listCampaigns").status == 200


def test_the_limit_comes_before_scopes_and_schema(strict: Api) -> None:
    ask(strict, 100)
    assert strict("createCampaign", {}).status == 429
    limited = Api(create_app(Settings(rate_limit=True, key=("k=leads:read",))), "k")
    limited.workspace.clock.freeze(NOON)
    assert [ask(limited, 1).status, ask(limited, 100).status] == [403, 429]


def test_not_enforced_the_headers_count_down_to_one_and_nothing_is_refused(api: Api) -> None:
    api.workspace.clock.freeze(NOON)
    assert read_limits(ask(api, 1))[1] == 99
    assert read_limits(ask(api, 98))[1] == 1
    answer = ask(api, 1100)
    assert (answer.status, read_limits(answer)) == (200, (100, 1, int(MINUTE_END.timestamp())))
    assert "Retry-After" not in answer.headers
