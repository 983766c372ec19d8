"""Access: keys, scopes, and the isolation of workspaces."""

from typing import Any

from ..api.api import Api
from ..registry import rule
from ..verdict.outcomes import UncheckedError
from .fixtures.shared import ask, get_campaign, listed_campaigns

_INVALID_KEY = "Invalid or revoked API key: the key does not exist, was revoked, or has a bad format."
_TEAM = "Campaign Not Found: the id is a UUID, belongs to your team, and was not deleted."

_KEYS = "docs:authentication/api-keys, docs:reference/errors"
_SCOPES = "docs:authentication/scopes, docs:reference/errors"
_TEAMS = "docs:reference/errors"


@rule(
    "auth.key.malformed",
    source=_KEYS,
    sentence=_INVALID_KEY,
    operations=["listCampaigns"],
    needs=["wrong_key_probes"],
)
def refuse_malformed_key(api: Api) -> None:
    """The server refuses a key without the documented prefix."""
    for key in ("live_cs_0123456789abcdef", api.spec.key_prefix):
        api.send("listCampaigns", key=key).fails("invalid_key")


@rule(
    "auth.key.altered",
    source=_KEYS,
    sentence=_INVALID_KEY,
    operations=["listCampaigns"],
    needs=["wrong_key_probes"],
)
def refuse_altered_key(api: Api) -> None:
    """The server compares a whole key: its length and its letter case count."""
    if api.target.open_keys:
        raise UncheckedError("this stand-in takes every well-formed key; start it with --strict-keys")
    key = api.target.api_key
    for altered in (key[:-1], key + "0", key.upper()):
        api.send("listCampaigns", key=altered).fails("invalid_key")


@rule(
    "auth.key.odd",
    source=_KEYS,
    sentence=_INVALID_KEY,
    operations=["listCampaigns"],
    needs=["wrong_key_probes"],
)
def refuse_odd_key(api: Api) -> None:
    """The server refuses a very long key with non-ASCII characters like any wrong key."""
    if api.target.open_keys:
        raise UncheckedError("this stand-in takes every well-formed key; start it with --strict-keys")
    key = api.spec.key_prefix + "é" * 4000
    api.send("listCampaigns", key=key).fails("invalid_key")


@rule(
    "auth.key.first",
    source=_KEYS,
    sentence="X-API-Key goes with every request; without it: 401 API key required.",
    operations=["createCampaign", "getCampaign"],
    needs=["wrong_key_probes"],
)
def judge_key_first(api: Api) -> None:
    """The server checks the key first: without it in its header, it reports no other error of the request."""
    api.send("createCampaign", body={"name": "short"}, key="").fails("missing_key")
    api.send("getCampaign", path={"campaign_id": "nonsense"}, key="").fails("missing_key")
    elsewhere = {"Authorization": f"Bearer {api.target.api_key}"}
    api.send("createCampaign", body={"name": "short"}, key="", headers=elsewhere).fails("missing_key")


@rule(
    "auth.scope.named",
    source=_SCOPES,
    sentence="Missing required scopes: campaigns:write, with required and granted.",
    operations=["createCampaign"],
    needs=["limited_key"],
)
def name_missing_scope(api: Api) -> None:
    """A refusal for a missing scope names the required scope and the scopes of the key."""
    facts = {
        "missing": "campaigns:create",
        "required": ["campaigns:create"],
        "granted": ["campaigns:read"],
    }
    reply = api.send("createCampaign", body={"name": "short"}, key=api.target.limited_key)
    reply.fails("missing_scope", **facts)


@rule(
    "auth.scope.suffices",
    source=_SCOPES,
    sentence="campaigns:read: view campaign details and statistics.",
    operations=["listCampaigns", "getCampaign"],
    needs=["limited_key"],
)
def accept_fitting_scope(api: Api) -> None:
    """A key with only the required scope may use the operation in the whole workspace."""
    key = api.target.limited_key
    api.send("listCampaigns", key=key).succeeds()
    found = get_campaign(api, api.campaign_id, key)
    api.judge.compare(found["campaign_id"], api.campaign_id, "campaign_id")


@rule(
    "auth.isolation.list_campaigns",
    source=_TEAMS,
    sentence=_TEAM,
    operations=["listCampaigns"],
    needs=["second_key"],
)
def list_own_campaigns(api: Api) -> None:
    """A list has and counts only the campaigns of the key's workspace."""
    token, _ = listed_campaigns(api)
    other = api.send("listCampaigns", query={"search": token}, key=api.target.second_key).succeeds()
    api.judge.compare(other["campaigns"], [], "the other workspace's list")
    api.judge.compare(other["pagination"]["total"], 0, "the other workspace's total")


@rule(
    "auth.isolation.list_sender_accounts",
    source=_TEAMS,
    sentence=_TEAM,
    operations=["listSenderAccounts"],
    needs=["second_key"],
)
def list_own_accounts(api: Api) -> None:
    """A list has only the sender accounts of the key's workspace."""
    inbox_id = api.inbox_id
    query = {"search": api.ledger.domain, "limit": 100}
    other = api.send("listSenderAccounts", query=query, key=api.target.second_key).succeeds()
    found = [account["inbox_id"] for account in other["sender_accounts"]]
    api.judge.require(inbox_id not in found, "another workspace lists the sender account")


@rule(
    "auth.isolation.foreign_as_unknown",
    source=_TEAMS,
    sentence=_TEAM,
    operations=["getCampaign", "updateCampaign"],
    needs=["second_key"],
)
def treat_foreign_as_unknown(api: Api) -> None:
    """The server answers an id of another workspace exactly like an unknown id."""
    requests: tuple[tuple[str, dict[str, Any]], ...] = (
        ("getCampaign", {}),
        ("updateCampaign", {"body": {"name": api.name("taken over")}}),
    )
    for operation_id, more in requests:
        foreign = ask(api, operation_id, api.campaign_id, key=api.target.second_key, **more)
        unknown = ask(api, operation_id, api.unknown_id(), key=api.target.second_key, **more)
        foreign.fails("campaign_not_found")
        api.judge.compare(foreign.status, unknown.status, f"{operation_id}: the status for a foreign id")
        api.judge.compare(foreign.json, unknown.json, f"{operation_id}: the answer for a foreign id")


@rule(
    "auth.isolation.inbox", source=_TEAMS, sentence=_TEAM, operations=["updateCampaign"], needs=["second_key"]
)
def refuse_foreign_account(api: Api) -> None:
    """A campaign cannot get a sender account of another workspace."""
    key = api.target.second_key
    campaign_id = str(api.create_campaign(key=key)["campaign_id"])
    reply = api.update_campaign(campaign_id, key=key, inbox_ids=[api.inbox_id])
    reply.fails("inbox_not_found", inbox_id=api.inbox_id)
