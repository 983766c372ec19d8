"""What a rule works with: operations by name, and campaigns in the state that a rule needs."""

from typing import Any

from mockserver.testing.bodies import make_variant

from ..options import IncomingEvents
from ..verdict.outcomes import UncheckedError
from .reply import Reply
from .resources import Resources

LATER = {"start_date": "2032-01-01T00:00:00Z"}
"""What a launched campaign waits for.

Without it, the campaign of a rule may have written to its lead and be COMPLETED before the rule asks again.
"""


class Api(Resources):
    """The server that is checked.

    `send` calls an operation by its operationId. `create_campaign`, `add_lead`, `create_sender_account`,
    `ready_campaign`, `launched_campaign` and `paused_campaign` make what a rule needs. The run marks all
    of it and removes it at the end. Rules share the resources of `campaign_id` and `inbox_id`, and must
    not change them.
    """

    @property
    def campaign_id(self) -> str:
        """The id of a DRAFT that rules share and must not change."""
        return self.shared_id("campaign_id")

    @property
    def inbox_id(self) -> str:
        """The id of an ACTIVE sender account that rules share and must not change."""
        return self.shared_id("inbox_id")

    @property
    def incoming_events(self) -> IncomingEvents:
        """Records replies and other events; the rule needs `incoming_events`."""
        if self.target.incoming_events is None:
            raise UncheckedError("this server is no stand-in, so leads act by themselves only")
        return self.target.incoming_events

    def add_lead(self, campaign_id: str, *, key: str | None = None, **fields: Any) -> dict[str, Any]:
        """Add a lead to a campaign of the run and return the answer."""
        path, body = {"campaign_id": campaign_id}, {"email": self.email("lead"), **fields}
        answer: dict[str, Any] = self.send("addLead", path=path, body=body, key=key).succeeds()
        return answer

    def update_campaign(self, campaign_id: str, *, key: str | None = None, **fields: Any) -> Reply:
        """Update fields of a campaign and return the reply."""
        return self.send("updateCampaign", path={"campaign_id": campaign_id}, body=fields, key=key)

    def variant(self, name: str = "A", percent: int = 100, **fields: Any) -> dict[str, Any]:
        """Return a variant of the first mail."""
        texts = {"subject_template": f"Subject {name}", "email_content": f"Content of variant {name}"}
        return make_variant(self.spec, name, percent, **{**texts, **fields})

    def ready_campaign(self, **fields: Any) -> str:
        """Return the id of a draft with a lead, a sender account and a variant."""
        campaign_id = str(self.create_campaign(**fields)["campaign_id"])
        self.add_lead(campaign_id)
        parts: dict[str, Any] = {"inbox_ids": [self.shared_id("inbox_id")], "variants": [self.variant()]}
        self.update_campaign(campaign_id, **parts).succeeds()
        return campaign_id

    def launched_campaign(self, **fields: Any) -> str:
        """Return the id of an ACTIVE campaign that sends nothing yet; the rule needs `launch`."""
        campaign_id = self.ready_campaign(**LATER, **fields)
        self.update_campaign(campaign_id, launch=True).succeeds()
        return campaign_id

    def paused_campaign(self, **fields: Any) -> str:
        """Return the id of a PAUSED campaign; the rule needs `launch`."""
        campaign_id = self.launched_campaign(**fields)
        self.send("pauseCampaign", path={"campaign_id": campaign_id}).succeeds()
        return campaign_id
