"""The Flask application: pages of its own, everything else goes to the pipeline."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from werkzeug.exceptions import HTTPException

from ..console import Console, Desk
from ..control import load_control_spec
from ..control.behaviours import load_behaviours
from ..control.calls import Tools
from ..control.control import Control
from ..errors import ApiError
from ..http.endpoints import Exchange
from ..http.forks import Forks
from ..http.journal import Journal
from ..http.messages import Request, Response
from ..http.meter import Meter
from ..http.pipeline import Pages, Pipeline
from ..http.redactor import Redactor
from ..mails.smtp_relay import Relay
from ..model.sender_accounts import FAILING_PASSWORD
from ..openapi.spec import Spec, load_spec
from ..reproduction.capsule import CapsuleWriter
from ..resources import list_handlers, list_workers
from ..seeding.documents import StateFormat
from ..seeding.seeds import Seeds
from ..sending.reactions import read_reaction_rates
from ..settings import Settings
from ..state.records import DirectMail, Event
from ..state.workspace import OnSent, Workspace, WorkspaceOptions
from ..state.workspaces import Workspaces
from ..state_dir import SavedFormat, Saver
from ..version import __version__
from .pages import make_pages
from .wsgi import make_environ, read_answer, read_environ, write_answer

_logger = logging.getLogger(__name__)


class MockServer(Flask):
    """A WSGI application with its own state; several may live in one process."""

    pipeline: Pipeline
    workspaces: Workspaces
    journal: Journal
    forks: Forks
    states: StateFormat
    control: Control | None = None
    console: Console
    relay: Relay | None = None
    saver: Saver | None = None
    is_stopping = False
    """Whether requests should go elsewhere from now on."""

    def close(self) -> None:
        """Finish what goes on in the background; the server is not used any more."""
        if self.saver:
            self.saver.close()
        if self.relay:
            self.relay.close()

    def save_workspace(self, name: str) -> None:
        """Write a workspace, or forget it if it is gone, where workspaces are kept."""
        if self.saver:
            self.saver.save_workspace(name)

    def find_problem(self) -> str:
        """Return what keeps the server from saving its state, in words; empty when nothing does."""
        return self.saver.problem if self.saver else ""

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request of a WSGI server, or of `test_client`."""
        return write_answer(self.answer(read_environ(environ), environ=environ), environ, start_response)

    def answer(
        self, request: Request, environ: WSGIEnvironment | None = None, exchange: Exchange | None = None
    ) -> Response:
        """Answer a request of a socket, of WSGI or of a fixture.

        `environ` is that of a WSGI server; `exchange` is what the pipeline made of the head, if it has
        seen it already.
        """
        pages = _Pages(self, environ)
        return self.pipeline.finish(exchange, pages) if exchange else self.pipeline.answer(request, pages)

    def handle_http_exception(self, _error: HTTPException) -> NoReturn:
        """Let the pipeline answer that the page does not exist."""
        raise ApiError("route_not_found")


@dataclass(frozen=True, slots=True)
class _Pages:
    """What Flask has routes for, to one request."""

    app: MockServer
    environ: WSGIEnvironment | None = None
    """That of the request, if it has one."""

    def list_methods(self, path: str) -> list[str]:
        own = self.app.console.list_methods(path)
        return own or sorted(self.app.url_map.bind("localhost").allowed_methods(path))

    def show(self, request: Request) -> Response:
        if self.app.console.list_methods(request.path):
            return self.app.console.answer(request)
        return read_answer(super(MockServer, self.app).wsgi_app, self.environ or make_environ(request))


def find_pages(app: MockServer) -> Pages:
    """Return what a server answers besides the operations of its contracts."""
    return _Pages(app)


def create_app(settings: Settings | None = None, spec: Spec | None = None) -> MockServer:
    """Return a server whose workspaces begin as the settings' seed says.

    It keeps openapi.yaml, unless another contract is given.

    Raises SpecError when the contract and the handlers do not fit, KeysFileError for bad keys,
    SeedError for a bad seed, RelayError for a bad SMTP server, StateDirError for a bad folder,
    MetricsError when a library is missing.
    """
    settings = settings or Settings()
    spec, control_spec = spec or load_spec(), load_control_spec()
    handlers = list_handlers()
    spec.check_handlers(handlers)
    app = MockServer("mockserver", static_folder=None)
    app.config.update(PROVIDE_AUTOMATIC_OPTIONS=False, PROPAGATE_EXCEPTIONS=True)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.states = StateFormat(spec)
    if settings.smtp:
        app.relay = Relay(settings.smtp, anywhere=settings.smtp_anywhere, most=settings.max_mails)
    behaviour = load_behaviours().find(settings.behaviour)
    options = WorkspaceOptions(
        settings.job_seconds,
        settings.credits,
        settings.speed,
        read_reaction_rates(settings.reaction_rate, behaviour.reaction_rates),
        behaviour.delays,
        settings.max_snapshots,
        settings.rewind_points,
    )
    seeds = Seeds(app.states, options)
    meter = Meter() if settings.metrics else None
    app.workspaces = Workspaces(
        settings.random_seed,
        seeds.find(settings.seed),
        options,
        workers=list_workers(),
        on_sent=_tell_all(app.relay.take if app.relay else None, meter.note_mail if meter else None),
        most=settings.max_workspaces,
    )
    redactor = Redactor(spec.list_secrets(), spec.key_prefix, shown=(FAILING_PASSWORD,))
    app.journal = Journal(redactor, settings.journal, settings.journal_bytes)
    app.pipeline = Pipeline(
        spec,
        settings,
        handlers,
        app.workspaces,
        journal=app.journal,
        toolkit_errors=control_spec.server_errors,
    )
    app.pipeline.meter = meter
    if meter:
        meter.watch(app.workspaces, app.find_problem)
    app.forks = Forks(app.workspaces, app.pipeline.keys, app.journal, spec.key_prefix)
    redactor.hide([settings.control_token, *(key.value for key in app.pipeline.keys.declared)])
    saved = SavedFormat(app.states, seeds, app.workspaces, app.pipeline.keys)
    if settings.state_dir:
        app.saver = Saver(
            Path(settings.state_dir),
            settings.state_seconds,
            app.workspaces,
            saved,
            app.pipeline.due_work,
            counts_requests=settings.rate_limit,
        )
    if not settings.no_control:
        capsules = CapsuleWriter(app.states, settings, app.journal, app.pipeline.keys)
        tools = Tools(
            spec,
            app.states,
            capsules,
            seeds,
            app.journal,
            app.forks,
            app.workspaces,
            app.pipeline.keys,
            settings.max_faults,
            saved,
            app.pipeline.due_work,
            app.save_workspace,
        )
        app.control = Control(control_spec, settings, app.pipeline, tools)
        app.pipeline.add_routes(app.control.endpoints, app.control.answer)
    app.console = Console(
        Desk(spec, settings, app.pipeline, app.workspaces, app.journal, app.control, app.states, app.answer)
    )
    shown = None if settings.no_control else control_spec
    app.register_blueprint(
        make_pages(
            spec,
            shown,
            __version__,
            is_ready=lambda: not app.is_stopping,
            find_problem=app.find_problem,
            meter=meter,
        )
    )
    if app.saver:
        app.saver.start()
    return app


def _tell_all(*listeners: OnSent | None) -> OnSent | None:
    """Return what calls all of these that there are; None where there is none."""
    present = [listener for listener in listeners if listener]
    if len(present) < 2:
        return present[0] if present else None

    def tell(workspace: Workspace, mail: Event | DirectMail) -> None:
        for listener in present:
            listener(workspace, mail)

    return tell
