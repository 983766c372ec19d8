"""Threads for what takes long, so that the thread that watches the sockets does not wait for it."""

import logging
from collections import deque
from collections.abc import Callable, Hashable
from threading import Condition, Thread

_logger = logging.getLogger(__name__)

Job = Callable[[], None]
"""Does its work and reports its end itself."""


class Workers:
    """So many threads at most, each started when it is first needed.

    Jobs of one subject are done one after the other, in their order: they would wait for each other's
    lock, and take the threads from everybody else. How many jobs wait is bounded by who hands them in:
    a connection has one at most.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._threads: set[Thread] = set()
        self._ready: deque[tuple[Hashable, Job]] = deque()
        """Those whose turn it is."""
        self._waiting: dict[Hashable, deque[Job]] = {}
        """Subject of a job in `_ready` or in a thread → the jobs after it."""
        self._idle = 0
        self._is_open = True
        self._changed = Condition()

    def is_busy(self, subject: Hashable) -> bool:
        """Return whether a job of this subject is under way."""
        return subject in self._waiting

    def submit(self, subject: Hashable, job: Job) -> None:
        """Let a thread do a job; None is the subject of jobs that are in nobody's way."""
        with self._changed:
            if subject is not None:
                if subject in self._waiting:
                    self._waiting[subject].append(job)
                    return
                self._waiting[subject] = deque()
            self._ready.append((subject, job))
            if len(self._ready) <= self._idle:
                self._changed.notify()
            elif len(self._threads) < self._most:
                # A daemon: who ends the process does not wait for what was cut off.
                thread = Thread(target=self._work, name="coldsend-mock worker", daemon=True)
                self._threads.add(thread)
                thread.start()

    def close(self) -> None:
        """Begin no further jobs; threads end after the one that they are at."""
        with self._changed:
            self._is_open = False
            self._ready.clear()
            self._waiting.clear()
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._idle += 1
                while self._is_open and not self._ready:
                    self._changed.wait()
                self._idle -= 1
                if not self._is_open:
                    return
                subject, job = self._ready.popleft()
            try:
                job()
            except Exception:
                _logger.exception("a job failed")
            if subject is not None:
                with self._changed:
                    self._let_next(subject)

    def _let_next(self, subject: Hashable) -> None:
        waiting = self._waiting.get(subject)
        if waiting:
            self._ready.append((subject, waiting.popleft()))
            self._changed.notify()
        else:
            self._waiting.pop(subject, None)
