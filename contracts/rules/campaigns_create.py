"""Creating a campaign."""

from collections import Counter
from typing import Any

from ..api.api import Api
from ..api.reply import Reply
from ..registry import LAST, rule
from ..verdict.outcomes import UncheckedError
from .fixtures.shared import (
    GUIDE,
    NEWER_GUIDE,
    OLDER_GUIDE,
    UNDOCUMENTED,
    compare_if_present,
    get_campaign,
    read_time,
    require_recent,
    require_unchanged,
    unchanged_campaign,
)

_CREATE = "Create a New Campaign"

_REFERENCE = "docs:api-reference/campaigns/create-campaign"


def _create_plain(api: Api) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Create a campaign with only a name; return the name, the answer and the campaign."""

    def make() -> tuple[str, dict[str, Any], dict[str, Any]]:
        name = api.ledger.small_name("Q1 Product Launch")
        created = api.create_campaign(name=name)
        return name, created, get_campaign(api, created["campaign_id"])

    return api.once("a plain campaign", make, show=True)


@rule(
    "campaigns.create.answer",
    source=OLDER_GUIDE,
    sentence='"status": "DRAFT", "current_step": 0',
    operations=["createCampaign", "getCampaign"],
)
def answer_new_campaign(api: Api) -> None:
    """A new campaign is a DRAFT at step 0 with the sent name, and is read by the id of the answer."""
    name, created, found = _create_plain(api)
    expected = {
        "success": True,
        "message": "Campaign created successfully",
        "name": name,
        "status": "DRAFT",
        "current_step": 0,
    }
    for field, value in expected.items():
        api.judge.compare(created[field], value, field)
    require_recent(api, created["created_at"], "created_at")
    for field in ("campaign_id", "name", "status", "current_step", "created_at"):
        api.judge.compare(found[field], created[field], f"{field} of the campaign read")


@rule(
    "campaigns.create.empty",
    source=_REFERENCE,
    sentence="Only name is required; variants, sequences and inbox_ids belong to updates; counts begin at 0.",
    operations=["createCampaign", "getCampaign"],
)
def create_empty(api: Api) -> None:
    """A new campaign has no leads, sender accounts, variants, follow-ups, sent mails or launch."""
    _, _, found = _create_plain(api)
    for field in ("sequences", "variants"):
        api.judge.compare(found[field], [], field)
    for field in ("inboxes", "lead_batches"):
        compare_if_present(api, found, field, [])
    compare_if_present(api, found, "lead_mapping", {})
    api.judge.compare(found["launched_at"], None, "launched_at")
    for field in (name for name in found if name == "total_leads" or name.endswith("_count")):
        api.judge.compare(found[field], 0, field)
    for field in (name for name in found if name.endswith("_rate")):
        compare_if_present(api, found, field, 0)


@rule("campaigns.create.distinct_ids", source=GUIDE, sentence=_CREATE, operations=["createCampaign"])
def draw_distinct_ids(api: Api) -> None:
    """Two campaigns may have the same name."""
    first, reply = unchanged_campaign(api), _create_namesake(api)
    if not reply.is_success:
        api.judge.fail(f"a known name was answered with {reply.status}", documented=False)
    second = reply.succeeds()
    api.judge.compare(second["name"], first["name"], "the name")
    api.judge.require(first["campaign_id"] != second["campaign_id"], "both creates answered the same id")


def _create_namesake(api: Api) -> Reply:
    """Ask for another campaign with the name of the unchanged one; no source says that it may be refused."""
    body = {"name": unchanged_campaign(api)["name"]}
    return api.once("namesake", lambda: api.send("createCampaign", body=body), show=True)


@rule(
    "campaigns.create.ids_of_the_run",
    source=GUIDE,
    sentence=_CREATE,
    operations=["createCampaign"],
    stage=LAST,
)
def never_draw_an_id_twice(api: Api) -> None:
    """Each new campaign has a new id, and the first campaign of a run still exists at its end."""
    made = [value for name, value, _ in api.ledger.made if name == "campaign_id"]
    if len(made) < 10:
        raise UncheckedError("the run made too few campaigns to check this")
    twice = [value for value, count in Counter(made).items() if count > 1]
    api.judge.require(not twice, f"these ids were given more than once: {twice}")
    own = [
        value for name, value, key in api.ledger.made if name == "campaign_id" and key == api.target.api_key
    ]
    get_campaign(api, own[0])


@rule(
    "campaigns.create.others_stay",
    source=GUIDE,
    sentence=_CREATE,
    operations=["createCampaign", "getCampaign"],
)
def leave_others_alone(api: Api) -> None:
    """A create changes no other campaign."""
    if not _create_namesake(api).is_success:
        api.create_campaign()
    require_unchanged(api, "a campaign after another was created")


@rule(
    "campaigns.create.name.byte_exact",
    source=GUIDE,
    sentence="name: Campaign name (8-255 characters)",
    operations=["createCampaign", "getCampaign"],
)
def keep_name_exactly(api: Api) -> None:
    """Each character of a name is stored: padding, ligatures, combining marks, emoji, markup."""
    odd = "ﬁ ① Ⅳ e\u0301 é 🚀 日本語 a\u200bb  two spaces <b>&amp;</b> \\ \" ' %s {{x}}"
    name = f"{api.name(odd)} "
    name += "é" * (255 - len(name) - 1) + " "
    created = api.create_campaign(name=name)
    api.judge.compare(created["name"], name, "the name answered")
    found = get_campaign(api, created["campaign_id"])
    api.judge.compare(found["name"], name, "the name read")


@rule(
    "campaigns.create.window.order",
    source=GUIDE,
    sentence="sending_window_end must be greater than sending_window_start",
    operations=["createCampaign"],
)
def refuse_window_that_ends_first(api: Api) -> None:
    """A sending window must end at least a minute after its start, also with defaults."""
    for fields in (
        {"sending_window_start": 17},
        {"sending_window_end": 9},
        {"sending_window_start": 10, "sending_window_start_minute": 30,
         "sending_window_end": 10, "sending_window_end_minute": 15},
        {"sending_window_start": 10, "sending_window_start_minute": 20,
         "sending_window_end": 10, "sending_window_end_minute": 20},
    ):  # fmt: skip
        api.send("createCampaign", body={"name": api.name(), **fields}).fails("window_order")


_SHORT: tuple[dict[str, Any], ...] = (
    {"timezone": "Asia/Tokyo", "start_date": "2031-07-01T23:30:00-05:00",
     "sending_window_start": 10, "sending_window_end": 10, "sending_window_end_minute": 1},
    {"timezone": "Europe/Berlin", "start_date": "2031-07-01T09:30:00",
     "sending_window_start": 23, "sending_window_start_minute": 59, "sending_window_end": 24},
)  # fmt: skip


def _create_short(api: Api, index: int) -> dict[str, Any]:
    """Create a campaign with a window of one minute and a start date; return it as read."""

    def make() -> dict[str, Any]:
        return get_campaign(api, api.create_campaign(**_SHORT[index])["campaign_id"])

    return api.once(f"short window {index}", make, show=True)


@rule(
    "campaigns.create.window.to_the_minute",
    source=NEWER_GUIDE,
    sentence="The sending window supports minute-precision.",
    operations=["createCampaign", "getCampaign"],
)
def accept_short_window(api: Api) -> None:
    """A sending window may be as short as a minute, and may end at midnight."""
    for index, sent in enumerate(_SHORT):
        found = _create_short(api, index)
        for field in (name for name in sent if name.startswith("sending_window")):
            api.judge.compare(found[field], sent[field], field)


@rule(
    "campaigns.create.window.midnight",
    source=NEWER_GUIDE,
    sentence="When sending_window_end is 24, the minute must be 0.",
    operations=["createCampaign"],
)
def refuse_window_past_midnight(api: Api) -> None:
    """A sending window that ends at hour 24 must end at minute 0."""
    fields = {"sending_window_end": 24, "sending_window_end_minute": 1}
    api.send("createCampaign", body={"name": api.name(), **fields}).fails("window_end_minute")


@rule("campaigns.create.timezone.letter_case", source=UNDOCUMENTED, operations=["createCampaign"])
def refuse_zone_in_lower_case(api: Api) -> None:
    """A time zone in another letter case is refused."""
    reply = api.send("createCampaign", body={"name": api.name(), "timezone": "america/new_york"})
    reply.violates(reply.violation("timezone", "format", "america/new_york"))


@rule(
    "campaigns.create.start_date.offset",
    source=GUIDE,
    sentence="start_date: ISO 8601 start date",
    operations=["createCampaign", "getCampaign"],
)
def convert_start_date(api: Api) -> None:
    """A start date with an offset is stored as the same time in UTC."""
    found = _create_short(api, 0)["start_date"]
    time_read = read_time(api, found, "start_date")
    api.judge.compare(time_read.isoformat(), "2031-07-02T04:30:00+00:00", "start_date")


@rule(
    "campaigns.create.start_date.local",
    source=_REFERENCE,
    sentence="start_date: ISO 8601, in the time zone of the campaign.",
    operations=["createCampaign", "getCampaign"],
)
def read_start_date_in_zone(api: Api) -> None:
    """A start date without an offset is local to the campaign's time zone, including summer time."""
    found = _create_short(api, 1)["start_date"]
    time_read = read_time(api, found, "start_date")
    api.judge.compare(time_read.isoformat(), "2031-07-01T07:30:00+00:00", "start_date")


def _create_with_more(api: Api) -> dict[str, Any]:
    """Create a campaign with fields that the operation does not have; return it as read."""

    def make() -> dict[str, Any]:
        created = api.create_campaign(
            campaign_id=api.unknown_id(),
            status="PAUSED",
            current_step=3,
            total_leads=9,
            created_at="2001-01-01T00:00:00Z",
            nonsense={"deep": [1]},
            Name="Another name",
        )
        return get_campaign(api, created["campaign_id"])

    return api.once("a campaign with more fields", make, show=True)


@rule(
    "campaigns.create.own_fields_only",
    source=GUIDE,
    sentence='Request Parameters have no status, step or counts. "status": "DRAFT", "current_step": 0',
    operations=["createCampaign", "getCampaign"],
)
def ignore_state_sent(api: Api) -> None:
    """A create cannot set the id, the status, the step or the counts of a campaign."""
    found = _create_with_more(api)
    for field, expected in {"status": "DRAFT", "current_step": 0, "total_leads": 0}.items():
        api.judge.compare(found[field], expected, field)
    require_recent(api, found["created_at"], "created_at")


@rule("campaigns.create.unknown_fields", source=UNDOCUMENTED, operations=["createCampaign", "getCampaign"])
def ignore_unknown_fields(api: Api) -> None:
    """Unknown fields are ignored and not stored."""
    found = _create_with_more(api)
    for field in ("nonsense", "Name"):
        api.judge.require(field not in found, f"the campaign has the unknown field {field}")


@rule(
    "campaigns.create.many", source=UNDOCUMENTED, operations=["createCampaign", "getCampaign"], profile="full"
)
def keep_many(api: Api) -> None:
    """The first of a hundred campaigns still exists after the last."""
    made = [api.create_campaign()["campaign_id"] for _ in range(100)]
    api.judge.compare(len(set(made)), len(made), "the number of distinct ids")
    for campaign_id in (made[0], made[-1]):
        get_campaign(api, campaign_id)
