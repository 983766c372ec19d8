"""Everything that can be done, or can happen, in a workspace: drawn at random by the tests of agreement."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from mockserver import MockServer
from mockserver.mails.incoming_events import receive_reply
from mockserver.model.events import record_event
from mockserver.model.subsequences import list_node_ids, trace_enrollment
from mockserver.state.records import Lead

from .api import follow_up, fresh
from .subsequences import add_subsequence, move_leads, subsequence_step

BEGIN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ADDRESSES = [f"{name}@example.com" for name in ("ada", "grace", "alan", "radia")]
KINDS = ("sent", "opened", "clicked", "replied", "bounced", "unsubscribed")


class Actions:
    """A user with two campaigns of one sender account each, and all that can be done or can happen there."""

    def __init__(self, app: MockServer) -> None:
        self.api = fresh(app)
        self.api.workspace.clock.freeze(BEGIN)
        self.campaigns = [self.api.ready(sequences=[follow_up()]) for _ in range(2)]
        self.test_mails_today = 0
        self.has_forgotten = False
        """Whether leads to whom something had happened were removed."""

    def do(self, action: str, number: int) -> None:
        """Do something, or let it happen; `number` picks to whom."""
        if action in KINDS:
            self._happen(action, number)
        else:
            others: dict[str, Callable[[int], None]] = {
                "add lead": self._add_lead,
                "delete lead": self._delete_lead,
                "delete contact": self._delete_contact,
                "delete campaign": self._delete_campaign,
                "add subsequence": self._add_subsequence,
                "cut subsequence": self._cut_subsequence,
                "delete subsequence": self._delete_subsequence,
                "move": self._move,
                "subsequence mail": self._send_in_subsequence,
                "let time pass": self._advance,
                "test mail": self._send_test_mail,
            }
            others[action](number)

    def _campaign(self, number: int) -> str:
        return self.campaigns[number % len(self.campaigns)]

    def _lead(self, number: int) -> Lead | None:
        leads = list(self.api.workspace.leads)
        return leads[number % len(leads)] if leads else None

    def _happen(self, kind: str, number: int) -> None:
        lead = self._lead(number)
        if lead is None:
            return
        if kind == "sent":
            details = {"sequence_step": 1 + number % 2, "subject": "Hi"}
            record_event(self.api.workspace, lead, "sent", details=details)
        elif kind == "replied":
            receive_reply(self.api.workspace, lead.lead_id, "Fine.", is_unsubscribe=number % 5 == 0)
        else:
            mails = [m for m in self.api.workspace.events.where("lead", lead.lead_id) if m.kind == "sent"]
            email_id = mails[number % len(mails)].email_id if mails else None
            details = {
                "url": f"https://x.io/{number % 2}",
                "link_index": number % 3,
                "verified": number % 4 > 0,
            }
            record_event(
                self.api.workspace,
                lead,
                kind,
                email_id=email_id,
                details=details if kind == "clicked" else {},
            )

    def _add_lead(self, number: int) -> None:
        body = {"email": ADDRESSES[number % len(ADDRESSES)]}
        # taken or suppressed addresses are refused
        assert self.api("addLead", body, campaign_id=self._campaign(number // 4)).status in (201, 400, 409)

    def _delete_lead(self, number: int) -> None:
        lead = self._lead(number)
        if lead and lead.campaign_id:
            self.api.ok("deleteLeads", [lead.lead_id], campaign_id=lead.campaign_id)

    def _delete_contact(self, number: int) -> None:
        contacts = list(self.api.workspace.contacts)
        if contacts:
            self.api.ok("deleteContacts", [contacts[number % len(contacts)].contact_id])
            self.has_forgotten = True

    def _delete_campaign(self, number: int) -> None:
        if len(self.campaigns) > 1:
            self.api.ok("deleteCampaign", campaign_id=self._campaign(number))
            self.campaigns.remove(self._campaign(number))
            self.has_forgotten = True

    def _add_subsequence(self, number: int) -> None:
        add_subsequence(self.api, self._campaign(number), priority=number % 3)

    def _change_subsequence(self, number: int, operation_id: str, body: Any) -> None:
        subsequences = list(self.api.workspace.subsequences)
        if subsequences:
            chosen = subsequences[number % len(subsequences)]
            ids = {"campaign_id": chosen.campaign_id, "subsequence_id": chosen.subsequence_id}
            self.api.ok(operation_id, body, **ids)

    def _cut_subsequence(self, number: int) -> None:
        self._change_subsequence(
            number, "updateSubsequence", {"steps": [subsequence_step()] * (1 + number % 3)}
        )

    def _delete_subsequence(self, number: int) -> None:
        self._change_subsequence(number, "deleteSubsequence", None)

    def _move(self, number: int) -> None:
        lead = self._lead(number)
        subsequences = self.api.workspace.subsequences.where("campaign", lead.campaign_id) if lead else []
        if lead and subsequences:
            chosen = subsequences[number % len(subsequences)]
            move_leads(self.api, chosen.campaign_id, list_node_ids(chosen)[0], lead.lead_id)

    def _send_in_subsequence(self, _number: int) -> None:
        workspace = self.api.workspace
        for enrollment in workspace.enrollments:
            progress = trace_enrollment(workspace, enrollment)
            if progress.next_index is not None:
                nodes = list_node_ids(workspace.subsequences.get(enrollment.subsequence_id))
                details = {
                    "sequence_step": 0,
                    "subject": "Hi",
                    "subsequence_id": enrollment.subsequence_id,
                    "node_id": nodes[progress.next_index],
                }
                record_event(workspace, workspace.leads.get(enrollment.lead_id), "sent", details=details)
                return

    def _advance(self, number: int) -> None:
        before = self.api.workspace.now().date()
        self.api.workspace.clock.advance(timedelta(hours=number % 40))
        if self.api.workspace.now().date() != before:
            self.test_mails_today = 0

    def _send_test_mail(self, _number: int) -> None:
        inbox_id = next(iter(self.api.workspace.sender_accounts)).inbox_id
        self.api.ok("sendTestEmail", {"recipient_email": "sam@example.com"}, inbox_id=inbox_id)
        self.test_mails_today += 1
