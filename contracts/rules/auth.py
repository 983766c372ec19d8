"""Who may ask: keys."""

from ..api import Api
from ..outcomes import UncheckedError
from ..rule import rule

_KEYS = "docs:authentication/api-keys, docs:reference/errors"


@rule("auth.key.malformed", source=_KEYS, operations=["listCampaigns"], needs=["wrong_key_probes"])
def refuse_malformed_key(api: Api) -> None:
    """A key that does not begin as keys do is refused."""
    for key in ("x", "live_cs_0123456789abcdef", api.spec.key_prefix):
        api.send("listCampaigns", key=key).fails("invalid_key")


@rule("auth.key.altered", source=_KEYS, operations=["listCampaigns"], needs=["wrong_key_probes"])
def refuse_altered_key(api: Api) -> None:
    """A key is compared whole: one character less or more, or another letter case, is another key."""
    if api.target.open_keys:
        raise UncheckedError("this stand-in takes every well-formed key; start it with --strict-keys")
    key = api.target.api_key
    for altered in (key[:-1], key + "0", key.upper()):
        api.send("listCampaigns", key=altered).fails("invalid_key")
