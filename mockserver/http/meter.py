"""What Prometheus may know of a server: how many requests and mails there were, how long requests took.

No label comes from a client: operations are those of the contracts, statuses those of HTTP. So no key is
in it, and the number of series is bounded.
"""

from collections.abc import Callable
from http import HTTPStatus
from importlib import import_module
from typing import Any

from ..state.records import DirectMail, Event
from ..state.workspace import Workspace
from ..state.workspaces import Workspaces

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_STATUSES = {str(status.value) for status in HTTPStatus}
_OTHER = "other"


class MetricsError(Exception):
    """The library that writes metrics is not installed; the message says so."""


class Meter:
    """Counts for one server; raises MetricsError without prometheus_client."""

    def __init__(self) -> None:
        try:
            client: Any = import_module("prometheus_client")
        except ModuleNotFoundError:
            raise MetricsError(
                "metrics=True needs one more library: pip install 'coldsend-mock[metrics]'"
            ) from None
        self._choose_encoder = import_module("prometheus_client.exposition").choose_encoder
        self._gauge = client.Gauge
        self._registry = registry = client.CollectorRegistry()
        client.ProcessCollector(registry=registry)
        self._requests = client.Counter(
            "coldsend_mock_requests",
            "Requests that were answered; the operation of a page, or of none, is -.",
            ["operation", "status"],
            registry=registry,
        )
        self._seconds = client.Histogram(
            "coldsend_mock_request_seconds",
            "Time from the head of a request to its answer, in seconds.",
            ["operation"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._mails = client.Counter(
            "coldsend_mock_mails_sent", "Mails that were sent, by campaigns or by hand.", registry=registry
        )
        self._counters: dict[tuple[str, int], Any] = {}
        self._histograms: dict[str, Any] = {}

    def watch(self, workspaces: Workspaces, find_problem: Callable[[], str]) -> None:
        """Show how many workspaces there are, and whether they can be saved."""
        used = self._gauge("coldsend_mock_workspaces", "Workspaces in use.", registry=self._registry)
        used.set_function(lambda: len(list(workspaces)))
        saved = self._gauge(
            "coldsend_mock_state_saved",
            "1, or 0 when something keeps the server from saving its workspaces.",
            registry=self._registry,
        )
        saved.set_function(lambda: not find_problem())

    def count(self, operation: str, status: int) -> None:
        """Count a request."""
        counter = self._counters.get((operation, status))
        if counter is None:
            label = str(status) if str(status) in _STATUSES else _OTHER
            counter = self._counters[operation, status] = self._requests.labels(operation, label)
        counter.inc()

    def note(self, operation: str, status: int, seconds: float) -> None:
        """Count a request, and how long it took."""
        self.count(operation, status)
        histogram = self._histograms.get(operation)
        if histogram is None:
            histogram = self._histograms[operation] = self._seconds.labels(operation)
        histogram.observe(seconds)

    def note_mail(self, _workspace: Workspace, _mail: Event | DirectMail) -> None:
        """Count a mail that was sent."""
        self._mails.inc()

    def write(self, accept: str) -> tuple[str, bytes]:
        """Return all counts as a media type and a text of it; `accept` is the header of the request."""
        encode, media_type = self._choose_encoder(accept)
        return media_type, encode(self._registry)
