"""Leads are exported, and can be uploaded again."""

import csv
from io import StringIO

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import MockServer
from mockserver.model.contacts import suppress

from .kit.api import SPEC, Api, fresh
from .kit.contacts import numbers
from .kit.samples import examples


def exported(api: Api, campaign_id: str) -> list[dict[str, str]]:
    path = SPEC.operations["exportLeads"].path.format(campaign_id=campaign_id)
    text = api.client.get(path, headers={SPEC.key_header: api.key}).get_data(as_text=True)
    return list(csv.DictReader(StringIO(text, newline="")))


def test_an_empty_campaign_is_a_header(api: Api) -> None:
    campaign_id = api.campaign()
    path = SPEC.operations["exportLeads"].path.format(campaign_id=campaign_id)
    response = api.client.get(path, headers={SPEC.key_header: api.key})
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == f'attachment; filename="leads_{campaign_id}.csv"'
    assert "X-RateLimit-Limit" in response.headers
    assert response.get_data(as_text=True) == (
        "lead_id,email,first_name,last_name,company,status,sequence_step,"
        "last_contacted_at,opened_at,replied_at,created_at\r\n"
    )


def test_an_export_has_what_the_list_has(api: Api) -> None:
    campaign_id = api.campaign()
    api.lead(campaign_id, "ada@x.io", first_name='Ada, "Countess"', company="A\nE")
    api.happen(api.lead(campaign_id, "grace@x.io"), "sent", "opened", "replied")
    for row, lead in zip(exported(api, campaign_id), api.leads(campaign_id), strict=True):
        assert row == {name: "" if lead[name] is None else str(lead[name]) for name in row}


def test_custom_fields_stand_in_columns_of_their_own(api: Api) -> None:
    campaign_id = api.campaign()
    fields = {"size": 3, "b": True, "list": [1, "é"], "none": None, "email": "x", "custom_email": "y"}
    api.lead(campaign_id, "ada@x.io", custom_fields=fields)
    [row] = exported(api, campaign_id)
    assert list(row)[11:] == ["b", "custom_email", "custom_custom_email", "list", "none", "size"]
    assert list(row.values())[11:] == ["true", "y", "x", '[1, "é"]', "", "3"]


words = st.text(st.characters(codec="utf-8"), max_size=12)
tables = st.lists(words, unique=True, max_size=4).flatmap(
    lambda names: st.tuples(
        st.just(names),
        st.lists(st.lists(words, min_size=len(names) + 1, max_size=len(names) + 1), max_size=5),
    )
)


@settings(max_examples=examples(60))
@given(tables)
def test_what_is_uploaded_is_exported(app: MockServer, table: tuple[list[str], list[list[str]]]) -> None:
    names, rows = table
    api = fresh(app)
    campaign_id = api.campaign()
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["email", "first_name", *(f"column {name}" for name in names)])
    writer.writerows([f"{number}@x.io", *row] for number, row in enumerate(rows))
    progress = api.upload(campaign_id, text.getvalue())
    assert (progress["success_count"], progress["errors"]) == (len(rows), [])
    for number, (row, out) in enumerate(zip(rows, exported(api, campaign_id), strict=True)):
        assert out["email"] == f"{number}@x.io"
        assert out["first_name"] == row[0]
        assert [out.get(f"column {name}", "") for name in names] == row[1:]


addresses = st.sampled_from(["a@x.io", "A@x.io", "b@x.io", "c@x.io", "gone@x.io", "bad", ""])


@settings(max_examples=examples(60))
@given(st.lists(st.lists(addresses, max_size=6), max_size=3), st.sampled_from(["skip", "update", "replace"]))
def test_every_row_is_a_success_a_duplicate_or_an_error(
    app: MockServer, uploads: list[list[str]], action: str
) -> None:
    api = fresh(app)
    suppress(api.workspace, "gone@x.io")
    campaign_id = api.campaign()
    added = 0
    for emails in uploads:
        file = "n,email\n" + "".join(f"{n},{email}\n" for n, email in enumerate(emails))
        progress = api.upload(campaign_id, file, duplicate_action=action)
        counts = numbers(progress)
        assert counts["success"] + counts["duplicate"] + counts["error"] == counts["processed"] == len(emails)
        assert (
            counts["error"] == len(progress["errors"]) == sum(e in ("gone@x.io", "bad", "") for e in emails)
        )
        added += counts["success"]
        assert api.read(campaign_id)["total_leads"] == len(api.contacts()) == added
