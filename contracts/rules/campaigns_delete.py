"""Deleting a campaign, and what is deleted with it."""

from ..api.api import Api
from ..registry import rule
from .fixtures.shared import (
    OLDER_GUIDE,
    ask,
    compare_undocumented,
    require_unchanged,
    unchanged_campaign,
)

_PERMANENT = "Permanently delete a campaign"


def _delete_one(api: Api) -> tuple[str, str, str]:
    """Delete a campaign with a lead; return its id, the id of the lead and its name."""

    def make() -> tuple[str, str, str]:
        name = api.name(f"deleted {api.random.getrandbits(40):010x}")
        campaign_id = str(api.create_campaign(name=name)["campaign_id"])
        lead = api.add_lead(campaign_id)
        answer = ask(api, "deleteCampaign", campaign_id).succeeds()
        compare_undocumented(api, answer["success"], True, "success")
        compare_undocumented(api, answer["campaign_id"], campaign_id, "campaign_id")
        return campaign_id, str(lead["lead_id"]), name

    return api.once("a deleted campaign", make, show=True)


@rule(
    "campaigns.delete.gone",
    source=OLDER_GUIDE,
    sentence="Deletion is permanent.",
    operations=["deleteCampaign", "getCampaign", "updateCampaign", "pauseCampaign"],
    repeated=True,
)
def delete_for_good(api: Api) -> None:
    """A deleted campaign cannot be read, changed or deleted again."""
    unchanged_campaign(api)
    campaign_id, *_ = _delete_one(api)
    ask(api, "getCampaign", campaign_id).fails("campaign_not_found")
    api.update_campaign(campaign_id, name=api.name("risen")).fails("campaign_not_found")
    ask(api, "deleteCampaign", campaign_id).fails("campaign_not_found")


@rule(
    "campaigns.delete.unlisted",
    source=OLDER_GUIDE,
    sentence=_PERMANENT,
    operations=["deleteCampaign", "listCampaigns"],
    repeated=True,
)
def unlist_deleted(api: Api) -> None:
    """A deleted campaign is neither listed nor counted."""
    _, _, name = _delete_one(api)
    answer = api.send("listCampaigns", query={"search": name}).succeeds()
    api.judge.compare(answer["campaigns"], [], "the campaigns of that name")
    api.judge.compare(answer["pagination"]["total"], 0, "their total")


@rule(
    "campaigns.delete.leads",
    source=OLDER_GUIDE,
    sentence="All campaign data including leads, variants, and analytics will be removed.",
    operations=["deleteCampaign", "listLeads", "getLead"],
)
def delete_leads_too(api: Api) -> None:
    """The leads of a deleted campaign are deleted, too."""
    campaign_id, lead_id, _ = _delete_one(api)
    ask(api, "listLeads", campaign_id).fails("campaign_not_found")
    elsewhere = ask(api, "getLead", api.campaign_id, path={"lead_id": lead_id})
    elsewhere.fails("lead_not_found")


@rule(
    "campaigns.delete.others_stay",
    source=OLDER_GUIDE,
    sentence=_PERMANENT,
    operations=["deleteCampaign", "getCampaign"],
)
def delete_nothing_else(api: Api) -> None:
    """A deletion changes no other campaign, its leads or its content."""
    unchanged_campaign(api)
    _delete_one(api)
    require_unchanged(api, "a campaign after another was deleted")
