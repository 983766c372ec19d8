"""All that one workspace remembers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from random import Random
from time import monotonic
from typing import Any, TypeVar

from .clock import Clock, Move
from .fault_rules import FaultRule
from .history import History
from .past import Past
from .records import DirectMail, Event, Job
from .snapshot import EMPTY, SENDING_KEY_SIZE, Seed, Snapshot, copy_random, copy_rules, draw_id
from .tables import Tables

D = TypeVar("D")

OnSent = Callable[["Workspace", Event | DirectMail], None]
"""Called with each mail when it is sent, while the lock of the workspace is held."""
Worker = Callable[["Workspace", Job, dict[str, Any], datetime], dict[str, Any]]
"""Does a row of a background job at a time; returns the result, with a `status`; raises nothing."""
Workers = dict[str, Worker]
"""Kind of job → worker."""

_FEW_RECORDS = 100_000
"""A workspace with more of them lays a base only when the last one is of no use any more."""


@dataclass(frozen=True, slots=True)
class WorkspaceOptions:
    """How all workspaces of a server behave."""

    job_seconds: int = 0
    """How long background jobs take."""
    credits: int = 0
    """What there is to spend on mails to contacts."""
    speed: float = 1
    """Seconds that pass in each real second."""
    reaction_rates: Mapping[str, float] = field(default_factory=dict)
    """Name (see `records.REACTION_RATES`) → share of the leads that could react so."""
    reaction_delays: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Name (see `records.REACTION_DELAYS`) → least and most seconds."""
    max_snapshots: int = 20
    """How many snapshots with names there may be."""
    rewind_points: int = 30
    """How many points of its clock are kept; see `history`."""


class Workspace(Tables):
    """What one or more keys share: records, a clock, random numbers, rate windows, fault rules.

    A caller that reads several records or changes any holds `lock`. Equal names, random seeds and seeds draw
    equal ids.
    """

    def __init__(
        self,
        name: str,
        random_seed: str,
        seed: Seed = EMPTY,
        options: WorkspaceOptions | None = None,
        *,
        workers: Workers | None = None,
        on_sent: OnSent | None = None,
    ) -> None:
        super().__init__()
        self.name = name
        self.seed = seed
        """What `reset` returns to."""
        self.options = options or WorkspaceOptions()
        self.workers = workers or {}
        self.on_sent = on_sent
        self.is_changed = False
        """Whether anybody changed it since it began, or since the last reset."""
        self.is_fork = False
        """Whether it began as another one was, under a name of its own."""
        self.last_use = 0
        """Of two workspaces the one used later has the greater number."""
        self.clock = Clock(self.options.speed)
        self._suspended_until = 0.0
        self.move: Move | None = None
        """What moves the clock just now."""
        self.user_id = self.team_id = ""
        self.history = History(self.options.max_snapshots, self.options.rewind_points)
        self.past = Past()
        self.is_lent = False
        """Whether somebody may change it who does not `enter` it: a test that holds it."""
        self._shape: object = None
        """What `read_shape` returned at the last `leave`."""
        self._unannounced: list[Event | DirectMail] = []
        self.rate_counts: dict[tuple[str, int], tuple[int, int]] = {}
        """(digest of a key, seconds of a window) → (which window, requests in it)."""
        self.faults: list[FaultRule] = []
        self.fault_random = Random()
        self.sending_key = b""
        """What the draws of sending follow from."""
        self.settled_at = self.now()
        """When the present records were put in place of others, or the first ones."""
        self.resumes_at: datetime | None = None
        """From when on an engine that is lacking has to look again; None: from `settled_at`."""
        self.engine: Any = None
        """The engine of `sending`; it follows from the records, and is made when it is lacking."""
        self.settled_changes: int | None = None
        """How often tables had changed when all that was due was done; None as long as jobs are open."""
        self._derived: dict[Any, Any] = {}
        self._random_seed = random_seed
        self.reset()

    @property
    def is_suspended(self) -> bool:
        """Whether nothing may change in it, because it is being handed over to another server."""
        return self._suspended_until > 0 and monotonic() < self._suspended_until

    def suspend(self, seconds: float) -> None:
        """Let nothing change for so long; 0 ends that. The caller holds `lock`."""
        self._suspended_until = monotonic() + seconds if seconds else 0.0

    def derive(self, make: "Callable[[Workspace], D]") -> "D":
        """Return what is kept of the records beside them, made at first; it watches the tables itself."""
        if make not in self._derived:
            self._derived[make] = make(self)
        derived: D = self._derived[make]
        return derived

    def forget_derived(self) -> None:
        """Forget what is kept of the records beside them, because very much changed at once."""
        self._derived.clear()
        for table in self.tables.values():
            table.forget_watchers()

    def draw_id(self) -> str:
        """Return a new id."""
        return draw_id(self.random)

    def draw_fault_id(self) -> str:
        """Return a new id for a rule; ids of records do not depend on how many rules there were."""
        return draw_id(self.fault_random)

    def announce(self, sent: Event | DirectMail) -> None:
        """Call `on_sent` with a mail; inside `undoing` at its end."""
        if self.undo_log.is_open:
            self._unannounced.append(sent)
        elif self.on_sent:
            self.on_sent(self, sent)

    def undoing(self) -> "Undoing":
        """Take back all changes of records made inside when it ends with an exception, which goes on.

        The caller holds `lock` and has done what is due by now. No mail is announced before the end.
        All else that a workspace holds is not taken back: the clock, fault rules, rate windows, the
        random numbers that were drawn. Raises RuntimeError inside another one.
        """
        return Undoing(self)

    def announce_all(self, *, is_undone: bool) -> None:
        """Announce the mails of a change that ends, or forget them because it was undone."""
        if self._unannounced:
            sent, self._unannounced = self._unannounced, []
            for mail in () if is_undone else sent:
                self.announce(mail)

    def now(self) -> datetime:
        """Return the time of this workspace, in UTC."""
        return self.clock.now()

    def make_random(self, purpose: str = "") -> Random:
        """Return random numbers that follow from the random seed, the name and a purpose."""
        return Random("\0".join(filter(None, (self._random_seed, self.name, purpose))))

    def reset(self) -> None:
        """Return to the seed: its records, ids and time; no fault rules, no requests counted.

        Snapshots with names stay.
        """
        with self.lock, self.clock.holding() as at:
            self.clock.reset(self.options.speed)
            if self.seed.at:
                self.clock.set(self.seed.at)
            self.rate_counts.clear()
            self.faults.clear()
            self.fault_random = self.make_random("faults")
            self.sending_key = self.make_random("sending").randbytes(SENDING_KEY_SIZE)
            self.history.forget_points()
            self.restore(self.seed.make(self.make_random()))
            self.is_changed = False
            # No method of this workspace, which would stay in memory longer than somebody uses it.
            begin = partial(_make_beginning, self.name, self._random_seed, self.seed, self.options, at)
            self.past.begin(at, begin)

    def snapshot(self) -> Snapshot:
        """Return the present state; later changes do not touch it.

        What is due by now is done: who restores the snapshot goes on from here.
        """
        with self.lock:
            is_settled = self.engine is None and self.resumes_at is None
            return Snapshot(
                self.user_id,
                self.team_id,
                {name: table.copy() for name, table in self.tables.items()},
                copy_random(self.random),
                sending_key=self.sending_key,
                clock=self.clock.read(),
                settled_at=self.settled_at,
                resumes_at=None if is_settled else self.now(),
                faults=copy_rules(self.faults),
                fault_random=copy_random(self.fault_random),
                rate_counts=dict(self.rate_counts),
                passed=self.history.passed,
            )

    def restore(self, snapshot: Snapshot) -> None:
        """Make a snapshot the present state; it can be restored any number of times."""
        with self.lock:
            self.user_id, self.team_id = snapshot.user_id, snapshot.team_id
            self.random = copy_random(snapshot.random)
            if snapshot.sending_key is not None:
                self.sending_key = snapshot.sending_key
            if snapshot.clock is not None:
                self.clock.restore(snapshot.clock)
            if snapshot.faults is not None:
                self.faults[:] = copy_rules(snapshot.faults)
            if snapshot.fault_random is not None:
                self.fault_random = copy_random(snapshot.fault_random)
            if snapshot.rate_counts is not None:
                self.rate_counts = dict(snapshot.rate_counts)
            self.engine = None
            self.forget_derived()
            for name, table in self.tables.items():
                table.fill(snapshot.records.get(name, {}))
            self.settled_at = snapshot.settled_at or self.now()
            self.resumes_at = snapshot.resumes_at
            if snapshot.passed is not None:
                self.history.keep_points(snapshot.passed)
            self.past.expect_base()

    def enter(self, at: datetime | None = None) -> datetime:
        """Begin what happens at one time: until `leave` the clock goes by a real time, which is returned.

        The caller holds `lock`. `at` is that real time, if it is not the present. If what happened up to here
        could not be done again, the present state is kept as a base.
        """
        clock, past = self.clock, self.past
        if clock.held is None:  # as `Clock.hold`, without the call: each request does it
            clock.held = at or datetime.now(UTC)
        at = clock.held
        if past.needs_base or past.is_long or self.is_lent:
            self._lay_base(at)
        return at

    def leave(self) -> None:
        """End what `enter` began."""
        self.clock.held = None
        if self.is_lent:
            self._shape = self.read_shape()

    def _lay_base(self, at: datetime) -> None:
        """Keep the present state as a base, if one is needed."""
        past = self.past
        is_long = past.is_long and sum(map(len, self.tables.values())) <= _FEW_RECORDS
        if past.needs_base or is_long or (self.is_lent and self.read_shape() != self._shape):
            self.clock.restore(self.clock.read())  # so a clock that is made of the base goes on alike
            past.add_base(at, self.snapshot())

    def read_shape(self) -> object:
        """Return what is equal as long as nothing changes but the time, rate windows and what is drawn."""
        return self.undo_log.changes, self.clock.setting, copy_rules(self.faults), self.sending_key

    @contextmanager
    def moving(self, to: datetime) -> Iterator[Move]:
        """Keep what the clock can go back to, while it moves on to a time inside.

        The caller holds `lock` and has done what is due by now.
        """
        size = sum(map(len, self.tables.values()))
        self.history.begin_move(self.now(), size, self.make_mark(), self.snapshot)
        if self.undo_log.is_open:  # a note of all of them at once instead of one for each
            self.undo_log.note_fill(self.coming_events)
        self.move = Move(self.now(), to)
        try:
            yield self.move
        finally:
            self.move = None
        self.history.end_move(self.now(), self.make_mark())

    def make_mark(self) -> Any:
        """Return what is equal as long as nothing changes but the time and the rate windows."""
        return self.undo_log.changes, copy_rules(self.faults), self.random.getstate(), self.sending_key

    def fork(self, name: str | None = None) -> "Workspace":
        """Return a workspace that is as this one is now and goes on alike; what it does touches nothing.

        It hands its mails to nobody. `name` is its own, if it is to have another one.
        """
        with self.lock:
            twin = Workspace(
                self.name if name is None else name,
                self._random_seed,
                options=self.options,
                workers=self.workers,
            )
            twin.history = self.history.copy()
            twin.restore(self.snapshot())
            twin.seed = self.seed
            twin.past.forget()
        return twin


def _make_beginning(
    name: str, random_seed: str, seed: Seed, options: WorkspaceOptions, at: datetime
) -> Snapshot:
    """Return the state with which a workspace began at a real time."""
    twin = Workspace(name, random_seed, options=options)
    twin.clock.hold(at)
    twin.seed = seed
    twin.reset()
    return twin.snapshot()


class Undoing:
    """What `Workspace.undoing` returns: no generator, which takes twice as long, for each request."""

    __slots__ = ("_before", "_was_changed", "_workspace")

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def __enter__(self) -> None:
        workspace = self._workspace
        workspace.undo_log.begin()
        self._before = workspace.user_id, workspace.team_id, workspace.settled_at, workspace.now()
        self._was_changed = workspace.is_changed

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        workspace = self._workspace
        if error is None:
            workspace.undo_log.end()
        else:
            workspace.is_changed = self._was_changed
            if workspace.undo_log.undo():
                workspace.user_id, workspace.team_id, workspace.settled_at, workspace.resumes_at = (
                    self._before
                )
                workspace.engine = None
        workspace.announce_all(is_undone=error is not None)
