"""Keys: which are accepted, whose workspace they open and what they may do."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import Settings, create_app
from mockserver.http.keys import KeyRing, KeysFileError

from .kit.api import SPEC, Api


@pytest.fixture
def keys_file(tmp_path: Path) -> Any:
    def write(content: Any) -> str:
        path = tmp_path / "keys.yaml"
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        path.write_text(text, "utf-8")
        return str(path)

    return write


def test_any_key_with_the_prefix_opens_a_workspace_of_its_own(api: Api) -> None:
    other = Api(api.app, f"{api.key}2")
    campaign_id = api.campaign()
    assert other.ok("listCampaigns")["campaigns"] == []
    assert other("getCampaign", campaign_id=campaign_id).status == 404
    assert other.workspace is not api.workspace


def test_a_declared_key_needs_no_prefix_and_has_every_scope_by_default() -> None:
    app = create_app(Settings(key=("secret", "reader=campaigns:read,leads:read")))
    Api(app, "secret").campaign()
    answer = Api(app, "reader")("createCampaign", {"name": "short"})
    assert answer.status == 403
    assert answer.body == {
        "detail": "Missing required scopes: campaigns:create",
        "error": "insufficient_scopes",
        "required": ["campaigns:create"],
        "granted": ["campaigns:read", "leads:read"],
    }
    assert Api(app, "reader").ok("listCampaigns")["campaigns"] == []


def test_with_strict_keys_only_declared_ones_are_accepted() -> None:
    app = create_app(Settings(key=("cs_live_known",), strict_keys=True))
    assert Api(app, "cs_live_known")("listCampaigns").status == 200
    answer = Api(app, "cs_live_unknown")("listCampaigns")
    assert (answer.status, answer.body) == (401, {"detail": "Invalid or revoked API key"})


def test_declared_keys_may_share_a_workspace_and_be_revoked(keys_file: Any) -> None:
    rows = [
        {"key": "cs_live_a", "workspace": "team"},
        {"key": "cs_live_b", "workspace": "team", "scopes": ["campaigns:read"]},
        {"key": "cs_live_c", "workspace": "team", "revoked": True},
        {"key": "cs_live_d"},
    ]
    app = create_app(Settings(keys_file=keys_file({"keys": rows})))
    campaign_id = Api(app, "cs_live_a").campaign()
    assert Api(app, "cs_live_b").read(campaign_id)["status"] == "DRAFT"
    assert Api(app, "cs_live_b")("deleteCampaign", campaign_id=campaign_id).status == 403
    assert Api(app, "cs_live_c")("getCampaign", campaign_id=campaign_id).status == 401
    assert Api(app, "cs_live_d")("getCampaign", campaign_id=campaign_id).status == 404
    assert Api(app, "cs_live_other").ok("listCampaigns")["campaigns"] == []


def test_a_key_of_the_command_line_wins_over_the_file(keys_file: Any) -> None:
    path = keys_file({"keys": [{"key": "cs_live_a", "revoked": True}]})
    app = create_app(Settings(keys_file=path, key=("cs_live_a",)))
    assert Api(app, "cs_live_a")("listCampaigns").status == 200


# ---------------------------------------------------------------- scopes

ACTIONS = ["create", "read", "update", "delete", "pause", "activate"]
RESOURCES = ("campaigns", "leads", "contacts", "replies", "sender_accounts", "domains")
GRANTS = {
    "*": [*(f"{r}:{a}" for r, a in product(RESOURCES, ACTIONS)), "contacts:send_email"],
    "campaigns:all": [f"campaigns:{action}" for action in ACTIONS],
    "campaigns:write": ["campaigns:create", "campaigns:update", "campaigns:delete"],
    "leads:all": [f"leads:{action}" for action in ACTIONS],
    "contacts:all": [f"contacts:{action}" for action in [*ACTIONS, "send_email"]],
    "replies:all": [f"replies:{action}" for action in ACTIONS],
    "sender_accounts:all": [f"sender_accounts:{action}" for action in ACTIONS],
    "sender_accounts:write": ["sender_accounts:create", "sender_accounts:delete"],
    "domains:all": [f"domains:{action}" for action in ACTIONS],
}


@pytest.mark.parametrize("scope", SPEC.scopes)
def test_a_key_of_one_scope_may_do_what_it_stands_for_and_nothing_else(scope: str) -> None:
    api = Api(create_app(Settings(key=(f"limited={scope}",))), "limited")
    allowed = set(GRANTS.get(scope, [scope]))
    seen = set()
    for operation in SPEC.operations.values():
        ids = {p.name: "none" for p in operation.parameters_in("path")}
        answer = api(operation.operation_id, {}, **ids)
        (needed,) = operation.scopes
        assert (answer.status != 403) == (needed in allowed), (operation.operation_id, answer)
        seen.add(answer.status == 403)
    assert seen == ({False} if scope == "*" else {True, False})


def test_scopes_add_up() -> None:
    app = create_app(Settings(key=("some=campaigns:read,campaigns:pause",)))
    api = Api(app, "some")
    assert api("listCampaigns").status == 200
    assert api("pauseCampaign", campaign_id="none").status == 422
    assert api("activateCampaign", campaign_id="none").status == 403


# ---------------------------------------------------------------- declarations that are none

WRONG_FILES = {
    "not yaml": ("keys: [", "is neither YAML nor JSON"),
    "two colons": ("a: b: c", "is neither YAML nor JSON"),
    "a list": ([{"key": "a"}], "must be a mapping with a list called keys"),
    "nothing": ("", "must be a mapping with a list called keys"),
    "no list": ({"keys": "a"}, "must be a mapping with a list called keys"),
    "no key": ({"keys": [{"key": "a"}, {"scopes": []}]}, "key 2: must be a mapping with a text called key"),
    "empty key": ({"keys": [{"key": ""}]}, "key 1: must be a mapping with a text called key"),
    "number": ({"keys": [{"key": 5}]}, "key 1: must be a mapping with a text called key"),
    "text": ({"keys": ["a"]}, "key 1: must be a mapping with a text called key"),
    "typo": ({"keys": [{"key": "a", "scope": []}]}, "'scope' is none of key, workspace, scopes, revoked"),
    "scopes": ({"keys": [{"key": "a", "scopes": "*"}]}, "scopes must be a list of texts"),
    "scope": ({"keys": [{"key": "a", "scopes": [1]}]}, "scopes must be a list of texts"),
    "unknown scope": ({"keys": [{"key": "a", "scopes": ["x:y"]}]}, "no scope is called 'x:y'; there are *, "),
    "revoked": ({"keys": [{"key": "a", "revoked": "yes"}]}, "revoked must be true or false"),
}


@pytest.mark.parametrize(("content", "reason"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_malformed_keys_file_is_refused_with_the_reason(content: Any, reason: str, keys_file: Any) -> None:
    with pytest.raises(KeysFileError) as caught:
        KeyRing(SPEC, Settings(keys_file=keys_file(content)))
    assert reason in str(caught.value)


def test_a_keys_file_that_is_not_there_is_named() -> None:
    with pytest.raises(KeysFileError, match="cannot read /no/keys: No such file"):
        KeyRing(SPEC, Settings(keys_file="/no/keys"))


@pytest.mark.parametrize(
    ("flag", "reason"), [("=x", "names no key"), ("", "names no key"), ("a=x:y", "'x:y'")]
)
def test_a_malformed_key_flag_is_refused_with_the_reason(flag: str, reason: str) -> None:
    with pytest.raises(KeysFileError, match=reason):
        KeyRing(SPEC, Settings(key=(flag,)))
