"""A request for Python, and a test of pytest that sends it."""

import re
from pprint import pformat

from .sendable import Sendable

_WIDTH = 100


def write_requests(sendable: Sendable) -> str:
    """Return code that sends a request with requests."""
    call = _write_call("requests.request", sendable.url, sendable)
    return f"import requests\n\nresponse = {call}\nprint(response.status_code, response.text)\n"


def write_pytest(sendable: Sendable) -> str:
    """Return a test that sends a request to a workspace of its own, and expects the answer that came.

    A success has ids and times of its workspace, so only its status is expected.
    """
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", sendable.operation) or sendable.method
    name = re.sub(r"\W", "_", words).lower()
    headers = {name: value for name, value in sendable.headers.items() if name != sendable.key_header}
    call = _write_call("coldsend.session.request", sendable.path or sendable.url, sendable, headers)
    lines = [
        f"def test_{name}_answers_{sendable.status}(coldsend):",
        *f"response = {call}".splitlines(),
        f"assert response.status_code == {sendable.status}",
    ]
    if sendable.status >= 400 and sendable.answer is not None:
        expected = pformat(sendable.answer, width=_WIDTH, sort_dicts=False)
        lines += f"assert response.json() == {expected}".splitlines()
    return "\n    ".join(lines) + "\n"


def _write_call(function: str, url: str, sendable: Sendable, headers: dict[str, str] | None = None) -> str:
    headers = sendable.headers if headers is None else headers
    arguments = [repr(sendable.method), repr(url)]
    if headers:
        arguments.append(f"headers={headers!r}")
    if sendable.body:
        arguments.append(f"data={sendable.text!r}.encode()")
    return f"{function}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"
