"""Who may use the control API: this machine, and whoever knows the token."""

import hmac
from ipaddress import ip_address

from flask import Request

from ..errors import ApiError

TOKEN_HEADER = "X-Mock-Token"


def check_access(request: Request, token: str) -> None:
    """Raise ApiError `control_refused` for a caller from elsewhere without the token."""
    if _is_loopback(request.remote_addr):
        return
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        given = request.headers.get(TOKEN_HEADER, "")
    if not token or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise ApiError("control_refused")


def _is_loopback(address: str | None) -> bool:
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
