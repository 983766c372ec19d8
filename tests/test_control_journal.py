"""The journal, over HTTP."""

import json
from collections.abc import Callable

import pytest

from mockserver import Settings, create_app

from .kit.api import SPEC, Api, smtp_account
from .kit.control import CONTROL, Control


@pytest.fixture
def watched(api: Api, control: Control) -> Callable[..., list[dict[str, object]]]:
    def list_exchanges(**query: object) -> list[dict[str, object]]:
        found: list[dict[str, object]] = control.ok("listJournal", query=query)["exchanges"]
        return found

    return list_exchanges


def test_the_journal_has_every_exchange(api: Api, watched: Callable[..., list[dict[str, object]]]) -> None:
    api("createCampaign", {"name": "short"}, query={"a": "1"})
    (entry,) = watched()
    assert entry["operation"] == "createCampaign"
    assert (entry["method"], entry["status"], entry["query"]) == ("POST", 422, "a=1")
    assert entry["request"] == {"name": "short"}
    assert entry["response"] == {"detail": entry["violations"]}
    assert entry["violations"][0]["loc"] == ["body", "name"]  # type: ignore[index]
    assert entry["milliseconds"] > 0  # type: ignore[operator]


def test_the_journal_is_filtered(api: Api, watched: Callable[..., list[dict[str, object]]]) -> None:
    campaign_id = api.campaign()
    api("createCampaign", {"name": "short"})
    api.read(campaign_id)
    assert [entry["status"] for entry in watched(operation="createCampaign")] == [201, 422]
    assert [entry["status"] for entry in watched(operation="createCampaign", status=422)] == [422]
    assert [entry["operation"] for entry in watched(method="GET")] == ["getCampaign"]
    assert [entry["operation"] for entry in watched(limit=1)] == ["getCampaign"]
    path = SPEC.operations["getCampaign"].path.format(campaign_id=campaign_id)
    assert [entry["operation"] for entry in watched(path=path)] == ["getCampaign"]


def test_the_journal_also_has_requests_refused_early() -> None:
    api = Api(
        create_app(Settings(key=("cs_live_reader=campaigns:read",), strict_keys=True)), "cs_live_reader"
    )
    create = SPEC.operations["createCampaign"].path
    api.send("POST", create, headers={SPEC.key_header: "cs_live_stranger"}, json={"name": "From a stranger"})
    api.send("POST", create, headers={SPEC.key_header: "cs_live_reader"}, json={"name": "From a reader"})
    api.send("GET", SPEC.base_path + "/nothing", headers={})
    entries = api.send("GET", CONTROL.operations["listJournal"].path, headers={}).body["exchanges"]
    assert [(entry["status"], entry["request"]) for entry in entries] == [
        (401, {"name": "From a stranger"}),
        (403, {"name": "From a reader"}),
        (404, None),
    ]


def test_a_journal_belongs_to_its_workspace(api: Api, control: Control) -> None:
    other = Api(api.app, api.key + "other")
    other.campaign()
    api.campaign()
    assert control.ok("listJournal")["total"] == 1
    assert control.ok("clearJournal") == {"removed": 1}
    assert control.ok("listJournal") == {"total": 0, "exchanges": []}
    assert Control(other).ok("listJournal")["total"] == 1


def test_passwords_and_keys_are_not_in_the_journal(api: Api, control: Control) -> None:
    secret = "correct horse battery staple"
    account = {**smtp_account(), "smtp_password": secret, "imap_password": secret}
    api.ok("createSmtpSenderAccount", account)
    api("createSmtpSenderAccount", {**account, "inbox_type": "GMAIL"})
    shown = json.dumps(control.ok("listJournal"))
    assert secret not in shown
    assert api.key not in shown
    assert account["smtp_username"] in shown


def test_a_request_that_is_refused_before_its_key_is_looked_at_belongs_to_the_key(
    api: Api, watched: Callable[..., list[dict[str, object]]]
) -> None:
    api.send("GET", SPEC.base_path + "/nothing")
    api.send("PATCH", SPEC.operations["listCampaigns"].path)
    assert [entry["status"] for entry in watched()] == [404, 405]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_a_password_in_another_encoding_is_not_in_the_journal(
    encoding: str, api: Api, control: Control
) -> None:
    secret = "correct horse battery staple"
    account = json.dumps({**smtp_account(), "smtp_password": secret}).encode(encoding)
    path = SPEC.operations["createSmtpSenderAccount"].path
    api.send("POST", path, data=account, content_type="application/json")
    assert secret not in json.dumps(control.ok("listJournal")).replace("\\u0000", "")


def test_a_declared_key_is_not_in_the_journal() -> None:
    key = "no-prefix-but-declared"
    api = Api(create_app(Settings(key=(key,))), key)
    api.send("GET", f"{SPEC.base_path}/{key}")
    api.campaign(name=f"Campaign of {key}")
    api("listCampaigns", query={"search": f"a {key}", key: "1"})
    shown = json.dumps(Control(api).ok("listJournal"))
    assert shown.count("[redacted]") >= 4
    assert key not in shown
