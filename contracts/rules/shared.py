"""What several rules share: campaigns that stay as they are, and how to compare them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from ..api import Api
from ..judge import same, show
from ..outcomes import UncheckedError
from ..reply import Reply

T = TypeVar("T")

GUIDE = "guide:newer, guide:older"
OLDER_GUIDE = "guide:older"
NEWER_GUIDE = "guide:newer"
UNDOCUMENTED = "undocumented"

SETTINGS: dict[str, Any] = {
    "timezone": "Europe/Berlin",
    "sending_days": [2, 4, 7],
    "sending_window_start": 7,
    "sending_window_start_minute": 15,
    "sending_window_end": 20,
    "sending_window_end_minute": 45,
    "daily_limit_per_inbox": 35,
    "start_date": "2031-03-04T05:06:07Z",
    "enable_tracking": True,
    "enable_unsubscribe": False,
    "ramp_up_enabled": True,
}
"""None of them is a default."""

_LONG_NAME = "bystander " + "é🚀 " * 40
_CLOCK_SECONDS = 60.0
"""How far the server's clock may be from the client's."""


def tell_once(api: Api, name: str, make: Callable[[], T]) -> T:
    """As `Api.once`, with what was exchanged shown in the verdict of every rule that uses it."""

    def record() -> tuple[T, list[Any]]:
        made = make()
        return made, list(api.judge.exchanges)

    made, exchanges = api.once(name, record)
    api.judge.exchanges += exchanges
    return made


def get_campaign(api: Api, campaign_id: str, key: str | None = None) -> dict[str, Any]:
    """Return a campaign as it is read."""
    answer: dict[str, Any] = api.send("getCampaign", path={"campaign_id": campaign_id}, key=key).succeeds()
    return answer


def ask(api: Api, operation_id: str, campaign_id: str, **kwargs: Any) -> Reply:
    """Send a request of an operation on one campaign."""
    path = {"campaign_id": campaign_id, **kwargs.pop("path", {})}
    return api.send(operation_id, path=path, **kwargs)


def compare_campaigns(
    api: Api, found: dict[str, Any], before: dict[str, Any], what: str, changed: tuple[str, ...] = ()
) -> None:
    """Demand that a campaign read is as it was, apart from some fields."""
    for name in before.keys() - {*changed}:
        api.judge.compare(found.get(name), before[name], f"{what}: {name}")


def compare_undocumented(api: Api, actual: Any, expected: Any, what: str) -> None:
    """As `Judge.compare` for what no source documents: a mere warning does not end the rule."""
    if not same(actual, expected):
        api.judge.mention(f"{what} is {show(actual)}, expected {show(expected)}", documented=False)


def compare_if_told(api: Api, found: dict[str, Any], name: str, expected: Any) -> None:
    """Compare a field that no source documents, where the server tells it at all."""
    if name in found:
        compare_undocumented(api, found[name], expected, name)


def compare_field(api: Api, found: dict[str, Any], name: str, expected: Any) -> None:
    """Compare a field; where the server does not tell it, that alone is nothing documented."""
    if name in found:
        api.judge.compare(found[name], expected, name)
    else:
        api.judge.mention(f"{name} is not told", documented=False)


def list_inboxes(found: dict[str, Any]) -> list[str]:
    """Return the ids of the inboxes assigned to a campaign; unchecked where the server does not tell."""
    if "inboxes" not in found:
        raise UncheckedError("this server does not tell which inboxes a campaign has")
    return [str(inbox["inbox_id"]) for inbox in found["inboxes"]]


def bystander(api: Api) -> dict[str, Any]:
    """Return a campaign as it was read once; no rule may change it. It has everything but a launch."""

    def make() -> dict[str, Any]:
        campaign_id = str(api.create_campaign(name=api.name(_LONG_NAME), **SETTINGS)["campaign_id"])
        api.add_lead(campaign_id, first_name="By", custom_fields={"kept": 1})
        api.update_campaign(
            campaign_id,
            inbox_ids=[api.inbox_id],
            variants=[api.variant("A", 70), api.variant("B", 30)],
            sequences=[follow_up(api, 2), follow_up(api, 3, 9)],
            lead_mapping={"email": "Mail", "custom_size": "Size"},
            current_step=1,
        ).succeeds()
        return dict(get_campaign(api, campaign_id))

    return api.once("bystander", make)


def demand_bystander(api: Api, what: str) -> None:
    """Demand that the bystander is as it was."""
    before = bystander(api)
    compare_campaigns(api, get_campaign(api, before["campaign_id"]), before, what)


def campaign_to_update(api: Api) -> str:
    """Return the id of a DRAFT with other settings than the defaults, which these rules share and change."""

    def make() -> str:
        return str(api.create_campaign(name=api.name("updated"), **SETTINGS)["campaign_id"])

    return api.once("campaign to update", make)


def second_inbox(api: Api) -> str:
    """Return the id of another inbox that rules share."""
    return str(api.once("second inbox", api.create_inbox)["inbox_id"])


def follow_up(api: Api, step: int, days: int = 3, **fields: Any) -> dict[str, Any]:
    """Return a follow-up."""
    variant = api.variant()
    return {
        "step_number": step,
        "trigger_type": "NOT_REPLIED",
        "wait_days": days,
        "variants": [variant],
        **fields,
    }


def parts(api: Api) -> dict[str, Any]:
    """Return what an update sends to make a campaign with a lead ready to launch."""
    return {"inbox_ids": [api.inbox_id], "variants": [api.variant()]}


def active_campaign(api: Api) -> str:
    """Return the id of an ACTIVE campaign that rules share and must leave as it is."""
    return str(launched_by_step(api).found["campaign_id"])


@dataclass(frozen=True, slots=True)
class LaunchByStep:
    """A campaign that went to its launch step by step."""

    updates: list[tuple[dict[str, Any], dict[str, Any]]]
    """What was sent before the launch, and what was answered."""
    back: Reply
    """The answer to a step back."""
    launched: dict[str, Any]
    found: dict[str, Any]
    """What is read after the launch."""


def prepared_by_step(api: Api) -> tuple[str, list[tuple[dict[str, Any], dict[str, Any]]], Reply]:
    """Bring a campaign to step 4 with all that a launch needs; nothing is launched."""

    def make() -> tuple[str, list[tuple[dict[str, Any], dict[str, Any]]], Reply]:
        campaign_id = str(api.create_campaign()["campaign_id"])
        all_parts = parts(api)
        sent: list[dict[str, Any]] = [
            {"current_step": 1, "launch": False},
            {"current_step": 2, "variants": all_parts["variants"]},
            {"current_step": 3, "inbox_ids": all_parts["inbox_ids"]},
            {"current_step": 4, "enable_tracking": True},
        ]
        updates = [(each, api.update_campaign(campaign_id, **each).succeeds()) for each in sent]
        back = api.update_campaign(campaign_id, current_step=3)
        api.add_lead(campaign_id)
        last: dict[str, Any] = {"current_step": 4, "launch": False}
        updates.append((last, api.update_campaign(campaign_id, **last).succeeds()))
        return campaign_id, updates, back

    return tell_once(api, "a campaign at step 4", make)


def launched_by_step(api: Api) -> LaunchByStep:
    """Launch that campaign in the older way."""

    def make() -> LaunchByStep:
        campaign_id, updates, back = prepared_by_step(api)
        launched = api.update_campaign(campaign_id, current_step=5).succeeds()
        return LaunchByStep(updates, back, launched, get_campaign(api, campaign_id))

    return tell_once(api, "a campaign launched by step", make)


def paused_campaign(api: Api) -> dict[str, Any]:
    """Return a PAUSED campaign as it was read at first; rules share it and may edit it.

    It has two variants, and follow-ups at steps 2 and 4.
    """

    def make() -> dict[str, Any]:
        campaign_id = str(api.create_campaign()["campaign_id"])
        api.add_lead(campaign_id)
        api.update_campaign(
            campaign_id,
            inbox_ids=[api.inbox_id],
            variants=[api.variant("A", 70), api.variant("B", 30)],
            sequences=[follow_up(api, 2), follow_up(api, 4)],
            launch=True,
        ).succeeds()
        ask(api, "pauseCampaign", campaign_id).succeeds()
        return get_campaign(api, campaign_id)

    return api.once("paused campaign", make)


def listed_campaigns(api: Api) -> tuple[str, dict[str, str]]:
    """Return a word that three campaigns have in their names, and word → id, oldest first."""

    def make() -> tuple[str, dict[str, str]]:
        token = f"tok{api.random.getrandbits(40):010x}"
        made = {
            word: str(api.create_campaign(name=f"{word} {api.name(token)}")["campaign_id"])
            for word in ("Banana", "mango", "apple")
        }
        return token, made

    return tell_once(api, "listed campaigns", make)


def list_ids(reply: Reply, rows: str, name: str) -> list[str]:
    """Return the ids on a page of a list."""
    return [str(row[name]) for row in reply.succeeds()[rows]]


def read_moment(api: Api, text: Any, what: str) -> datetime:
    """Return a time of an answer; it must be ISO 8601 in UTC, called so by a Z."""
    api.judge.demand(isinstance(text, str), f"{what} is {text!r}, expected an ISO 8601 time")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        api.judge.differ(f"{what} is {text!r}, expected an ISO 8601 time")
    api.judge.demand(moment.tzinfo is not None, f"{what} is {text!r}, without a zone")
    api.judge.demand(text.endswith("Z"), f"{what} is {text!r}, expected a Z at its end")
    return moment.astimezone(UTC)


def demand_recent(api: Api, text: Any, what: str) -> datetime:
    """Demand that a time of an answer is now, give or take the clocks; returns it."""
    moment = read_moment(api, text, what)
    off = abs((api.now() - moment).total_seconds())
    api.judge.demand(off <= _CLOCK_SECONDS, f"{what} is {text!r}, {off:.0f} s off the client's clock")
    return moment


def demand_documented_answer(api: Api, reply: Reply) -> None:
    """Demand a documented success or refusal of something odd: never a failure, always JSON."""
    api.judge.demand(reply.status < 500, f"{reply.operation.operation_id} failed with {reply.status}")
    if reply.is_success:
        reply.succeeds()
        return
    body = reply.json
    detail = body.get("detail") if isinstance(body, dict) else None
    api.judge.demand(detail and isinstance(detail, (str, list)), f"the refusal has no detail: {body!r}")
    known = reply.status in reply.operation.statuses or reply.status in (404, 405, 413, 415)
    if not known:
        api.judge.mention(f"{reply.status} is not documented here", documented=False)
