"""Contacts of a file, which rules about contacts share."""

from dataclasses import dataclass
from typing import Any

from ..api import Api
from ..encoding import write_csv
from .shared import tell_once

FILE = "people of the suite.csv"


@dataclass(frozen=True, slots=True)
class Crowd:
    """Three contacts that came with one file; the company of each has `token` in it."""

    token: str
    imported: dict[str, Any]
    ada: dict[str, Any]
    grace: dict[str, Any]
    linus: dict[str, Any]

    @property
    def ids(self) -> list[str]:
        """The ids, in the order of the file."""
        return [str(each["contact_id"]) for each in (self.ada, self.grace, self.linus)]


def crowd(api: Api) -> Crowd:
    """Return the contacts as they were listed once; no rule may change the first two or delete any."""

    def make() -> Crowd:
        token = f"tok{api.ledger.token()}"
        names = (("Ada", "Lovelace", "London"), ("grace", "Hopper é", ""), ("Linus", "", " Helsinki "))
        rows = [
            {
                "email": ("Ada." if first == "Ada" else "") + api.email("crowd"),
                "first_name": first,
                "last_name": last,
                "company": f"{first} & {token} Ltd",
                "City": city,
            }
            for first, last, city in names
        ]
        rows += [{**rows[0], "email": "no address"}]
        file = write_csv(rows)
        imported = api.send("importContacts", body={"file": file, "filename": FILE}).succeeds()
        found = {row["email"]: row for row in search(api, token)}
        return Crowd(token, imported, *(found[row["email"]] for row in rows[:3]))

    return tell_once(api, "contacts of a file", make)


def search(api: Api, text: str, **query: Any) -> list[dict[str, Any]]:
    """Return the contacts that a search finds."""
    listed = api.send("listContacts", query={"search": text, **query}).succeeds()
    rows: list[dict[str, Any]] = listed["contacts"]
    return rows


def list_ids(rows: list[dict[str, Any]]) -> set[str]:
    """Return the ids of contacts."""
    return {str(row["contact_id"]) for row in rows}


def demand_ids(api: Api, rows: list[dict[str, Any]], expected: set[str], what: str) -> None:
    """Demand that these contacts are listed and no others."""
    found = list_ids(rows)
    api.judge.demand(
        found == expected and len(rows) == len(found),
        f"{what}: {len(rows)} contacts are found, {len(found & expected)} of the expected {len(expected)}",
    )
