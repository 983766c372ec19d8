"""The comparison of an answer with the model's: what is a difference, and what is only another form."""

import json
from typing import Any

import pytest

from contracts.comparison.alignment import Alignment
from contracts.comparison.answers import STATUS, Answer, Difference
from contracts.comparison.comparison import Terms, compare
from contracts.comparison.rows import pair_rows
from mockserver.openapi.spec import load_spec

SPEC = load_spec()
ONE, TWO, THREE, FOUR = (f"0000000{number}-0000-4000-8000-000000000000" for number in range(1, 5))
PAGE = {"page": 1, "limit": 20, "total": 2, "pages": 1, "has_next": False, "has_prev": False}


def answer(body: Any, status: int = 200, kind: str = "application/json") -> Answer:
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Answer(status, {"content-type": kind}, data)


def find(
    operation: str,
    theirs: Answer,
    models: Answer,
    *,
    alignment: Alignment | None = None,
    **terms: Any,
) -> list[Difference]:
    aligned = alignment or Alignment()
    return compare(SPEC, SPEC.operations[operation], theirs, models, alignment=aligned, terms=Terms(**terms))


def places(*arguments: Any, **terms: Any) -> list[tuple[str, bool]]:
    return [(each.place, each.documented) for each in find(*arguments, **terms)]


def campaign(campaign_id: str, name: str = "A name", at: str = "2024-01-15T10:00:00Z") -> dict[str, Any]:
    return {"campaign_id": campaign_id, "name": name, "created_at": at}


def listed(*rows: dict[str, Any]) -> Answer:
    return answer({"success": True, "campaigns": list(rows), "pagination": PAGE})


def test_equal_answers_do_not_differ() -> None:
    assert find("getCampaign", answer(campaign(ONE)), answer(campaign(ONE))) == []


def test_an_id_stands_for_one_id_of_the_model_and_no_other() -> None:
    alignment = Alignment()
    first, model = answer(campaign(ONE)), answer(campaign(TWO))
    assert find("getCampaign", first, model, alignment=alignment) == []
    assert alignment.find_theirs(TWO) == ONE
    assert alignment.as_models(f"/campaigns/{ONE}") == f"/campaigns/{TWO}"
    (found,) = find("getCampaign", answer(campaign(THREE)), model, alignment=alignment)
    assert found.place == "campaign_id"
    assert ONE in found.message


def test_times_are_compared_as_points_in_time() -> None:
    one = answer(campaign(ONE, at="2024-01-15T12:00:03+02:00"))
    other = answer(campaign(ONE, at="2024-01-15T10:00:00Z"))
    assert places("getCampaign", one, other, seconds=5) == []
    assert places("getCampaign", one, other, seconds=1) == [("created_at", True)]


def test_what_no_source_documents_is_no_documented_difference() -> None:
    one, other = ({**campaign(ONE), "user_id": value} for value in (None, TWO))
    assert places("getCampaign", answer(one), answer(other)) == [("user_id", False)]
    missing = answer({name: value for name, value in other.items() if name != "user_id"})
    assert places("getCampaign", missing, answer(other)) == [("user_id", False)]
    assert places("getCampaign", answer({}), answer({"name": "A name"})) == [("name", True)]


@pytest.mark.parametrize(("strict", "expected"), [(False, []), (True, [(STATUS, True)])])
def test_the_other_documented_success_differs_only_from_the_mock(strict: bool, expected: Any) -> None:
    assert places("createCampaign", answer({}, 200), answer({}, 201), strict=strict) == expected


def test_a_success_in_place_of_a_documented_refusal_is_a_difference() -> None:
    refused = answer({"detail": "sending_window_end must be greater than sending_window_start"}, 400)
    assert places("createCampaign", answer({}, 201), refused) == [(STATUS, True)]


def test_an_alternative_wording_of_an_error_is_none() -> None:
    newer = answer({"detail": "sending_window_end must be after sending_window_start"}, 400)
    older = answer({"detail": "sending_window_end must be greater than sending_window_start"}, 400)
    other = answer({"detail": "No."}, 400)
    assert places("createCampaign", newer, older) == []
    assert places("createCampaign", other, older) == [("error", True)]


def test_a_coerced_value_is_no_documented_difference() -> None:
    item = {"loc": ["body", "x"], "msg": "value is not a valid integer", "type": "type_error.integer"}
    assert places("createCampaign", answer({}, 201), answer({"detail": [item]}, 422)) == [(STATUS, False)]


def test_rows_are_paired_by_what_they_say_where_their_ids_are_new() -> None:
    alignment = Alignment()
    theirs = listed(campaign(ONE, "beta", "2024-01-15T10:00:00Z"), campaign(TWO, "alpha"))
    models = listed(campaign(THREE, "alpha"), campaign(FOUR, "beta", "2024-01-15T10:00:00Z"))
    assert places("listCampaigns", theirs, models, alignment=alignment) == []  # made at the same time
    assert alignment.find_theirs(THREE) == TWO


def test_an_order_counts_where_a_source_gives_one() -> None:
    rows = campaign(ONE, "alpha"), campaign(TWO, "beta")
    asked = {"sort_by": "name"}
    found = places("listCampaigns", listed(*rows[::-1]), listed(*rows), query=asked)
    assert found == [("campaigns.order", True)]


def test_a_lacking_and_an_extra_row_are_reported() -> None:
    alignment = Alignment()
    for each in (ONE, TWO, THREE):
        alignment.pair(each, each)
    one, two, three = (campaign(each, each) for each in (ONE, TWO, THREE))
    (found,) = find("listCampaigns", listed(one), listed(one, two), alignment=alignment)
    assert (found.place, found.documented) == ("campaigns.rows", True)
    assert "lacks 1 of 2" in found.message
    (found,) = find("listCampaigns", listed(one, three), listed(one), alignment=alignment)
    assert "has 2 instead of 1" in found.message


def test_rows_of_others_and_figures_beside_them_are_left_out() -> None:
    theirs = answer({"campaigns": [campaign(ONE, "mine"), campaign(TWO, "theirs")], "pagination": PAGE})
    models = answer({"campaigns": [campaign(ONE, "mine")], "pagination": {**PAGE, "total": 1}})
    assert places("listCampaigns", theirs, models, owns=lambda texts: "mine" in texts) == []


def test_rows_that_say_the_same_stand_for_no_row() -> None:
    alignment = Alignment()
    rows = [{"id": ONE, "n": 1}, {"id": TWO, "n": 1}]
    pairing = pair_rows(rows, [{"id": THREE, "n": 1}, {"id": FOUR, "n": 1}], alignment)
    assert (pairing.pairs, pairing.missing, pairing.extra) == ([], [], [])
    assert len(pairing.alike) == 2


def test_a_balance_keeps_its_distance() -> None:
    alignment = Alignment()

    def send(theirs: int, models: int) -> list[str]:
        bodies = [answer({"success": True, "credits_remaining": left}) for left in (theirs, models)]
        return [each.place for each in find("sendContactEmail", *bodies, alignment=alignment)]

    assert send(42, 999) == []
    assert send(41, 998) == []
    assert send(41, 997) == ["credits_remaining"]


def test_a_balance_is_the_same_where_both_began_with_nothing() -> None:
    bodies = [answer({"success": True, "credits_remaining": left}) for left in (1000, 999)]
    found = find("sendContactEmail", *bodies, from_nothing=True)
    assert [each.place for each in found] == ["credits_remaining"]


def test_an_export_is_compared_row_by_row() -> None:
    theirs, models = f"lead_id,email\n{ONE},a@b.c\n", f"lead_id,email\n{TWO},a@b.c\n"
    other = f"lead_id,email\n{ONE},x@b.c\n"
    assert places("exportLeads", answer(theirs, kind="text/csv"), answer(models, kind="text/csv")) == []
    (found,) = find("exportLeads", answer(other, kind="text/csv"), answer(models, kind="text/csv"))
    assert found.place == "rows.email"
