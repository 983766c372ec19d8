"""Leads and sender accounts that are forgotten or mixed up."""

from dataclasses import replace
from typing import Any

from mockserver.errors import ApiError
from mockserver.resources.call import Call
from mockserver.state.records import Campaign

from .mutant import Mutant
from .mutations import Handler, after, answer, around, before, forgetting, ignore_query


def _campaign(call: Call) -> Campaign:
    return call.workspace.campaigns.get(call.path["campaign_id"])


def _replace_custom_fields(call: Call, found: Any) -> Any:
    if "custom_fields" not in call.body:
        return found
    sent = {name: value for name, value in call.body["custom_fields"].items() if value is not None}
    lead = call.workspace.leads.get(call.path["lead_id"])
    call.workspace.leads.put(replace(lead, details={**lead.details, "custom_fields": sent}))
    return {**found, "custom_fields": sent}


def _keep_null_fields(call: Call, found: Any) -> Any:
    nulls = {name: None for name, value in call.body.get("custom_fields", {}).items() if value is None}
    lead = call.workspace.leads.get(call.path["lead_id"])
    kept = {**lead.details["custom_fields"], **nulls}
    call.workspace.leads.put(replace(lead, details={**lead.details, "custom_fields": kept}))
    return {**found, "custom_fields": kept}


def _clear_lead(call: Call) -> dict[str, Any]:
    return {"first_name": None, "last_name": None, "company": None, **call.body}


def _keep_text(call: Call) -> dict[str, Any]:
    return {name: value for name, value in call.body.items() if value is not None}


def _change_all_leads(call: Call, _found: Any) -> None:
    for lead in call.workspace.leads.where("campaign", call.path["campaign_id"]):
        sent = {name: call.body[name] for name in call.body if name != "custom_fields"}
        call.workspace.leads.put(replace(lead, details={**lead.details, **sent}))


def _delete_every_lead(call: Call, _found: Any) -> None:
    for lead in call.workspace.leads.where("campaign", call.path["campaign_id"]):
        call.workspace.leads.remove(lead.lead_id)


def _delete_foreign_leads(call: Call, _found: Any) -> None:
    for lead_id in call.body:
        if call.workspace.leads.find(lead_id):
            call.workspace.leads.remove(lead_id)


def _keep_leads(handler: Handler, call: Call) -> Any:
    kept = call.workspace.leads.where("campaign", call.path["campaign_id"])
    found = handler(call)
    for lead in kept:
        call.workspace.leads.put(lead)
    return found


def _only_last_lead(call: Call, found: Any) -> None:
    for lead in call.workspace.leads.where("campaign", call.path["campaign_id"]):
        if lead.lead_id != found["lead_id"]:
            call.workspace.leads.remove(lead.lead_id)


def _deletion(handler: Handler, call: Call) -> Any:
    """Delete a sender account that a campaign sends from."""
    table = call.workspace.campaigns
    for campaign in table:
        others = tuple(inbox_id for inbox_id in campaign.inbox_ids if inbox_id != call.path["inbox_id"])
        table.put(replace(campaign, inbox_ids=others))
    return handler(call)


def _in_use_by_draft(handler: Handler, call: Call) -> Any:
    if any(call.path["inbox_id"] in campaign.inbox_ids for campaign in call.workspace.campaigns):
        raise ApiError("sender_account_in_use")
    return handler(call)


def _not_freed(handler: Handler, call: Call) -> Any:
    inbox_ids = _campaign(call).inbox_ids
    found = handler(call)
    call.workspace.campaigns.put(replace(_campaign(call), inbox_ids=inbox_ids))
    return found


def _of_own_campaign(handler: Handler, call: Call) -> Any:
    """Ask for a lead under the campaign that has it, whichever was named."""
    lead = call.workspace.leads.get(call.path["lead_id"])
    return handler(replace(call, path={**call.path, "campaign_id": lead.campaign_id or ""}))


def _list_all(handler: Handler, call: Call) -> Any:
    pages = [
        handler(replace(call, path={"campaign_id": each.campaign_id})) for each in call.workspace.campaigns
    ]
    own = handler(call)
    return {**own, "leads": [lead for page in pages for lead in page["leads"]]}


# fmt: off
MUTANTS = (
    Mutant("state.leads.only_last", "a campaign keeps its last lead only", after("addLead", _only_last_lead)),
    Mutant("state.leads.fields_replaced", "custom_fields replace the stored ones",
           after("updateLead", _replace_custom_fields)),
    Mutant("state.leads.fields_null", "a custom field sent as null stays, as null",
           after("updateLead", _keep_null_fields)),
    Mutant("state.leads.resets_omitted", "an update of a lead clears what it leaves out",
           before("updateLead", _clear_lead)),
    Mutant("state.leads.null_kept", "null does not clear a text of a lead", before("updateLead", _keep_text),
           choice="no source says what null does"),
    Mutant("state.leads.all_changed", "an update of a lead changes all",
           after("updateLead", _change_all_leads)),
    Mutant("state.leads.delete_all", "deleting one lead deletes all",
           after("deleteLeads", _delete_every_lead)),
    Mutant("state.leads.delete_foreign", "leads of other campaigns are deleted too",
           after("deleteLeads", _delete_foreign_leads), choice="a choice of this project"),
    Mutant("state.leads.delete_kept", "deleted leads stay", around("deleteLeads", _keep_leads)),
    Mutant("state.leads.delete_counted", "deleted_count counts what was sent",
           after("deleteLeads", lambda call, found: {**found, "deleted_count": len(call.body)}),
           choice="a choice of this project"),
    Mutant("state.leads.any_campaign", "a lead is found under any campaign",
           around("getLead|updateLead", _of_own_campaign)),
    Mutant("state.leads.oldest_first", "leads are listed oldest first", answer("listLeads", lambda body: {
        **body, "leads": body["leads"][::-1]}), choice="no source describes the operation"),
    Mutant("state.leads.search", "search of leads is ignored", ignore_query("listLeads", search=None),
           choice="no source describes the operation"),
    Mutant("state.leads.status", "status of leads is ignored", ignore_query("listLeads", status=None),
           choice="no source describes the operation"),
    Mutant("state.leads.of_all", "leads of all campaigns are listed", around("listLeads", _list_all)),
    Mutant("state.accounts.kept", "a deleted sender account stays",
           forgetting("deleteSenderAccount", "sender_accounts")),
    Mutant("state.accounts.in_use", "a sender account in use can be deleted",
           around("deleteSenderAccount", _deletion)),
    Mutant("state.accounts.of_draft", "a sender account of a draft cannot be deleted",
           around("deleteSenderAccount", _in_use_by_draft),
           choice="a choice of this project"),
    Mutant("state.accounts.not_freed", "an archived campaign keeps its sender accounts",
           around("archiveCampaign", _not_freed),
           choice="a choice of this project"),
    Mutant("state.accounts.search", "search of sender accounts is ignored",
           ignore_query("listSenderAccounts", search=None),
           choice="no source describes the operation"),
    Mutant("state.accounts.type", "inbox_type is ignored",
           ignore_query("listSenderAccounts", inbox_type=None),
           choice="no source describes the operation"),
    Mutant("state.accounts.limit", "the daily limit is not stored",
           before("createSmtpSenderAccount", lambda call: {**call.body, "daily_limit": 100})),
)
# fmt: on
