"""Look at the server before a run: is it the mock, does it take the key."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum, auto
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NameResolutionError

from mockserver.openapi.spec import Spec

from .control import RemoteEvents, RemoteStage
from .options import Options, Target
from .safety.bounded import BoundedSession, UnendingAnswerError
from .verdict.outcomes import CannotRunError

_TRIES = 3
_CLOCK_SECONDS = 5
_CLOCK_PAUSE_SECONDS = 0.2


class _Clock(Enum):
    """How the clock of a mock goes."""

    REAL = auto()
    APART = auto()
    """It was moved, stands still or runs at another speed."""
    UNKNOWN = auto()
    """The control API is switched off."""


def inspect_target(spec: Spec, target: Target, options: Options) -> Target:
    """Return the target, completed with what the server answers.

    Asks only a server on this machine whether it is the mock. In a mock without keys, the workspaces are the
    run's own: it moves their clock, lets their leads act and resets them at its end. Raises CannotRunError
    when no server answers, when the base URL has no API, or when the server refuses the key.
    """
    parts = urlsplit(target.base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CannotRunError(f"{target.base_url!r} is no http or https URL.")
    target = replace(target, base_url=target.base_url.rstrip("/"))
    with BoundedSession(target.base_url, options.timeout_seconds, options.max_answer_bytes) as session:
        try:
            if target.is_local and not target.is_mock and not options.dry_run:
                target = replace(target, is_mock=_is_mock(session, target))
            is_own = target.is_mock and not (target.api_key or target.second_key)
            if target.is_mock and not target.api_key:
                target = replace(target, api_key=spec.key_prefix + secrets.token_hex(16))
            if not target.api_key:
                raise CannotRunError("This server needs an API key: give one with --api-key.")
            _try_key(session, spec, target)
            if target.is_mock:
                target = _try_open_keys(session, spec, target)
                clock = _read_clock(session, spec, target)
                is_own = is_own and clock is not _Clock.UNKNOWN
                target = replace(target, own_clock=clock is _Clock.APART, is_own=is_own)
                if is_own and clock is _Clock.REAL:
                    events = RemoteEvents(target.origin, target.api_key, target.second_key)
                    stage = RemoteStage(target.origin, spec.key_prefix, options.timeout_seconds)
                    is_usable = options.part != "read-only" and stage.is_empty()
                    target = replace(target, incoming_events=events, stage=stage if is_usable else None)
        except requests.RequestException as error:
            raise CannotRunError(f"{target.base_url} cannot be reached: {_describe(error)}.") from None
    return target


def _is_mock(session: BoundedSession, target: Target) -> bool:
    response = session.get(f"{target.origin}/healthz", allow_redirects=False)
    try:
        return bool(response.json().get("server") == "coldsend-mock")
    except (ValueError, AttributeError):
        return False


def _ask(session: BoundedSession, spec: Spec, target: Target, key: str) -> Iterator[requests.Response]:
    """Yield the answers of the lists: a server may have only some of them."""
    for listing in spec.operations.values():
        if listing.method == "GET" and "{" not in listing.path:
            url = target.base_url + listing.path.removeprefix(spec.base_path)
            for _ in range(_TRIES):
                response = session.get(url, headers={spec.key_header: key}, allow_redirects=False)
                if response.status_code not in (502, 503, 504):  # of a gateway, which may know better soon
                    break
            yield response


def _try_key(session: BoundedSession, spec: Spec, target: Target) -> None:
    lacking: requests.Response | None = None
    for response in _ask(session, spec, target, target.api_key):
        if response.status_code == 401:
            raise CannotRunError(f"{target.base_url} refuses the API key: {response.text[:200]}")
        media_type = response.headers.get("Content-Type", "no media type").partition(";")[0]
        if "html" in media_type:
            raise CannotRunError(
                f"{target.base_url} answers with a web page ({response.status_code}, {media_type}), "
                "not with the API."
            )
        if response.status_code >= 500:
            raise CannotRunError(f"{target.base_url} answers with {response.status_code}; try again later.")
        if response.status_code != 404 and not response.is_redirect:
            return
        lacking = lacking or response
    found = lacking.status_code if lacking is not None else "no list"
    raise CannotRunError(
        f"{target.base_url} is not the base of the API ({found}); "
        f"it should end like {urlsplit(spec.document['servers'][0]['url']).path}."
    )


def _try_open_keys(session: BoundedSession, spec: Spec, target: Target) -> Target:
    unknown = spec.key_prefix + secrets.token_hex(8)
    if not next(_ask(session, spec, target, unknown)).ok:
        return target
    other = target.api_key + "2"  # a server may cut keys
    return replace(target, open_keys=True, second_key=target.second_key or other)


def _read_clock(session: BoundedSession, spec: Spec, target: Target) -> _Clock:
    headers = {spec.key_header: target.api_key}
    for pause in (0, _CLOCK_PAUSE_SECONDS):  # a fast clock is apart a little later only
        time.sleep(pause)
        response = session.get(f"{target.origin}/_mock/clock", headers=headers, allow_redirects=False)
        try:
            clock = response.json()
            off = abs((datetime.fromisoformat(clock["now"]) - datetime.now(UTC)).total_seconds())
        except (ValueError, KeyError, TypeError):  # the control API is switched off
            return _Clock.UNKNOWN
        if clock.get("frozen") or off > _CLOCK_SECONDS:
            return _Clock.APART
    return _Clock.REAL


def _describe(error: requests.RequestException) -> str:
    if isinstance(error, UnendingAnswerError):
        return str(error)
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    cause = error.args[0] if error.args else None
    if isinstance(getattr(cause, "reason", None), NameResolutionError):
        return "no address is known for its host name"
    if isinstance(error, requests.ConnectionError) and "refused" in str(error):
        return "nothing listens there"
    return f"the connection fails ({type(error).__name__})"
