"""Leads come in as CSV files."""

from datetime import timedelta
from typing import Any

import pytest

from mockserver import Settings, create_app
from mockserver.model.contacts import suppress

from .kit.api import SPEC, UNKNOWN_ID, Api, variant
from .kit.contacts import custom_fields, numbers

# ---------------------------------------------------------------- columns


def test_the_example_of_the_documentation_works(api: Api) -> None:
    campaign_id = api.campaign()
    example = SPEC.operations["uploadLeads"].body_examples["mapped"]
    assert numbers(api.upload(campaign_id, **example))["success"] == 2
    ada, grace = api.leads(campaign_id)
    assert (ada["email"], ada["first_name"], ada["custom_fields"]) == (
        "ada@example.com",
        "Ada",
        {"City": "London"},
    )
    assert grace["status"] == "PENDING"
    assert ada["batch_id"] == grace["batch_id"] is not None


def test_without_a_mapping_columns_are_named_as_the_fields(api: Api) -> None:
    campaign_id = api.campaign()
    api.upload(campaign_id, "company,Email,email,last_name\nAE,x,ada@example.com,Lovelace\n")
    [lead] = api.leads(campaign_id)
    assert (lead["email"], lead["last_name"], lead["company"]) == ("ada@example.com", "Lovelace", "AE")
    assert lead["first_name"] is None
    assert lead["custom_fields"] == {"Email": "x"}


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ('{"custom_city": "B"}', {"city": "x", "custom_c": "y"}),
        ('{"city": "B", "town": "B"}', {"city": "x", "town": "x", "custom_c": "y"}),
        ('{"city": "missing"}', {"B": "x", "custom_c": "y"}),
        ('{"custom_email": "B"}', {"email": "x", "custom_c": "y"}),
        ("", {"B": "x", "custom_c": "y"}),
    ],
)
def test_other_fields_are_custom_fields(mapping: str, expected: Any, api: Api) -> None:
    campaign_id = api.campaign()
    api.upload(campaign_id, "email,B,custom_c\nada@example.com,x,y\n", mapping=mapping)
    assert custom_fields(api, campaign_id) == [expected]


def test_empty_cells_are_no_values(api: Api) -> None:
    campaign_id = api.campaign()
    api.upload(campaign_id, "email,first_name,city\nada@example.com,,\n")
    assert api.leads(campaign_id)[0]["first_name"] is None
    assert custom_fields(api, campaign_id) == [{}]


@pytest.mark.parametrize("mapping", ["{", "[]", "1", '{"email": 1}', '{"x": "\\ud800"}', "[" * 5000])
def test_a_mapping_that_is_no_object_of_texts_is_refused(mapping: str, api: Api) -> None:
    answer = api("uploadLeads", {"file": "email\n", "mapping": mapping}, campaign_id=api.campaign())
    assert (answer.status, answer.body) == (400, {"detail": "Invalid mapping JSON"})


@pytest.mark.parametrize(
    ("name", "media_type", "status"),
    [
        ("leads.csv", "text/csv", 200),
        ("LEADS.CSV", "application/vnd.ms-excel", 200),
        ("leads", "text/csv; charset=utf-8", 200),
        ("leads.xlsx", "application/octet-stream", 400),
        ("leads.txt", "text/plain", 400),
    ],
)
def test_a_csv_file_is_known_by_its_name_or_its_type(
    name: str, media_type: str, status: int, api: Api
) -> None:
    file = (b"email\na@x.io\n", name, media_type)
    assert api("uploadLeads", {"file": file}, campaign_id=api.campaign()).status == status


# ---------------------------------------------------------------- rows


def test_bad_rows_are_reported_and_the_others_stored(api: Api) -> None:
    campaign_id = api.campaign()
    file = 'email,name\na@x.io,A\n\nnobody,B\n,C\nb@x.io,"B\nc@x.io,C,D\n d@x.io ,D\n'
    started = api.ok("uploadLeads", {"file": file}, campaign_id=campaign_id)
    assert (started["total_rows"], started["total_valid"]) == (6, 2)
    progress = api.ok("getLeadUpload", campaign_id=campaign_id, job_id=started["job_id"])
    assert numbers(progress) == {"processed": 6, "success": 2, "duplicate": 0, "error": 4, "total": 6}
    assert progress["errors"] == [
        {"row": 2, "email": "nobody", "error": "The address is not valid"},
        {"row": 3, "email": None, "error": "The address is missing"},
        {"row": 4, "email": None, "error": "Quotes are not balanced"},
        {"row": 5, "email": "c@x.io", "error": "More cells than the header has"},
    ]
    assert [lead["email"] for lead in api.leads(campaign_id)] == ["a@x.io", "d@x.io"]


def test_a_header_alone_makes_no_leads(api: Api) -> None:
    campaign_id = api.campaign()
    progress = api.upload(campaign_id, "email\n")
    assert (progress["status"], progress["progress_percentage"], progress["total_count"]) == (
        "COMPLETED",
        100,
        0,
    )


@pytest.mark.parametrize(
    ("action", "name", "company", "custom"),
    [
        ("skip", "Ada", "AE", {"size": "1", "old": "x"}),
        ("update", "Augusta", "AE", {"size": "2", "old": "x"}),
        ("replace", "Augusta", None, {"size": "2"}),
    ],
)
def test_duplicates_are_treated_as_asked(
    action: str, name: str, company: str | None, custom: Any, api: Api
) -> None:
    campaign_id = api.campaign()
    known = {"first_name": "Ada", "company": "AE", "last_name": "King"}
    api.lead(campaign_id, "ada@example.com", **known, custom_fields={"size": "1", "old": "x"})
    file = "email,first_name,company,size\nADA@example.com,Augusta,,2\n"
    progress = api.upload(campaign_id, file, duplicate_action=action)
    assert numbers(progress) == {"processed": 1, "success": 0, "duplicate": 1, "error": 0, "total": 1}
    [lead] = api.leads(campaign_id)
    assert (lead["first_name"], lead["company"], lead["last_name"]) == (name, company, "King")
    assert (lead["custom_fields"], lead["batch_id"]) == (custom, None)


def test_an_address_that_the_file_repeats_is_a_duplicate(api: Api) -> None:
    campaign_id = api.campaign()
    file = "email,first_name\na@x.io,One\nA@X.io,Two\n"
    assert api.upload(campaign_id, file, duplicate_action="update")["duplicate_count"] == 1
    assert [lead["first_name"] for lead in api.leads(campaign_id)] == ["Two"]


def test_existing_leads_are_deleted_if_asked(api: Api) -> None:
    campaign_id = api.campaign()
    api.happen(api.lead(campaign_id, "old@x.io"), "opened")
    api.upload(campaign_id, "email\nnew@x.io\n", delete_existing=True)
    assert [lead["email"] for lead in api.leads(campaign_id)] == ["new@x.io"]
    assert api.read(campaign_id)["open_count"] == 0
    assert [contact["email"] for contact in api.contacts()] == ["old@x.io", "new@x.io"]


def test_a_file_that_is_refused_deletes_nothing(api: Api) -> None:
    campaign_id = api.campaign()
    api.lead(campaign_id)
    assert (
        api("uploadLeads", {"file": "no\n", "delete_existing": True}, campaign_id=campaign_id).status == 400
    )
    assert len(api.leads(campaign_id)) == 1


def test_suppressed_addresses_are_errors(api: Api) -> None:
    campaign_id = api.campaign()
    for email, kind in (("gone@x.io", "unsubscribed"), ("bounced@x.io", "bounced")):
        api.happen(api.lead(api.campaign(), email), kind)
    suppress(api.workspace, "Blocked@x.io")
    progress = api.upload(campaign_id, "email\ngone@x.io\nbounced@x.io\nblocked@x.io\nada@x.io\n")
    assert (progress["success_count"], progress["error_count"]) == (1, 3)
    assert progress["errors"][0] == {"row": 1, "email": "gone@x.io", "error": "The contact is suppressed"}


def test_the_campaign_lists_its_uploads(api: Api) -> None:
    campaign_id = api.campaign()
    for count in (1, 2):
        api.upload(campaign_id, "email\n" + "".join(f"{count}-{n}@x.io\n" for n in range(count)) + "bad\n")
    batches = api.read(campaign_id)["lead_batches"]
    assert [batch["total_rows"] for batch in batches] == [2, 3]
    for batch, leads in zip(batches, (1, 2), strict=True):
        query = {"batch_id": batch["batch_id"]}
        assert api.ok("listLeads", query=query, campaign_id=campaign_id)["pagination"]["total"] == leads


def test_leads_of_a_running_campaign_get_a_variant(api: Api) -> None:
    campaign_id = api.campaign_in("ACTIVE", variants=[variant("A", 50), variant("B", 50)])
    api.upload(campaign_id, "email\n" + "".join(f"{n}@x.io\n" for n in range(9)))
    names = [lead.variant_name for lead in api.workspace.leads]
    assert (names.count("A"), names.count("B")) == (5, 5)


# ---------------------------------------------------------------- jobs


def test_an_upload_takes_the_time_that_is_set(key: str) -> None:
    api = Api(create_app(Settings(job_seconds=30)), key)
    clock = api.workspace.clock
    clock.freeze()
    campaign_id = api.campaign()
    file = "email\n" + "".join(f"{n}@x.io\n" for n in range(10))
    started = api.ok("uploadLeads", {"file": file}, campaign_id=campaign_id)
    assert started["status"] == "PENDING"
    seen = []
    for _ in range(7):
        progress = api.ok("getLeadUpload", campaign_id=campaign_id, job_id=started["job_id"])
        assert progress["processed_count"] == len(api.leads(campaign_id))
        seen.append((progress["status"], progress["success_count"], progress["completed_at"] is None))
        clock.advance(timedelta(seconds=5))
    assert seen == [
        ("PENDING", 0, True),
        ("PENDING", 0, True),
        ("VALIDATING", 0, True),
        ("VALIDATING", 0, True),
        ("IN_PROGRESS", 0, True),
        ("IN_PROGRESS", 5, True),
        ("COMPLETED", 10, False),
    ]


def test_rows_due_after_their_campaign_was_deleted_are_errors(key: str) -> None:
    api = Api(create_app(Settings(job_seconds=30)), key)
    api.workspace.clock.freeze()
    campaign_id = api.campaign()
    api.ok("uploadLeads", {"file": "email\na@x.io\n"}, campaign_id=campaign_id)
    api.ok("deleteCampaign", campaign_id=campaign_id)
    api.workspace.clock.advance(timedelta(seconds=60))
    assert api.contacts() == []
    assert [job.results[0]["status"] for job in api.workspace.jobs] == ["FAILED"]


def test_an_upload_belongs_to_its_campaign(api: Api) -> None:
    campaign_id = api.campaign()
    started = api.ok("uploadLeads", {"file": "email\n"}, campaign_id=campaign_id)
    for job_id, owner in ((started["job_id"], api.campaign()), (UNKNOWN_ID, campaign_id)):
        answer = api("getLeadUpload", campaign_id=owner, job_id=job_id)
        assert (answer.status, answer.body) == (404, {"detail": "Upload job not found"})
