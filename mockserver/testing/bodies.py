"""Parts of request bodies, made of the examples in openapi.yaml."""

from copy import deepcopy
from typing import Any

from ..openapi.spec import Spec


def make_smtp_account(spec: Spec, email_address: str, **changes: Any) -> dict[str, Any]:
    """Return the body that connects a sender account by SMTP."""
    example = _copy_example(spec, "createSmtpSenderAccount", "custom_smtp")
    return {**example, "email_address": email_address, **changes}


def make_variant(spec: Spec, name: str = "A", percent: int = 100, **changes: Any) -> dict[str, Any]:
    """Return a variant of the first mail."""
    example = _copy_example(spec, "updateCampaign", "two_variants")["variants"][0]
    return {**example, "variant_name": name, "distribution_percent": percent, **changes}


def make_follow_up(spec: Spec, step_number: int = 2, **changes: Any) -> dict[str, Any]:
    """Return a follow-up with one variant."""
    example = _copy_example(spec, "updateCampaign", "two_variants")["sequences"][0]
    return {**example, "step_number": step_number, **changes}


def _copy_example(spec: Spec, operation_id: str, name: str) -> Any:
    return deepcopy(spec.operations[operation_id].body_examples[name])
