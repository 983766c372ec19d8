"""What an operation needs to be there before it is called."""

from mockserver.openapi.spec import Operation

from .accounts import prepare_accounts
from .api import Api
from .contacts import prepare_contacts
from .mails import prepare_mail
from .subsequences import prepare_subsequence


def prepare_ids(api: Api, operation: Operation) -> dict[str, str]:
    """Make one of everything that an operation may ask for; returns the ids by their names."""
    campaign_id = api.ready()
    ids = {
        "campaign_id": campaign_id,
        "inbox_id": api.read(campaign_id)["inboxes"][0]["inbox_id"],
        "lead_id": api.ok("listLeads", campaign_id=campaign_id)["leads"][0]["lead_id"],
    }
    ids |= prepare_accounts(api, operation)
    ids |= prepare_contacts(api, operation, campaign_id)
    ids |= prepare_mail(api, operation, ids["lead_id"])
    ids |= prepare_subsequence(api, operation, campaign_id)
    return ids
