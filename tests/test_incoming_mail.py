"""Mail that a test lets come in: by the control API and by the fixture."""

from mockserver.testing.fixture import Coldsend

from .kit.api import Api
from .kit.control import Control


def test_a_reply_can_be_read_in_its_thread(api: Api, control: Control) -> None:
    lead_id = api.lead(api.campaign())
    opened = control.ok("recordLeadEvent", {"event": "opened"}, lead_id=lead_id)
    assert opened["thread_id"] is None
    reply = {"text": "Tell me more.", "category": "interested", "confidence": 0.94}
    thread_id = control.ok("receiveReply", reply, lead_id=lead_id)["thread_id"]
    thread = api.ok("getThread", thread_id=thread_id)
    assert (thread["lead_id"], thread["category"], thread["ai_confidence"]) == (lead_id, "interested", 0.94)


def test_anybody_can_write_to_an_account(api: Api, control: Control) -> None:
    inbox_id = api.account()
    mail = {
        "from_email": "zoe@example.com",
        "from_name": "Zoe van Dyk",
        "text": "Stop!",
        "is_unsubscribe": True,
    }
    view = control.ok("receiveMail", mail, inbox_id=inbox_id)
    assert (view["campaign_id"], view["status"], view["last_contacted_at"]) == (None, "EXTERNAL", None)
    assert view["unsubscribed_at"] == view["replied_at"] is not None
    thread = api.ok("getThread", thread_id=view["thread_id"])
    assert (thread["lead_name"], thread["subject"]) == ("Zoe van Dyk", "A question")
    again = control.ok("receiveReply", {"text": "Really."}, lead_id=view["lead_id"])
    assert (again["thread_id"], again["last_contacted_at"]) == (view["thread_id"], None)
    assert api.contacts()[0]["suppression_reason"] == "UNSUBSCRIBED"


def test_mail_that_comes_in_makes_threads(coldsend: Coldsend) -> None:
    workspace = coldsend.workspace
    lead = workspace.add_lead(workspace.add_ready_campaign())
    workspace.receive_reply(lead, "Yes!", category="interested")
    stranger = workspace.receive_mail(
        workspace.add_sender_account(), "zoe@example.com", from_name="Zoe van Dyk"
    )
    answer = coldsend.session.get("/replies").json()
    assert answer["unread_count"] == 2
    shown = {item["thread_id"]: (item["category"], item["lead_name"]) for item in answer["conversations"]}
    assert shown == {
        workspace.find_thread_id(lead): ("interested", ""),
        workspace.find_thread_id(stranger): (None, "Zoe van Dyk"),
    }
