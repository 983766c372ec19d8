"""Look at the server before a run: is it the mock, does it take the key."""

import secrets
from dataclasses import replace
from urllib.parse import urlsplit

import requests

from mockserver.openapi.spec import Spec

from .options import Options, Target
from .verdict.outcomes import CannotRunError

_LOCAL = ("localhost", "127.0.0.1", "::1")


def inspect_target(spec: Spec, target: Target, options: Options) -> Target:
    """Return the target, completed with what the server answers.

    Asks only a server on this machine whether it is the mock. Raises CannotRunError when no server
    answers, when the base URL has no API, or when the server refuses the key.
    """
    parts = urlsplit(target.base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CannotRunError(f"{target.base_url!r} is no http or https URL.")
    target = replace(target, base_url=target.base_url.rstrip("/"))
    timeout = options.timeout_seconds
    try:
        if parts.hostname in _LOCAL and not target.is_mock and not options.dry_run:
            target = replace(target, is_mock=_is_mock(target, timeout))
        if target.is_mock and not target.api_key:
            target = replace(target, api_key=spec.key_prefix + secrets.token_hex(8))
        if not target.api_key:
            raise CannotRunError("This server needs an API key: give one with --api-key.")
        _try_key(spec, target, timeout)
        if target.is_mock:
            target = _try_open_keys(spec, target, timeout)
    except requests.RequestException as error:
        raise CannotRunError(f"{target.base_url} cannot be reached: {_describe(error)}.") from None
    return target


def _is_mock(target: Target, timeout: float) -> bool:
    response = requests.get(f"{target.origin}/healthz", timeout=timeout, allow_redirects=False)
    try:
        return bool(response.json().get("server") == "coldsend-mock")
    except (ValueError, AttributeError):
        return False


def _ask(spec: Spec, target: Target, key: str, timeout: float) -> requests.Response:
    listing = next(o for o in spec.operations.values() if o.method == "GET" and "{" not in o.path)
    url = target.base_url + listing.path.removeprefix(spec.base_path)
    return requests.get(url, headers={spec.key_header: key}, timeout=timeout, allow_redirects=False)


def _try_key(spec: Spec, target: Target, timeout: float) -> None:
    response = _ask(spec, target, target.api_key, timeout)
    if response.status_code == 401:
        raise CannotRunError(f"{target.base_url} refuses the API key: {response.text[:200]}")
    if response.status_code == 404 or response.is_redirect:
        raise CannotRunError(
            f"{target.base_url} is not the base of the API ({response.status_code}); "
            f"it should end like {urlsplit(spec.document['servers'][0]['url']).path}."
        )


def _try_open_keys(spec: Spec, target: Target, timeout: float) -> Target:
    drawn = [spec.key_prefix + secrets.token_hex(8) for _ in range(2)]
    if not _ask(spec, target, drawn[0], timeout).ok:
        return target
    return replace(target, open_keys=True, second_key=target.second_key or drawn[1])


def _describe(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    return "nothing listens there" if isinstance(error, requests.ConnectionError) else str(error)
