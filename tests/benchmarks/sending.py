"""What sending costs: a large campaign through many days, and an ACTIVE one on which nothing is due."""

import gc
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import click

from mockserver import MockServer, create_app
from mockserver.model.launching import launch
from mockserver.openapi.spec import load_spec
from mockserver.sending import advance_sending
from mockserver.sending.time_travel import advance
from mockserver.state.workspace import Workspace
from mockserver.testing.bodies import make_smtp_account

_ACCOUNTS = 4
_DAYS = 60
_IN_A_TURN = 10
_TURNS = 60
_MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def run(leads: int = 10_000, rounds: int = 5) -> None:
    """Print both figures: the median of some rounds, and the difference in interleaved turns."""
    app = create_app()
    taken, happened = zip(*(_time_campaign(app, number, leads) for number in range(rounds)), strict=True)
    click.echo(
        f"Sending to {leads:,} leads, 3 steps, {_ACCOUNTS} accounts, {_DAYS} days: {median(taken):.2f} s"
    )
    click.echo("  " + ", ".join(f"{count:,} {kind}" for kind, count in happened[0].items()))
    idle, busy = _time_requests(app, leads, rounds)
    click.echo(
        f"A GET beside a campaign on which nothing is due: {(busy - idle) * 1e6:+.1f} of {idle * 1e6:.0f} µs"
    )


def _time_campaign(app: MockServer, number: int, leads: int) -> tuple[float, Counter[str]]:
    workspace = _begin(app, f"cs_live_sending_{number}", leads)
    started = time.perf_counter()
    happened = advance(workspace, timedelta(days=_DAYS))
    return time.perf_counter() - started, happened


def _time_requests(app: MockServer, leads: int, rounds: int) -> tuple[float, float]:
    """Return the median processor seconds of a request, without and beside an ACTIVE campaign."""
    client, spec = app.test_client(), load_spec()
    operation = spec.operations["listSenderAccounts"]
    keys = ("cs_live_idle", "cs_live_busy")
    for key in keys:
        workspace = _begin(app, key, leads, launched=key == keys[1])
        advance_sending(workspace)
    taken: dict[str, list[float]] = {key: [] for key in keys}
    gc.collect()
    gc.disable()  # when garbage is collected depends on the records of both, and hides the difference
    for number in range(_TURNS * rounds):
        for key in keys if number % 2 else keys[::-1]:
            started = time.process_time()
            for _ in range(_IN_A_TURN):
                client.get(operation.path, headers={spec.key_header: key})
            taken[key].append((time.process_time() - started) / _IN_A_TURN)
    gc.enable()
    idle, busy = (median(taken[key]) for key in keys)
    return idle, busy


def _begin(app: MockServer, key: str, leads: int, *, launched: bool = True) -> Workspace:
    """Return a workspace with a campaign that was just launched."""
    app.workspaces.remove(key)
    workspace = app.workspaces.get(key)
    workspace.clock.freeze(_MONDAY)
    senders = [_make_account(number) for number in range(_ACCOUNTS)]
    made = app.states.add(workspace, {"sender_accounts": senders})
    campaign = _make_campaign([account.inbox_id for account in made], leads)
    [stored, *_] = app.states.add(workspace, {"campaigns": [campaign]})
    if launched:
        launch(workspace, stored)
    return workspace


def _make_account(number: int) -> dict[str, Any]:
    body = make_smtp_account(load_spec(), f"sender-{number}@example.com", daily_limit=1000)
    return {name: value for name, value in body.items() if not name.endswith("password")}


def _make_campaign(inbox_ids: list[str], leads: int) -> dict[str, Any]:
    first = {
        "content_type": "html",
        "email_content": "<p>Hi {{first_name}}, how are things?</p>",
        "distribution_percent": 50,
    }
    follow_ups = {
        "NOT_REPLIED": {"email_content": "Just following up."},
        "NOT_OPENED": {"subject_template": "Last try, {{first_name}}", "email_content": "Shall I stop?"},
    }
    return {
        "name": "Q1 Product Launch",
        "inbox_ids": inbox_ids,
        "enable_tracking": True,
        "variants": [
            {
                **first,
                "variant_name": "A",
                "subject_template": "Hi {{first_name}}",
                "distribution_percent": 50,
            },
            {**first, "variant_name": "B", "subject_template": "To {{company}}"},
        ],
        "sequences": [
            {"step_number": step, "trigger_type": trigger, "wait_days": 3, "variants": [version]}
            for step, (trigger, version) in enumerate(follow_ups.items(), 2)
        ],
        "leads": [
            {"repeat": leads, "email": "p<n>@example.com", "first_name": "P<n>", "company": "C<n>"},
        ],
    }


if __name__ == "__main__":
    run()
