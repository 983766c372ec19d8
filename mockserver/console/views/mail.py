"""One mail: as its reader sees it, and all that e-mail programs see of it."""

from datetime import UTC
from html import escape

from ...errors import ApiError
from ...http.messages import Response
from ...mails.compose import compose_mail, trace_mail
from ...mails.outbox import describe_mail, find_sent, write_mail
from ...state.records import Event
from ..pages import answer_page
from ..sanitizer import sanitize
from ..show import show_view
from ..view import Route, View
from ..visit import Visit

MOST_CHARACTERS = 100_000
"""Of the source that is shown; a longer one is cut."""
MOST_ROWS = 200
"""Of values and links."""
FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data: cid:; sandbox"
"""Content security policy of the HTML of a mail: it is as dead in a window of its own as in the frame."""

_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light">
<title>{}</title>
<style>
body {{ background: #fff; color: #000; font-family: sans-serif; }}
a {{ color: #0a58b5; text-decoration: underline; }}
img {{ max-width: 100%; }}
</style>
</head>
<body>
{}
</body>
</html>
"""
"""No template: the pages of the console have no style of their own, and this one needs it."""


def show_mail(visit: Visit, view: View) -> Response:
    """Show one mail."""
    workspace = visit.workspace
    with workspace.lock:
        record = find_sent(workspace, visit.path["email_id"])
        if record is None:
            return show_view(visit, view, "outbox/gone.html", title="Mail not found", status=404)
        mail = compose_mail(workspace, record)
        traced = trace_mail(workspace, record)
        campaign = workspace.campaigns.find(mail.campaign_id)
    source = write_mail(mail)
    values = [
        {"placeholder": piece.placeholder, "text": piece.text, "where": part}
        for part, pieces in traced.items()
        for piece in pieces
        if piece.placeholder is not None
    ]
    return show_view(
        visit,
        view,
        "outbox/mail.html",
        title=mail.subject or "Mail",
        mail=describe_mail(mail),
        sent_at=mail.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        campaign=campaign.settings["name"] if campaign else "",
        traced=traced if isinstance(record, Event) else None,
        values=values[:MOST_ROWS],
        more_values=max(0, len(values) - MOST_ROWS),
        most=MOST_ROWS,
        source=source[:MOST_CHARACTERS],
        is_cut=len(source) > MOST_CHARACTERS,
    )


def show_html(visit: Visit) -> Response:
    """Send the HTML of a mail for the frame; raises ApiError `route_not_found`."""
    record = find_sent(visit.workspace, visit.path["email_id"])
    if record is None:
        raise ApiError("route_not_found")
    mail = compose_mail(visit.workspace, record)
    response = answer_page(_FRAME.format(escape(mail.subject), sanitize(mail.html or "")))
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    return response


def save_eml(visit: Visit) -> Response:
    """Send a mail as e-mail programs read it."""
    email_id = visit.path["email_id"]
    return visit.download("downloadMail", f"{email_id}.eml", email_id=email_id)


def save_json(visit: Visit) -> Response:
    """Send what the control API says of a mail."""
    email_id = visit.path["email_id"]
    return visit.download("getMail", f"{email_id}.json", email_id=email_id)


def save_mbox(visit: Visit) -> Response:
    """Send all mails that the list shows as one file."""
    query = {name: visit.value(name) for name in ("search", "campaign_id", "lead_id") if visit.value(name)}
    return visit.download("downloadOutbox", "outbox.mbox", query)


ROUTES: tuple[Route, ...] = (
    ("GET", "/outbox/{email_id}/html", show_html),
    ("GET", "/console/outbox.mbox", save_mbox),
    ("GET", "/console/outbox/{email_id}.eml", save_eml),
    ("GET", "/console/outbox/{email_id}.json", save_json),
)
