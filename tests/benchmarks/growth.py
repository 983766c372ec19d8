"""What an answer costs in a large workspace, beside the same answer in a small one."""

import gc
import time
from dataclasses import replace
from statistics import median
from typing import Any

import click

from mockserver import MockServer, create_app
from mockserver.model.contacts import make_lead, save_contact
from mockserver.model.events import record_event
from mockserver.openapi.spec import load_spec
from mockserver.state.records import Campaign, Domain
from mockserver.state.workspace import Workspace

SMALL = 1000
OPERATIONS = ("getCampaign", "listCampaigns", "listLeads", "listContacts", "listDomains", "listReplies")
_IN_A_TURN = 10
_SENT_EVERY = 2
"""Every so many-th lead got a mail; every so many-th of these opened and answered it."""


def run(large: int = 100_000, turns: int = 20) -> None:
    """Print, for each operation, the median processor time with many records and with few."""
    app = create_app()
    sizes = {size: _fill(app, size) for size in (SMALL, large)}
    taken: dict[tuple[str, int], list[float]] = {(o, size): [] for o in OPERATIONS for size in sizes}
    gc.collect()
    gc.disable()  # when garbage is collected depends on all records together, and hides the difference
    for number in range(turns):
        for size in list(sizes)[:: 1 if number % 2 else -1]:
            for operation in OPERATIONS:
                taken[operation, size].append(_time_turn(app, size, sizes[size], operation, number))
    gc.enable()
    click.echo(
        f"\nAn answer after a change, with {SMALL:,} and with {large:,} campaigns, leads, contacts, domains"
    )
    for operation in OPERATIONS:
        few, many = (median(taken[operation, size]) for size in sizes)
        click.echo(f"  {operation:16}{few * 1e6:>12.0f} µs{many * 1e6:>12.0f} µs{many / few:>12.2f}")


def _fill(app: MockServer, size: int) -> str:
    """Make so many campaigns, one of them with so many leads, who are contacts; returns its id."""
    client, spec = app.test_client(), load_spec()
    create = spec.operations["createCampaign"]
    body = next(iter(create.body_examples.values()))
    answer: Any = client.post(create.path, json=body, headers=_name_key(size)).get_json()
    workspace = _find_workspace(app, size)
    campaign = workspace.campaigns.get(answer["campaign_id"])
    for number in range(size):
        email = f"lead-{number}@example.com"
        contact = save_contact(workspace, email, {}, source_type="MANUAL")
        lead = make_lead(workspace, campaign, contact)
        if number % _SENT_EVERY == 0:
            record_event(workspace, lead, "sent")
        if number % _SENT_EVERY**2 == 0:
            record_event(workspace, lead, "opened")
            record_event(workspace, lead, "replied")
        _add_campaign(workspace, campaign)
        _add_domain(workspace)
    return campaign.campaign_id


def _time_turn(app: MockServer, size: int, campaign_id: str, operation_id: str, number: int) -> float:
    """Return the processor seconds of one answer, each asked for after something has changed."""
    client, operation = app.test_client(), load_spec().operations[operation_id]
    path = operation.path.format(campaign_id=campaign_id)
    workspace = _find_workspace(app, size)
    lead = workspace.leads.where("address", (campaign_id, f"lead-{number}@example.com"))[0]
    campaign = workspace.campaigns.get(campaign_id)
    spent = 0.0
    for _ in range(_IN_A_TURN):
        record_event(workspace, lead, "replied")
        _add_campaign(workspace, campaign)
        _add_domain(workspace)
        started = time.process_time()
        response = client.get(path, headers=_name_key(size))
        spent += time.process_time() - started
        assert response.status_code == operation.status, response.get_data(as_text=True)
    return spent / _IN_A_TURN


def _add_campaign(workspace: Workspace, like: Campaign) -> None:
    workspace.campaigns.put(replace(like, campaign_id=workspace.draw_id(), created_at=workspace.now()))


def _add_domain(workspace: Workspace) -> None:
    now = workspace.now()
    name = f"mail-{len(workspace.domains)}.example.com"
    workspace.domains.put(Domain(workspace.draw_id(), name, now, now, max_inboxes=1))


def _find_workspace(app: MockServer, size: int) -> Workspace:
    return app.workspaces.get(_name_key(size)[load_spec().key_header])


def _name_key(size: int) -> dict[str, str]:
    return {load_spec().key_header: f"cs_live_growth_{size}"}
