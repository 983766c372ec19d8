"""All that the API answers about a workspace, and how the answers agree.

Some answers count leads and some count mails, so they are not equal by definition; the relations that hold
nevertheless are spelled out in `CampaignAnswers`.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from .actions import Actions
from .api import Api

STATUSES = ("PENDING", "SENT", "OPENED", "REPLIED", "BOUNCED", "UNSUBSCRIBED")
"""The statuses that events lead to; each is stronger than those before it."""


@dataclass
class CampaignAnswers:
    """What the API answers about a campaign and about each of its leads."""

    api: Api
    campaign_id: str
    direct_mails: dict[str, list[str]] = field(default_factory=dict)
    """Lead → when a mail was written to it by hand."""
    is_in_order: bool = True
    """Whether the clock never went back; after that, mails stand in order of sending or of their times."""
    leads: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.leads = self.api.leads(self.campaign_id)

    @cached_property
    def details(self) -> list[Any]:
        return [self._of_lead("getLead", lead) for lead in self.leads]

    @cached_property
    def journeys(self) -> list[Any]:
        return [self._of_lead("getLeadJourney", lead) for lead in self.leads]

    def _of_lead(self, operation_id: str, lead: Any) -> Any:
        return self.api.ok(operation_id, campaign_id=self.campaign_id, lead_id=lead["lead_id"])

    @cached_property
    def touchpoints(self) -> list[Any]:
        return [point for journey in self.journeys for point in journey["touchpoints"]]

    def mails(self, kind: str, **facts: Any) -> set[str]:
        """Return the mails that something happened to."""
        return {
            point["email_id"]
            for point in self.touchpoints
            if point["event_type"] == kind and facts.items() <= point.items()
        }

    def leads_with(self, *kinds: str) -> set[str]:
        """Return the leads to whom one of these things happened."""
        return {
            journey["lead_id"]
            for journey in self.journeys
            if any(point["event_type"] in kinds for point in journey["touchpoints"])
        }

    def check(self, analyzed: dict[str, Any], listed: dict[str, Any]) -> None:
        self.check_leads()
        self.check_counts(analyzed, listed)
        self.check_clicks()
        self.check_subsequences()

    def check_leads(self) -> None:
        """A lead is the same in the list, by itself and on its journey; its status is the strongest."""
        by_status = Counter(lead["status"] for lead in self.leads)
        for status in STATUSES:
            query = {"status": status}
            shown = self.api.ok("listLeads", query=query, campaign_id=self.campaign_id)
            assert shown["pagination"]["total"] == by_status[status]
        for lead, detail, journey in zip(self.leads, self.details, self.journeys, strict=True):
            assert {name: detail[name] for name in lead if name in detail} == {
                name: lead[name] for name in lead if name in detail
            }
            points = journey["touchpoints"]
            kinds = {point["event_type"] for point in points}
            names = {"sent": "SENT", "opened": "OPENED", "replied": "REPLIED", "bounced": "BOUNCED",
                     "unsubscribed": "UNSUBSCRIBED"}  # fmt: skip
            reached = [STATUSES.index(names[kind]) for kind in kinds if kind in names]
            # a failed lead has the status alone, without an event
            assert lead["status"] in (STATUSES[max(reached, default=0)], "FAILED")
            assert lead["email_opened"] == ("opened" in kinds) == (lead["opened_at"] is not None)
            assert lead["email_replied"] == ("replied" in kinds) == (lead["replied_at"] is not None)
            assert lead["unsubscribed"] == ("unsubscribed" in kinds)
            assert detail["replies"] == journey["replies"]
            sent = [point for point in points if point["event_type"] == "sent"]
            contacted = [*(point["at"] for point in sent), *self.direct_mails.get(lead["lead_id"], ())]
            assert lead["last_contacted_at"] == max(contacted, key=datetime.fromisoformat, default=None)
            # of mails, a lead read alone shows the main chain only
            main = [point["email_id"] for point in sent if point["subsequence_id"] is None]
            shown = [mail["email_id"] for mail in detail["email_interactions"]]
            assert shown == main if self.is_in_order else sorted(shown) == sorted(main)
            assert lead["sequence_step"] == max((point["sequence_step"] or 0 for point in sent), default=0)

    def check_counts(self, analyzed: dict[str, Any], listed: dict[str, Any]) -> None:
        """Campaigns count leads, once each; one whose mail bounced was not sent to."""
        shown = self.api.read(self.campaign_id)
        bounced = self.leads_with("bounced")
        counts = {
            "total_leads": len(self.leads),
            "sent_count": len(self.leads_with("sent") - bounced),
            "open_count": len(self.leads_with("opened")),
            "reply_count": len(self.leads_with("replied")),
            "bounce_count": len(bounced),
            "unsubscribe_count": len(self.leads_with("unsubscribed")),
        }
        assert {name: shown[name] for name in counts} == counts
        assert {name: listed[name] for name in counts} == counts
        named = {"total_leads": "total_leads", "sent_count": "total_sent", "open_count": "total_opened",
                 "reply_count": "total_replied", "bounce_count": "total_bounced"}  # fmt: skip
        assert {name: analyzed[other] for name, other in named.items()} == {n: counts[n] for n in named}
        sent = counts["sent_count"]
        assert analyzed["open_rate"] == (round(counts["open_count"] / sent, 4) if sent else 0)

    def check_clicks(self) -> None:
        """Click rates are of mails, those of subsequences and bounced ones too."""
        shown = self.api.ok("getCtr", campaign_id=self.campaign_id)
        links = self.api.ok("getCtrLinks", campaign_id=self.campaign_id)["links"]
        steps = {row["sequence_step"]: row["total_sent"] for row in shown["by_step"]}
        sent = [point for point in self.touchpoints if point["event_type"] == "sent"]
        assert steps == Counter(point["sequence_step"] or 0 for point in sent)
        assert shown["total_sent"] == len(sent) == sum(steps.values())
        assert shown["unique_raw_clicks"] == len(self.leads_with("clicked"))
        clicks = [point for point in self.touchpoints if point["event_type"] == "clicked"]
        for rows in (shown["by_step"], [shown]):
            assert sum(row["total_raw_clicks"] for row in rows) == len(clicks)
        assert sum(link["raw_clicks"] for link in links) == len(clicks)
        assert sum(link["verified_clicks"] for link in links) == shown["total_verified_clicks"] <= len(clicks)
        assert shown["unique_verified_clicks"] <= shown["unique_raw_clicks"] <= shown["total_sent"]
        assert shown["unique_raw_clicks"] <= sum(row["unique_raw_clicks"] for row in shown["by_step"])

    def check_subsequences(self) -> None:
        """A subsequence counts entries as the journeys show them, and the mails that it sent."""
        shown = self.api.ok("getSubsequenceAnalytics", campaign_id=self.campaign_id)["subsequences"]
        flow = self.api.ok("getFlow", campaign_id=self.campaign_id)
        edges = [edge for edge in flow["edges"] if edge["kind"] == "EVENT"]
        assert flow["subsequences_enabled"] == bool(shown)
        assert [(row["subsequence_id"], row["entry_node_id"]) for row in shown] == [
            (edge["id"], edge["to_node_id"]) for edge in edges
        ]
        entries = [entry for journey in self.journeys for entry in journey["enrollments"]]
        for row in shown:
            own = [entry for entry in entries if entry["subsequence_id"] == row["subsequence_id"]]
            states = Counter(entry["status"] for entry in own)
            assert row["enrolled_count"] == len(own)
            assert (row["active_count"], row["completed_count"]) == (states["active"], states["completed"])
            assert row["sent_count"] == sum(entry["sent_count"] for entry in own)
            of_subsequence = {"subsequence_id": row["subsequence_id"]}
            assert row["sent_count"] == len(self.mails("sent", **of_subsequence))
            assert row["opened_count"] == len(self.mails("opened", **of_subsequence))
            assert row["replied_count"] == len(self.mails("replied", **of_subsequence))
        for journey in self.journeys:  # a lead is in one subsequence at a time
            assert [entry["status"] for entry in journey["enrollments"]].count("active") <= 1


def check_days(actions: Actions, answers: list[CampaignAnswers]) -> None:
    """Days count mails: each once when it was sent, and once when something first happened to it."""
    shown = actions.api.ok("getTimeline")["timeline"]
    for name in ("sent", "opened", "replied", "bounced"):
        assert sum(point[name] for point in shown) == sum(len(answer.mails(name)) for answer in answers)
    today = actions.api.workspace.now().date().isoformat()
    for point in shown:
        sent = [p for answer in answers for p in answer.touchpoints if p["event_type"] == "sent"]
        assert point["sent"] == sum(p["at"].startswith(point["date"]) for p in sent)
    usage = actions.api.ok("getDailyUsage")
    assert usage["date"] == shown[-1]["date"] == today
    # sender accounts send test mails, too, which belong to no campaign
    sent_today = sum(account["sent_today"] for account in usage["inboxes"])
    assert sent_today == shown[-1]["sent"] + actions.test_mails_today


def check_contacts(actions: Actions, answers: list[CampaignAnswers]) -> None:
    """A contact shows what happened to its leads; a suppression outlives them."""
    for contact in actions.api.contacts():
        own = [lead for answer in answers for lead in answer.leads if lead["email"] == contact["email"]]
        ids = {lead["lead_id"] for lead in own}
        assert contact["campaign_count"] == len(own)
        assert contact["has_opened"] == any(lead["email_opened"] for lead in own)
        assert contact["has_replied"] == any(lead["email_replied"] for lead in own)
        dates = [lead["last_contacted_at"] for lead in own if lead["last_contacted_at"]]
        assert contact["last_contacted_at"] == max(dates, default=None)
        for name, kind in (("is_bounced", "bounced"), ("is_unsubscribed", "unsubscribed")):
            happened = any(ids & answer.leads_with(kind) for answer in answers)
            assert contact[name] == happened or (contact[name] and actions.has_forgotten)
    addresses = {contact["email"] for contact in actions.api.contacts()}
    assert {lead["email"] for answer in answers for lead in answer.leads} <= addresses


def check_agreement(actions: Actions) -> None:
    """Fail if two answers contradict each other."""
    api = actions.api
    listed = {row["campaign_id"]: row for row in api.ok("listCampaigns")["campaigns"]}
    analytics = api.ok("getCampaignAnalytics")
    analyzed = {row["campaign_id"]: row for row in analytics["campaigns"]}
    assert set(listed) == set(analyzed) == set(actions.campaigns)
    assert analytics["workspace_kpis"]["total_sends"] == sum(row["total_sent"] for row in analyzed.values())
    answers = [CampaignAnswers(api, campaign_id) for campaign_id in actions.campaigns]
    for answer in answers:
        answer.check(analyzed[answer.campaign_id], listed[answer.campaign_id])
    check_days(actions, answers)
    check_contacts(actions, answers)
