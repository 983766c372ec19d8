"""The Flask application: routes wired to the pipeline."""

import logging
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.routing import Rule

from ..control import Control, Tools, load_control_spec
from ..http.journal import Journal, Redactor
from ..http.pipeline import Exchange, Pipeline
from ..mails.smtp_relay import Relay
from ..openapi.spec import Spec, load_spec
from ..resources import list_handlers, list_workers
from ..seeding.documents import StateFormat
from ..seeding.seeds import Seeds
from ..sending.reactions import read_rates
from ..settings import Settings
from ..state.workspace import WorkspaceOptions, Workspaces
from ..version import __version__
from .pages import make_pages

_logger = logging.getLogger(__name__)


class Route(Rule):
    """A route of the API; no address is ever built from one, and preparing for that takes long."""

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        return lambda *_arguments: None


class MockServer(Flask):
    """A WSGI application with its own state; several may live in one process."""

    pipeline: Pipeline
    workspaces: Workspaces
    journal: Journal
    states: StateFormat
    control: Control | None = None
    relay: Relay | None = None

    def close(self) -> None:
        """Finish what goes on in the background; the server is not used any more."""
        if self.relay:
            self.relay.close()

    def dispatch_request(self) -> Response:
        """Hand every request to the pipeline."""
        # Not the proxy: it would look the request up anew for each attribute.
        current: Request = request._get_current_object()  # type: ignore[attr-defined]
        return self.pipeline.answer(current, show_page=self._show_page)

    def catch_up(self) -> None:
        """Do what is due in the workspaces that nobody is asking just now, as a request would."""
        for workspace in self.workspaces:
            if workspace.lock.acquire(blocking=False):
                try:
                    self.pipeline.advance(workspace)
                except Exception:
                    _logger.exception("what is due in a workspace failed")
                finally:
                    workspace.lock.release()

    def _show_page(self, exchange: Exchange) -> Response:
        if self.control and exchange.request.endpoint in self.control.endpoints:
            return self.control.answer(exchange)
        return self.make_response(super().dispatch_request())


def create_app(settings: Settings | None = None, spec: Spec | None = None) -> MockServer:
    """Return a server whose workspaces begin as the settings' seed says.

    It keeps openapi.yaml, unless another contract is given.

    Raises SpecError when the contract and the handlers do not fit, KeysFileError for bad keys,
    SeedError for a bad seed, RelayError for a bad SMTP server.
    """
    settings = settings or Settings()
    spec, control_spec = spec or load_spec(), load_control_spec()
    handlers = list_handlers()
    spec.check_handlers(handlers)
    app = MockServer("mockserver", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.states = StateFormat(spec)
    app.relay = Relay(settings.smtp, anywhere=settings.smtp_anywhere) if settings.smtp else None
    rates = read_rates(settings.reaction_rate, control_spec.find_schema("Rates")["properties"])
    options = WorkspaceOptions(settings.job_seconds, settings.credits, settings.speed, rates)
    seeds = Seeds(app.states, options)
    app.workspaces = Workspaces(
        settings.random_seed,
        seeds.find(settings.seed),
        options,
        workers=list_workers(),
        on_sent=app.relay.take if app.relay else None,
    )
    redactor = Redactor(spec.list_secrets(), spec.key_prefix)
    app.journal = Journal(redactor, settings.journal, settings.journal_bytes)
    app.pipeline = Pipeline(
        spec,
        settings,
        handlers,
        app.workspaces,
        journal=app.journal,
        toolkit_errors=control_spec.server_errors,
    )
    _add_routes(app, spec)
    if not settings.no_control:
        tools = Tools(spec, app.states, seeds, app.journal)
        app.control = Control(control_spec, settings, app.pipeline, tools)
        _add_routes(app, control_spec)
    app.register_blueprint(make_pages(spec, None if settings.no_control else control_spec, __version__))
    return app


def _add_routes(app: Flask, spec: Spec) -> None:
    for operation in spec.operations.values():
        app.url_map.add(Route(operation.route, endpoint=operation.operation_id, methods=[operation.method]))
