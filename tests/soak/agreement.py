"""Whether the answers about a workspace agree, as tests/kit/agreement.py has it."""

import pprint
import traceback
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import Headers

from ..kit.agreement import CampaignAnswers
from ..kit.api import Answer, Api
from .exchanges import Request
from .invariants import InvariantError
from .transports import Transport
from .view import View

_PAGE = 100
"""Most leads that one page has; campaigns with more are not looked at."""
_SHOWN = 3000
"""Characters of the values of a relation that does not hold."""
_SECONDS = len("2026-01-05T09:00:00")
"""As much of a time as answers have; states have microseconds."""


class TransportApi(Api):
    """A user whose requests go out by a transport."""

    def __init__(self, transport: Transport, key: str) -> None:
        self.transport = transport
        self.key = key

    def send(self, method: str, path: str, **request: Any) -> Answer:
        query = request.get("query_string")
        sent = Request(method, f"{path}?{urlencode(query)}" if query else path, self.key)
        answer = self.transport.send(sent)
        return Answer(answer.status, answer.json, Headers(answer.headers))


def check_views(transport: Transport, view: View) -> None:
    """Raise InvariantError when two answers about a workspace contradict each other."""
    api, state = TransportApi(transport, view.key), view.document
    try:
        _check_totals(api, state)
        _check_campaigns(api, state)
    except AssertionError as error:
        raise InvariantError("views agree", _explain(error)) from error


def _explain(error: AssertionError) -> str:
    """Return which relation does not hold, with the values that it compares."""
    trace = error.__traceback__
    assert trace is not None
    while trace.tb_next:
        trace = trace.tb_next
    [line] = traceback.extract_tb(trace, 1)
    values = {name: value for name, value in trace.tb_frame.f_locals.items() if name != "self"}
    where = f"{Path(line.filename).name}, line {line.lineno}"
    return f"{error or line.line} ({where})\n{pprint.pformat(values, width=160, compact=True)[:_SHOWN]}"


def _check_totals(api: Api, state: dict[str, Any]) -> None:
    """The lists count what is stored."""
    for operation_id, table in (
        ("listCampaigns", "campaigns"),
        ("listContacts", "contacts"),
        ("listSenderAccounts", "sender_accounts"),
        ("listDomains", "domains"),
    ):
        total = api.ok(operation_id)["pagination"]["total"]
        assert total == len(state[table]), f"{operation_id} counts {total}, stored are {len(state[table])}"


def _check_campaigns(api: Api, state: dict[str, Any]) -> None:
    listed = {row["campaign_id"]: row for row in api.ok("listCampaigns", query={"limit": 100})["campaigns"]}
    analytics = api.ok("getCampaignAnalytics")
    analyzed = {row["campaign_id"]: row for row in analytics["campaigns"]}
    assert set(listed) <= {row["campaign_id"] for row in state["campaigns"]}
    direct: dict[str, list[str]] = {}
    for mail in state["direct_mails"]:
        direct.setdefault(mail["lead_id"], []).append(mail["at"][:_SECONDS] + "Z")
    times = [datetime.fromisoformat(event["at"]) for event in state["events"]]
    is_in_order = times == sorted(times)
    for campaign_id, row in listed.items():
        if row["total_leads"] <= _PAGE:
            CampaignAnswers(api, campaign_id, direct, is_in_order).check(analyzed[campaign_id], row)
