"""The rules nearest to a mutant are tried first."""

from contracts.rules import list_rules
from contracts.verdict.causes import WALK_SUFFIX
from tests.mutants.catalogue import list_mutants
from tests.mutants.nearness import find_target, make_order
from tests.mutants.tally import is_about

_WALK = "campaigns.update.model"


def sort(text: str, operation: str, known: tuple[str, ...] = ()) -> list[str]:
    return [rule.id for rule in sorted(list_rules(), key=make_order(text, operation, known))]


def test_rules_about_the_operation_and_the_field_come_first_and_the_walk_last() -> None:
    found = sort("maximum of createCampaign.daily_limit_per_inbox is 101, not 100", "createCampaign")
    assert found[0] == "campaigns.create.daily_limit_per_inbox.maximum"
    assert all(rule.endswith(WALK_SUFFIX) for rule in found[-70:])


def test_what_an_earlier_run_has_found_is_tried_first() -> None:
    assert sort("something", "listLeads", (_WALK,))[0] == _WALK


def test_a_mutant_is_about_what_its_id_names_or_the_operation_whose_answers_show_it() -> None:
    mutants = {each.id: each for each in list_mutants()}
    found = [
        find_target(mutants[name])
        for name in ("bounds.createCampaign.name.minLength.looser", "state.contacts.update.null_kept")
    ]
    assert found == [("createCampaign", "name"), ("updateContact", "")]


def test_a_rule_is_about_a_mutant_by_operation_and_field() -> None:
    assert is_about("campaigns.create.name.min_length", "createCampaign", "name")
    assert not is_about("campaigns.create.name.min_length", "createCampaign", "timezone")
    assert not is_about("campaigns.create.name.min_length", "updateCampaign", "")
