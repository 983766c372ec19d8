"""What sending costs: campaigns of any size through many days, and an ACTIVE one on which nothing is due.

`python -m tests.benchmarks.sending 10000 100000 1000000` measures campaigns of these sizes alone, each in a
process of its own.
"""

import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
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

_LEADS_OF_ACCOUNT = 2500
"""So many leads come to one sender account, so that a campaign of any size takes as many days."""
_DAYS = 60
_IN_A_TURN = 10
_TURNS = 60
_MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def run(sizes: Iterable[int] = (10_000, 100_000), *, leads: int = 10_000, rounds: int = 5) -> None:
    """Print the figures of campaigns of some sizes, and what an ACTIVE one costs a request beside it."""
    run_sizes(sizes)
    idle, busy = _time_requests(create_app(), leads, rounds)
    click.echo(
        f"A GET beside a campaign on which nothing is due: {(busy - idle) * 1e6:+.1f} of {idle * 1e6:.0f} µs"
    )


def run_sizes(sizes: Iterable[int]) -> None:
    """Print what campaigns of some sizes cost, each in a process of its own."""
    click.echo(f"\nSending, 3 steps, {_DAYS} days, processor time")
    heads = ("load", "send", "events", "an event", "memory at most")
    click.echo(f"  {'leads':>12}" + "".join(f"{head:>16}" for head in heads))
    for size in sizes:
        command = [sys.executable, "-m", "tests.benchmarks.sending", "--alone", str(size)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        cost = Cost(**json.loads(done.stdout))
        cells = (
            f"{cost.load_seconds:.2f} s",
            f"{cost.send_seconds:.2f} s",
            f"{cost.events:,}",
            f"{cost.send_seconds / cost.events * 1e6:.1f} µs",
            f"{cost.most_bytes / 1e6:.0f} MB",
        )
        click.echo(f"  {size:>12,}" + "".join(f"{cell:>16}" for cell in cells))


@dataclass(frozen=True, slots=True)
class Cost:
    """What one campaign took of a processor, and of memory."""

    load_seconds: float
    """To make the leads and to launch the campaign."""
    send_seconds: float
    events: int
    most_bytes: int
    """The largest resident memory of the process, of which an empty server takes about 60 MB."""


def measure(leads: int) -> Cost:
    """Let a campaign send for some days, in this process."""
    app, started = create_app(), time.process_time()
    workspace = _begin(app, "cs_live_sending", leads)
    loaded = time.process_time()
    advance(workspace, timedelta(days=_DAYS))
    ended = time.process_time()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(loaded - started, ended - loaded, len(workspace.events), most * unit)


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
    senders = [_make_account(number) for number in range(max(1, leads // _LEADS_OF_ACCOUNT))]
    made = app.states.add(workspace, {"sender_accounts": senders})
    campaign = _make_campaign([account.inbox_id for account in made], leads)
    stored = app.states.add(workspace, {"campaigns": [campaign]})[0]
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


@click.command()
@click.option(
    "--alone", is_flag=True, help="Measure one size in this process, and print the figures as JSON."
)
@click.argument("sizes", type=int, nargs=-1, required=True)
def main(*, alone: bool, sizes: tuple[int, ...]) -> None:
    """Measure what campaigns of SIZES leads cost."""
    if alone:
        click.echo(json.dumps(asdict(measure(sizes[0]))))
    else:
        run_sizes(sizes)


if __name__ == "__main__":
    main()
