"""Who may use the control API: this machine, and clients that know the token."""

import hmac
from ipaddress import ip_address

from ..errors import ApiError
from ..http.messages import Request

TOKEN_HEADER = "X-Mock-Token"


def check_access(request: Request, token: str) -> None:
    """Raise ApiError `control_refused` for a caller from elsewhere without the token."""
    if is_local(request):
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        given = request.headers.get(TOKEN_HEADER.lower(), "")
    if not is_token(given, token):
        raise ApiError("control_refused")


def is_token(given: str, token: str) -> bool:
    """Return whether a text is the token of the server, if it has one."""
    return bool(token) and hmac.compare_digest(given.strip().encode(), token.encode())


def is_local(request: Request) -> bool:
    """Return whether a request comes from this machine."""
    try:
        found = ip_address(request.remote_address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
