"""A request for a shell: POSIX sh, with curl."""

from shlex import quote

from .sendable import Sendable


def write_curl(sendable: Sendable) -> str:
    """Return the command that sends a request; its body is sent byte by byte."""
    parts = ["curl -sS", f"-X {quote(sendable.method)}", quote(sendable.url)]
    if sendable.method == "HEAD":
        parts[1] = "-I"
    if set("[]{}") & set(sendable.url):  # curl would take them for several addresses
        parts[0] += " -g"
    parts += [f"-H {quote(f'{name}: {value}')}" for name, value in sendable.headers.items()]
    if sendable.body and "Content-Type" not in sendable.headers:  # curl would add one of its own
        parts.append("-H 'Content-Type:'")
    if sendable.body:
        parts.append(f"--data-raw {quote(sendable.text)}")
    return " \\\n  ".join(parts)
