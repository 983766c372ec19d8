"""One look at the console, or one click: which workspace it is about, and what came with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_cookie, parse_options_header

from ..errors import ApiError
from ..http.messages import Request, Response
from ..openapi.spec import JSON_TYPE, Operation
from ..reproduction import Sendable, write_curl
from ..state.workspace import Workspace
from .desk import Desk
from .pages import HEADERS

_COOKIE_SECONDS = 365 * 24 * 3600


def _make_file(*_args: Any, **_kwargs: Any) -> BytesIO:
    """Keep a file of a form in memory, which its size allows."""
    return BytesIO()


@dataclass
class Visit:
    """A request of the console, whose answer is about the workspace of one key."""

    desk: Desk
    request: Request
    path: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the path."""
    seen: str = ""
    """The digest of what there was before the page was made."""

    @cached_property
    def key(self) -> str:
        """The key that the page sends or its address has, else the browser's last one, else the default."""
        sent = self.request.headers.get(self.desk.spec.key_header.lower()) or self.value("key")
        return sent or self.cookies.get(self.key_cookie) or self.desk.pipeline.keys.default or ""

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies of the browser."""
        return dict(parse_cookie(self.request.headers.get("cookie", "")))

    @property
    def key_cookie(self) -> str:
        """The name of the cookie with the last key."""
        return self.name_cookie("key")

    def name_cookie(self, what: str) -> str:
        """Return the name of a cookie; with the port, since a browser sends a cookie to all ports."""
        return f"coldsend_mock_{what}_{self.request.host.rpartition(':')[2]}"

    @cached_property
    def problem(self) -> str | None:
        """Why the key leads nowhere; None when it leads to a workspace."""
        try:
            self.desk.pipeline.keys.find(self.key)
        except ApiError as error:
            return self.desk.explain(error)
        return None

    @property
    def name(self) -> str:
        """The name of the workspace; that of the key when it leads nowhere."""
        return self.desk.pipeline.keys.find_workspace(self.key) or self.key

    @property
    def used_workspace(self) -> Workspace | None:
        """The workspace; None as long as nobody has used it."""
        return self.desk.workspaces.find(self.name)

    @property
    def workspace(self) -> Workspace:
        """The workspace; as it would begin when nobody has used it."""
        return self.desk.workspaces.look(self.name)

    @property
    def base_url(self) -> str:
        """The server as this browser calls it, without a path."""
        return f"http://{self.request.host}"

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a form; those of files are their contents."""
        request = self.request
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        data = request.read(self.desk.pipeline.limit_page(request.path))
        _, fields, files = FormDataParser(_make_file).parse(BytesIO(data), kind, len(data), options)
        return {**fields, **{name: file.read().decode("utf-8", "replace") for name, file in files.items()}}

    def value(self, name: str) -> str:
        """Return a parameter of the address; empty when it is not there."""
        return self.request.query.get(name, [""])[0]

    def ask(
        self, operation_id: str, *, body: Any = None, query: dict[str, Any] | None = None, **ids: str
    ) -> Any:
        """Return what the control API answers about this workspace."""
        return self.desk.ask(operation_id, self.key, body=body, query=query, **ids)

    def download(
        self, operation_id: str, name: str, query: dict[str, Any] | None = None, **ids: str
    ) -> Response:
        """Return a file of the control API, to be saved under a name."""
        assert self.desk.control is not None
        response = self.desk.control.ask(operation_id, self.key, body=None, query=query or {}, ids=ids)
        response.headers.update(HEADERS)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def link(self, path: str, **query: Any) -> str:
        """Return the address of a page about this workspace."""
        given = {name: value for name, value in query.items() if value not in ("", None)}
        return f"{path}?{urlencode({'key': self.key, **given})}"

    def link_operation(self, operation: Operation) -> str:
        """Return the address of an operation in the reference."""
        return f"{self.link('/docs')}#/{quote(operation.tag)}/{operation.operation_id}"

    def write_curl(self, operation: Operation, body: dict[str, Any], **ids: str) -> str:
        """Return the command for a shell that calls an operation with the key of this page."""
        url = self.base_url + operation.path.format(**ids)
        headers = {self.desk.spec.key_header: self.key, "Content-Type": JSON_TYPE}
        return write_curl(Sendable(operation.method, url, headers, json.dumps(body).encode()))

    def write_cookie(self) -> str | None:
        """Return the cookie that makes this key the browser's last one; None when it is already."""
        if not self.value("key") or self.problem or self.cookies.get(self.key_cookie) == self.key:
            return None
        value = urlencode({"": self.key})[1:]
        return f"{self.key_cookie}={value}; Path=/; Max-Age={_COOKIE_SECONDS}; HttpOnly; SameSite=Strict"
