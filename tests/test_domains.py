"""Domains: their set-up on the clock, their redirects, what they hold."""

from datetime import timedelta
from typing import Any

import pytest

from mockserver import Settings, create_app

from .kit.api import SPEC, Api


@pytest.fixture
def slow_api(key: str) -> Api:
    """A user of a server whose set-ups take ten minutes; the clock stands still."""
    api = Api(create_app(Settings(job_seconds=600)), key)
    api.workspace.clock.freeze()
    return api


def wait(api: Api, minutes: float) -> None:
    api.workspace.clock.advance(timedelta(minutes=minutes))


def status_of(api: Api, domain_id: str) -> str:
    return str(api.ok("getDomain", domain_id=domain_id)["status"])


def test_a_new_domain_waits_for_its_nameservers(api: Api) -> None:
    added = api.ok("addDomain", {"domain": "Mail.YourCompany.com"})
    example = SPEC.operations["addDomain"].answer_examples["mail"]
    assert list(added) == list(example)
    assert added == {**example, "domain_id": added["domain_id"], "created_at": added["created_at"]}
    found = api.ok("getDomain", domain_id=added["domain_id"])
    example = SPEC.operations["getDomain"].answer_examples["waiting_for_nameservers"]
    times = dict.fromkeys(("created_at", "updated_at"), added["created_at"])
    assert found == {**example, **times, "domain_id": added["domain_id"]}
    progress = api.ok("getDomainProgress", domain_id=added["domain_id"])
    example = SPEC.operations["getDomainProgress"].answer_examples["waiting_for_nameservers"]
    assert progress == {**example, "domain_id": added["domain_id"]}


def test_activation_takes_no_time_by_default(api: Api) -> None:
    domain_id = api.domain(active=False)
    started = api.ok("activateDomain", {}, domain_id=domain_id)
    assert (started["status"], started["dns_verified"]) == ("SERVICES_CONFIGURING", True)
    assert started["message"] == "Domain activation initiated"
    progress = api.send("GET", started["progress_url"]).body
    assert (progress["status"], progress["progress_percentage"]) == ("COMPLETED", 100)
    assert (progress["is_complete"], progress["is_failed"]) == (True, False)
    found = api.ok("getDomain", domain_id=domain_id)
    assert (found["status"], found["mailcow_added"], found["cloudflare_verified"]) == ("ACTIVE", True, True)
    assert [record["verified"] for record in found["dns_records"]] == [True] * 3


def test_a_set_up_goes_through_its_states_on_the_clock(slow_api: Api) -> None:
    domain_id = slow_api.domain(active=False)
    wait(slow_api, 9)
    early = slow_api.ok("activateDomain", domain_id=domain_id)
    assert (early["status"], early["dns_verified"]) == ("DNS_PENDING", False)
    assert (early["message"], early["estimated_completion_time"]) == ("Nameservers are not set yet", None)
    wait(slow_api, 1)
    started = slow_api.ok("activateDomain", domain_id=domain_id)
    assert (started["status"], started["dns_verified"]) == ("SERVICES_CONFIGURING", True)
    seen = []
    for minutes in (0, 9, 1):
        wait(slow_api, minutes)
        progress = slow_api.ok("getDomainProgress", domain_id=domain_id)
        seen.append((progress["status"], progress["progress_percentage"], progress["is_complete"]))
    assert seen == [("IN_PROGRESS", 75, False), ("IN_PROGRESS", 75, False), ("COMPLETED", 100, True)]
    assert slow_api.ok("getDomain", domain_id=domain_id)["updated_at"] == started["estimated_completion_time"]


def test_a_set_up_under_way_is_not_started_again(slow_api: Api) -> None:
    domain_id = slow_api.domain(active=False)
    wait(slow_api, 10)
    slow_api.ok("activateDomain", domain_id=domain_id)
    again = slow_api("activateDomain", domain_id=domain_id)
    assert (again.status, again.body) == (400, {"detail": "Domain must be in DNS_PENDING status"})


def test_a_domain_deleted_while_it_is_set_up_stays_deleted(slow_api: Api) -> None:
    domain_id = slow_api.domain(active=False)
    wait(slow_api, 10)
    slow_api.ok("activateDomain", domain_id=domain_id)
    slow_api.ok("deleteDomain", domain_id=domain_id)
    wait(slow_api, 10)
    assert slow_api("getDomain", domain_id=domain_id).status == 404


def test_nameservers_of_an_invalid_domain_are_never_set(api: Api) -> None:
    domain_id = api.domain("mail.invalid")
    assert api.ok("activateDomain", domain_id=domain_id)["dns_verified"] is False
    assert status_of(api, domain_id) == "DNS_PENDING"


def test_a_failed_set_up_may_be_tried_again(api: Api) -> None:
    domain_id = api.domain("failing.example.com")
    progress = api.ok("getDomainProgress", domain_id=domain_id)
    assert (progress["status"], progress["progress_percentage"]) == ("FAILED", 75)
    assert (progress["is_complete"], progress["is_failed"]) == (False, True)
    assert status_of(api, domain_id) == "FAILED"
    assert api.ok("activateDomain", domain_id=domain_id)["status"] == "SERVICES_CONFIGURING"


@pytest.mark.parametrize("parameter", ["status", "status_filter"])
def test_domains_are_listed_newest_first_and_by_status(parameter: str, api: Api) -> None:
    active = api.domain("one.example.com")
    waiting = api.domain("two.example.com", active=False)
    everything = api.ok("listDomains")
    assert [domain["domain_id"] for domain in everything["domains"]] == [waiting, active]
    item = SPEC.operations["listDomains"].answer_examples["one_active"]["domains"][0]
    assert [list(domain) for domain in everything["domains"]] == [list(item)] * 2
    for status, expected in (("ACTIVE", [active]), ("DNS_PENDING", [waiting]), ("NONE", [])):
        found = api.ok("listDomains", query={parameter: status})
        assert [domain["domain_id"] for domain in found["domains"]] == expected
        assert found["pagination"]["total"] == len(expected)
    second = api.ok("listDomains", query={"limit": 1, "page": 2})
    assert [domain["domain_id"] for domain in second["domains"]] == [active]
    assert (second["pagination"]["pages"], second["pagination"]["has_next"]) == (2, False)


def test_a_deleted_domain_is_gone_with_its_redirect_and_may_come_again(api: Api) -> None:
    domain_id = api.domain()
    api.ok("setDomainRedirect", {"target_domain": "yourcompany.com"}, domain_id=domain_id)
    answer = api.ok("deleteDomain", domain_id=domain_id)
    assert answer == {
        "success": True,
        "message": "Domain deleted successfully",
        "domain_id": domain_id,
        "domain_name": "mail.yourcompany.com",
        "deleted": True,
    }
    assert api("getDomain", domain_id=domain_id).status == 404
    again = api.domain()
    assert again != domain_id
    assert api("getDomainRedirect", domain_id=again).status == 404


def test_two_keys_may_have_the_same_domain(api: Api) -> None:
    other = Api(api.app, f"{api.key}-other")
    assert api.domain() != other.domain()
    assert api.ok("listDomains")["pagination"]["total"] == 1


# ---------------------------------------------------------------- redirects


def test_a_redirect_is_set_with_its_defaults_and_found_again(api: Api) -> None:
    domain_id = api.domain()
    made = api.ok("setDomainRedirect", {"target_domain": "YourCompany.com"}, domain_id=domain_id)
    example = SPEC.operations["setDomainRedirect"].answer_examples["target_only"]
    assert list(made) == list(example)
    own = {name: made[name] for name in ("redirect_id", "created_at")}
    assert made == {**example, **own}
    assert api.ok("getDomainRedirect", domain_id=domain_id) == made


def test_another_redirect_replaces_the_first_whole_but_keeps_its_id(api: Api) -> None:
    api.workspace.clock.freeze()
    domain_id = api.domain()
    body = SPEC.operations["setDomainRedirect"].body_examples["temporary"]
    first = api.ok("setDomainRedirect", body, domain_id=domain_id)
    wait(api, 5)
    second = api.ok("setDomainRedirect", {"target_domain": "other.example.com"}, domain_id=domain_id)
    kept: dict[str, Any] = {name: first[name] for name in ("redirect_id", "created_at", "source_domain")}
    assert second == {
        **first,
        **kept,
        "target_domain": "other.example.com",
        "status_code": 301,
        "preserve_path": True,
        "preserve_query_string": True,
    }
    assert api.ok("getDomainRedirect", domain_id=domain_id) == second


def test_a_removed_redirect_is_gone(api: Api) -> None:
    domain_id = api.domain()
    api.ok("setDomainRedirect", {"target_domain": "yourcompany.com"}, domain_id=domain_id)
    answer = api.ok("deleteDomainRedirect", domain_id=domain_id)
    assert answer == {"success": True, "message": "Redirect deleted successfully"}
    assert api("getDomainRedirect", domain_id=domain_id).body == SPEC.find_error("redirect_not_found").value


def test_a_redirect_is_set_up_on_the_clock(slow_api: Api) -> None:
    domain_id = slow_api.domain(active=False)
    wait(slow_api, 10)
    slow_api.ok("activateDomain", domain_id=domain_id)
    wait(slow_api, 10)
    seen = [slow_api.ok("setDomainRedirect", {"target_domain": "yourcompany.com"}, domain_id=domain_id)]
    for minutes in (9, 1):
        wait(slow_api, minutes)
        seen.append(slow_api.ok("getDomainRedirect", domain_id=domain_id))
    assert [redirect["setup_completed"] for redirect in seen] == [False, False, True]
