"""The Flask application: routes wired to the pipeline."""

from flask import Flask, Request, Response, request

from .errors import SpecError
from .pages import make_pages
from .pipeline import Pipeline
from .resources import list_handlers, list_workers
from .settings import Settings
from .spec import load_spec
from .version import __version__
from .workspace import Workspaces


class MockServer(Flask):
    """A WSGI application with its own state; several may live in one process."""

    pipeline: Pipeline
    workspaces: Workspaces

    def dispatch_request(self) -> Response:
        """Hand every request to the pipeline."""
        # Not the proxy: it would look the request up anew for each attribute.
        current: Request = request._get_current_object()  # type: ignore[attr-defined]
        return self.pipeline.answer(current, show_page=self._show_page)

    def _show_page(self) -> Response:
        return self.make_response(super().dispatch_request())


def create_app(settings: Settings | None = None) -> MockServer:
    """Return a server with empty workspaces.

    Raises SpecError when openapi.yaml and the handlers do not fit, KeysFileError for bad keys.
    """
    settings = settings or Settings()
    spec = load_spec()
    handlers = list_handlers()
    if set(handlers) != set(spec.operations):
        odd = sorted(set(handlers) ^ set(spec.operations))
        raise SpecError(f"operation without handler or handler without operation: {', '.join(odd)}")
    app = MockServer("mockserver", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.workspaces = Workspaces(settings.seed, settings.job_seconds)
    app.pipeline = Pipeline(spec, settings, handlers, list_workers(), app.workspaces)
    for operation in spec.operations.values():
        app.add_url_rule(operation.route, endpoint=operation.operation_id, methods=[operation.method])
    app.register_blueprint(make_pages(spec, __version__))
    return app
