"""The chapters of the story that tell of branches, and of mails to and from single people."""

from typing import Any

from mockserver.outside import receive_reply

from .people_chapters import import_people
from .teller import KEY, Teller


def tell_branches(teller: Teller) -> None:
    """Branches are made of nothing but what must be said."""
    campaign = teller.prepare()
    path = f"/campaigns/{campaign}/flow"
    variants = [{"subject": "One", "body": "A text"}]
    steps = [{"wait_seconds": seconds, "variants": variants} for seconds in (0, 86400)]
    for trigger, params in (("STATUS", {"status": "REPLIED"}), ("KEYWORD", None)):
        body: dict[str, Any] = {"trigger_type": trigger, "steps": steps}
        if params:
            body["trigger_params"] = params
        teller.ask("POST", f"{path}/subsequences", body)
    teller.ask("GET", path)


def tell_mails(teller: Teller) -> None:
    """Contacts are written to, and threads answered, with nothing but what must be said."""
    ask = teller.ask
    workspace = teller.app.workspaces.get(KEY)
    contact, inbox = import_people(teller)[0], teller.add_account("from@example.com")
    files = [{"filename": "a.bin", "content_base64": "b25lIGV1cm8="}]
    for more in ({"body_text": "A text"}, {"body_html": "<p>A text</p>"}, {}):
        body: dict[str, Any] = {"inbox_id": inbox, "subject": "Hello", **more}
        ask("POST", f"/contacts/{contact}/send-email", body)
        thread = ask("POST", f"/contacts/{contact}/send-email", {**body, "attachments": files}).get(
            "thread_id"
        )
        ask("GET", f"/replies/threads/{thread}/messages")
    campaign = teller.prepare()
    for lead in workspace.leads.where("campaign", campaign):
        receive_reply(workspace, lead.lead_id, "Tell me more")
    for row in ask("GET", "/replies").get("conversations") or [{}]:
        path = f"/replies/threads/{row.get('thread_id')}"
        for reply in ({"body": "Gladly"}, {"html_body": "<p>Gladly</p>"}, {}):
            ask("POST", f"{path}/reply", reply)
        ask("GET", f"{path}/messages")
