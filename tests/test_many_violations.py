"""A request with very many violations is answered in time, and shortly."""

import json
from typing import Any

import pytest

from mockserver import Settings, create_app
from mockserver.errors import MOST_COUNTED
from mockserver.settings import list_settings

from .kit.api import Api
from .kit.control import Control

MOST = Settings().max_violations


def more(count: str) -> dict[str, Any]:
    return {"loc": ["body"], "msg": f"and {count} more violations", "type": "value_error"}


def test_a_list_that_is_not_too_long_is_whole(api: Api) -> None:
    detail = api("deleteLeads", ["x"] * MOST, campaign_id=api.campaign()).body["detail"]
    assert [item["loc"] for item in detail] == [["body", index] for index in range(MOST)]


@pytest.mark.parametrize(("count", "shown"), [(MOST + 1, "1"), (5000, "4,900")])
def test_a_longer_list_counts_what_is_left_out(count: int, shown: str, api: Api) -> None:
    answer = api("deleteLeads", ["x"] * count, campaign_id=api.campaign())
    assert answer.status == 422
    assert [item["loc"] for item in answer.body["detail"][:-1]] == [["body", index] for index in range(MOST)]
    assert answer.body["detail"][-1] == more(shown)


@pytest.mark.parametrize(
    "nonsense",
    [{"leads": [1] * 50_000}, {"leads": [{}] * 50_000}, {"campaigns": [{"x": 1}] * 20_000},
     {f"x{n}": 1 for n in range(20_000)}, {"leads": [{"tags": [1] * 50_000}]}],
    ids=["no rows", "empty rows", "extra fields", "unknown tables", "one bad row"],
)  # fmt: skip
def test_an_import_of_nonsense_gets_a_short_answer(nonsense: Any, api: Api, control: Control) -> None:
    answer = control("importState", nonsense)
    assert answer.status == 422
    assert len(answer.body["detail"]) == MOST + 1
    assert answer.body["detail"][-1] == more(f"more than {MOST_COUNTED - MOST:,}")
    assert len(json.dumps(answer.body)) < 50_000
    assert not api.remembered()["leads"]


def test_of_path_and_body_the_path_comes_first(api: Api) -> None:
    answer = api("deleteLeads", ["x"] * 20_000, campaign_id="none")
    assert answer.body["detail"][0]["loc"] == ["path", "campaign_id"]
    assert answer.body["detail"][1]["loc"] == ["body", 0]
    assert len(answer.body["detail"]) == MOST + 1


def test_how_many_is_a_setting() -> None:
    api = Api(create_app(Settings(max_violations=1)), "cs_live_x")
    detail = api("createCampaign", {"name": "short", "sending_days": ["x"], "timezone": 1}).body["detail"]
    assert detail[0]["loc"] == ["body", "name"]
    assert detail[1] == more("2")
    [setting] = [each for each in list_settings() if each.name == "max_violations"]
    assert (setting.flag, setting.default, setting.least) == ("--max-violations", 100, 1)
