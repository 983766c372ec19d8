"""The correct servers that mutants are made of, each served on a socket."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from typing import Any

from contracts import Target

from .lenient import make_lenient
from .mutant import Mutant
from .mutations import draw_plan
from .recorder import KEY, LIMITED_KEY, REVOKED_KEY, SECOND_KEY, SETTINGS, STAGE_KEYS

_LATENCY = 0.002


class Variant(StrEnum):
    """Which correct server the mutants are made of."""

    MOCK = "mock"
    LENIENT = "lenient"

    @property
    def pace(self) -> int | None:
        """The most requests a minute: a server whose rate limit is wrong cannot be checked faster."""
        return 90 if self is Variant.LENIENT else None


@contextmanager
def serving(
    variant: Variant, mutant: Mutant | None = None, random_seed: str = "0"
) -> Iterator[tuple[Target, Any]]:
    """Run a server while the block lasts; returns it as a target and how to let time pass for it."""
    plan = draw_plan()
    sleep: Any = time.sleep
    if variant is Variant.LENIENT:
        sleep = make_lenient(plan, _LATENCY).sleep
    if mutant:
        mutant.apply(plan)
    settings = replace(SETTINGS, random_seed=random_seed)
    app = plan.build(settings)
    target = Target("", KEY, SECOND_KEY, LIMITED_KEY, REVOKED_KEY)
    if variant is Variant.MOCK:
        target = replace(target, is_mock=True, stage_keys=STAGE_KEYS)
    with plan.edition.load("mockserver.server.server").running(settings, app) as server:
        target = replace(target, base_url=server.base_url)
        yield plan.edition.load("contracts.stand_in").equip(target, app), sleep
