"""A request for JavaScript."""

import json

from .sendable import Sendable


def write_fetch(sendable: Sendable) -> str:
    """Return code that sends a request with fetch, for a module of a browser or of Node.js."""
    options = [f"method: {json.dumps(sendable.method)}"]
    if sendable.headers:
        options.append(f"headers: {json.dumps(sendable.headers)}")
    if sendable.body:
        options.append(f"body: {json.dumps(sendable.text)}")
    lines = "".join(f"  {option},\n" for option in options)
    return (
        f"const response = await fetch({json.dumps(sendable.url)}, {{\n{lines}}});\n"
        "console.log(response.status, await response.text());\n"
    )
