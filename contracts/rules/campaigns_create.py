"""Creating a campaign."""

from ..api import Api
from ..rule import rule

_GUIDE = "[seed-001]"


@rule("campaigns.create.answer", source=_GUIDE, operations=["createCampaign", "getCampaign"])
def answer_new_campaign(api: Api) -> None:
    """A new campaign is a DRAFT at step 0 under the name sent, and is found under the id answered."""
    name = api.name("Q1 Product Launch")
    created = api.create_campaign(name=name)
    for field, expected in {"name": name, "status": "DRAFT", "current_step": 0}.items():
        api.judge.compare(created[field], expected, field)
    found = api.read("getCampaign", campaign_id=created["campaign_id"])
    for field in ("campaign_id", "name", "status", "current_step", "created_at"):
        api.judge.compare(found[field], created[field], f"{field} of the campaign read")


@rule("campaigns.create.distinct_ids", source=_GUIDE, operations=["createCampaign"])
def draw_distinct_ids(api: Api) -> None:
    """Two campaigns of one name are two campaigns."""
    first, second = (api.create_campaign(name=api.name("same name")) for _ in range(2))
    api.judge.demand(first["campaign_id"] != second["campaign_id"], "both creates answered the same id")


@rule("campaigns.create.name.byte_exact", source=_GUIDE, operations=["createCampaign", "getCampaign"])
def keep_name_exactly(api: Api) -> None:
    """A name is kept character by character: padding, ligatures, combining marks, emoji."""
    for text in ("  padded  ", "ﬁ ① Ⅳ", "e\u0301 é", "🚀 日本語", "a\u200bb", '<b>&amp;</b> \\ "'):
        name = f"{text}{api.name('')}{text}"
        created = api.create_campaign(name=name)
        api.judge.compare(created["name"], name, "the name answered")
        found = api.read("getCampaign", campaign_id=created["campaign_id"])
        api.judge.compare(found["name"], name, "the name read")


@rule("campaigns.create.window.order", source=_GUIDE, operations=["createCampaign"])
def refuse_window_that_ends_first(api: Api) -> None:
    """A sending window must end after it starts, to the minute, defaults counted in."""
    for fields in (
        {"sending_window_start": 17},
        {"sending_window_end": 9},
        {"sending_window_start": 12, "sending_window_end": 12},
        {"sending_window_start": 10, "sending_window_start_minute": 30,
         "sending_window_end": 10, "sending_window_end_minute": 15},
    ):  # fmt: skip
        api.send("createCampaign", body={"name": api.name(), **fields}).fails("window_order")
