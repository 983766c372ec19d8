"""Digests of what happens in workspaces that are drawn at random: a faster engine has to give the same.

The file of digests was written by the plain engine. Who changes what happens on purpose writes it anew with
`python -m tests.kit.event_digests`, and says so in the commit.
"""

import json
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from mockserver.seeding.record_forms import write_value

from .campaign_strategies import HTML, NAMES, STARTS, TRIGGERS, ZONES, Plan
from .simulation import STATES, Simulation, follow_up, variant

FILE = Path(__file__).with_suffix(".json")
RANDOM_SEEDS = range(24)
MANY_LEADS = 200
"""Leads of the larger of the workspaces."""
_TABLES = ("events", "coming_events", "enrollments")


def load_digests() -> dict[str, str]:
    """Return random seed → digest of its workspace."""
    digests: dict[str, str] = json.loads(FILE.read_text())
    return digests


def draw_plan(random: Random, most_leads: int = 0) -> Plan:
    """Return a plan; with `most_leads`, leads without magic addresses, too."""
    names = [*NAMES, *(f"lead{number}" for number in range(most_leads))]
    limits = [random.randint(1, 4) if not most_leads else 30 for _ in range(random.randint(1, 3))]
    campaigns = [_draw_campaign(random, names, len(limits)) for _ in range(random.randint(1, 3))]
    if most_leads:
        for campaign in campaigns:
            campaign.update(leads=names, daily_limit_per_inbox=None, ramp_up_enabled=False)
    return Plan(random.choice(STARTS), limits, campaigns)


def digest(simulation: Simulation) -> str:
    """Return a digest of everything that happened and is to come, in its order."""
    workspace, total = simulation.workspace, sha256()
    for name in _TABLES:
        for record in workspace.tables[name]:
            total.update(json.dumps(STATES.forms[name].write(record), sort_keys=True).encode())
    for campaign in workspace.campaigns:
        total.update(f"{campaign.status} {write_value(campaign.updated_at)}".encode())
    return total.hexdigest()


def _draw_campaign(random: Random, names: list[str], accounts: int) -> dict[str, Any]:
    first = random.randint(0, 1380)
    last = random.randint(max(60, first + 30), 1440)
    return {
        "accounts": random.sample(range(accounts), random.randint(1, accounts)),
        "leads": random.sample(names, random.randint(1, 8)),
        "timezone": random.choice(ZONES),
        "sending_days": random.choice([[1, 2, 3, 4, 5], [7], [1, 2, 3, 4, 5, 6, 7], [3, 6]]),
        "sending_window_start": first // 60,
        "sending_window_start_minute": first % 60,
        "sending_window_end": last // 60,
        "sending_window_end_minute": last % 60,
        "daily_limit_per_inbox": random.choice([None, 1, 2, 4]),
        "start_date": random.choice([None, "2026-03-10T15:20:00Z", "2026-11-02T07:30:00Z"]),
        "ramp_up_enabled": random.random() < 0.5,
        "ramp_up_increment": random.randint(1, 2),
        "ramp_up_max_limit": random.choice([None, 1, 3]),
        "enable_tracking": random.random() < 0.7,
        "enable_click_tracking": random.random() < 0.7,
        "variants": _draw_variants(random),
        "sequences": [
            follow_up(
                number,
                trigger_type=random.choice(TRIGGERS),
                wait_days=random.randint(1, 4),
                variants=_draw_variants(random),
            )
            for number in range(2, random.randint(2, 5))
        ],
        "subsequence": random.choice([None, "STATUS", "KEYWORD", "INTENT_TAG"]),
    }


def _draw_variants(random: Random) -> list[dict[str, Any]]:
    percent, subject = random.choice([100, 50, 25, 10]), random.choice(["Hi {{email}}", "Plain", None])
    if subject is None:
        return [variant("A", 100, subject_template="{Hi|Hello} {{first_name}}", **HTML)]
    first = variant("A", percent, subject_template=subject, **HTML)
    return [first] if percent == 100 else [first, variant("B", 100 - percent)]


def write_digests() -> None:
    """Let each workspace run, and write what came of it."""
    from ..test_recorded_events import run_workspace

    digests = {str(seed): digest(run_workspace(seed)) for seed in RANDOM_SEEDS}
    FILE.write_text(json.dumps(digests, indent=2) + "\n")


if __name__ == "__main__":
    write_digests()
