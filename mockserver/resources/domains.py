"""Domains: added, set up step by step, given a redirect, deleted."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from ..errors import ApiError
from ..openapi.spec import load_spec
from ..state.jobs import start_job
from ..state.records import DOMAIN_SETUP, Domain, Job, Redirect
from ..state.workspace import Workers, Workspace
from .call import Call
from .paging import paginate

__all__ = [
    "activate_domain",
    "add_domain",
    "delete_domain",
    "delete_domain_redirect",
    "get_domain",
    "get_domain_progress",
    "get_domain_redirect",
    "list_domains",
    "set_domain_redirect",
]


# What stands for a set-up that gets stuck; described in openapi.yaml.
_UNDELEGATED = ".invalid"
_FAILING = "failing."

_BEFORE_ACTIVATION = ("PENDING", "DNS_CONFIGURING", "DNS_PENDING")
# Status of a domain → status, percentage and words of its progress.
_PROGRESS = {
    "PENDING": ("PENDING", 0, "Setup has not started"),
    "DNS_CONFIGURING": ("IN_PROGRESS", 25, "Configuring DNS"),
    "DNS_PENDING": ("IN_PROGRESS", 50, "Waiting for nameserver delegation"),
    "SERVICES_CONFIGURING": ("IN_PROGRESS", 75, "Configuring mail services"),
    "ACTIVE": ("COMPLETED", 100, "Domain is active"),
    "FAILED": ("FAILED", 75, "Setup failed. Activate the domain to try again."),
}
_NAMESERVERS = ("ns1.coldsend.io", "ns2.coldsend.io")
# The values that the vendor's client asks its users to set.
_DNS_RECORDS: tuple[dict[str, Any], ...] = (
    {"type": "MX", "name": "@", "value": "mx.coldsend.io", "priority": 10},
    {"type": "TXT", "name": "@", "value": "v=spf1 include:coldsend.io ~all", "priority": None},
    {"type": "CNAME", "name": "coldsend._domainkey", "value": "dkim.coldsend.io", "priority": None},
)


def list_domains(call: Call) -> dict[str, Any]:
    """Return a page of the workspace's domains, newest first."""
    workspace = call.workspace
    status = call.query.get("status")
    view = workspace.domains.view(status, lambda domain: status in (None, domain.status))
    page, pagination = paginate(view.read(descending=True), call.query)
    return {"domains": [_describe(workspace, domain) for domain in page], "pagination": pagination}


def add_domain(call: Call) -> dict[str, Any]:
    """Store a domain that waits for its nameservers."""
    workspace = call.workspace
    name = call.body["domain"].lower()
    if workspace.domains.count("name", name):
        raise ApiError("domain_exists")
    now = workspace.now()
    most = load_spec().find_schema("DomainListItem.max_inboxes")["default"]
    domain = workspace.domains.put(Domain(workspace.draw_id(), name, now, now, max_inboxes=most))
    return _describe(workspace, domain)


def get_domain(call: Call) -> dict[str, Any]:
    """Return one domain with its DNS records."""
    return _describe(call.workspace, _find(call))


def get_domain_progress(call: Call) -> dict[str, Any]:
    """Return how far the set-up has come."""
    domain = _find(call)
    status, percentage, words = _PROGRESS[domain.status]
    return {
        "domain_id": domain.domain_id,
        "domain_name": domain.domain_name,
        "status": status,
        "progress_percentage": percentage,
        "is_complete": status == "COMPLETED",
        "is_failed": status == "FAILED",
        "status_message": words,
    }


def activate_domain(call: Call) -> dict[str, Any]:
    """DNS_PENDING or FAILED → SERVICES_CONFIGURING, once the nameservers are set."""
    workspace, domain = call.workspace, _find(call)
    if domain.status not in ("DNS_PENDING", "FAILED"):
        raise ApiError("domain_not_pending")
    verified = _is_delegated(workspace, domain)
    if not verified:
        return {
            **_describe(workspace, domain),
            "message": call.operation.message("nameservers_not_set"),
            "dns_verified": False,
            "estimated_completion_time": None,
        }
    domain = replace(domain, status="SERVICES_CONFIGURING", updated_at=workspace.now())
    workspace.domains.put(domain)
    job = start_job(
        workspace, DOMAIN_SETUP, [{"domain_id": domain.domain_id}], stages=("SERVICES_CONFIGURING",)
    )
    return {
        **_describe(workspace, domain),
        "message": call.operation.message("started"),
        "dns_verified": True,
        "estimated_completion_time": _finish_time(workspace, job.started_at),
    }


def delete_domain(call: Call) -> dict[str, Any]:
    """Remove a domain that has no sender accounts, and its redirect."""
    workspace, domain = call.workspace, _find(call)
    if workspace.sender_accounts.count("domain", domain.domain_id):
        raise ApiError("domain_has_inboxes")
    for redirect in workspace.redirects.where("domain", domain.domain_id):
        workspace.redirects.remove(redirect.redirect_id)
    workspace.domains.remove(domain.domain_id)
    return {"domain_id": domain.domain_id, "domain_name": domain.domain_name, "deleted": True}


def get_domain_redirect(call: Call) -> dict[str, Any]:
    """Return where the domain redirects to."""
    return _describe_redirect(call.workspace, _find_redirect(call))


def set_domain_redirect(call: Call) -> dict[str, Any]:
    """Redirect an ACTIVE domain, instead of where it did before."""
    workspace, domain = call.workspace, _find(call)
    if domain.status != "ACTIVE":
        raise ApiError("redirect_needs_active_domain")
    now = workspace.now()
    settings = {**call.body, "target_domain": call.body["target_domain"].lower()}
    known = workspace.redirects.where("domain", domain.domain_id)
    redirect = (
        replace(known[0], changed_at=now, settings=settings)
        if known
        else Redirect(workspace.draw_id(), domain.domain_id, now, now, settings)
    )
    return _describe_redirect(workspace, workspace.redirects.put(redirect))


def delete_domain_redirect(call: Call) -> dict[str, Any]:
    """Stop redirecting the domain."""
    call.workspace.redirects.remove(_find_redirect(call).redirect_id)
    return {}


def _find(call: Call) -> Domain:
    return call.workspace.domains.get(call.path["domain_id"])


def _find_redirect(call: Call) -> Redirect:
    found = call.workspace.redirects.where("domain", _find(call).domain_id)
    if not found:
        raise ApiError("redirect_not_found")
    return found[0]


def _describe(workspace: Workspace, domain: Domain) -> dict[str, Any]:
    verified = domain.status not in _BEFORE_ACTIVATION
    return {
        **{field.name: getattr(domain, field.name) for field in fields(Domain)},
        "mailcow_added": domain.status == "ACTIVE",
        "cloudflare_verified": verified,
        "current_inboxes": workspace.sender_accounts.count("domain", domain.domain_id),
        "nameservers": _NAMESERVERS,
        "dns_records": [{**record, "verified": verified} for record in _DNS_RECORDS],
    }


def _describe_redirect(workspace: Workspace, redirect: Redirect) -> dict[str, Any]:
    return {
        **redirect.settings,
        "redirect_id": redirect.redirect_id,
        "source_domain": workspace.domains.get(redirect.domain_id).domain_name,
        "is_active": True,
        "setup_completed": _finish_time(workspace, redirect.changed_at) <= workspace.now(),
        "created_at": redirect.created_at,
    }


def _is_delegated(workspace: Workspace, domain: Domain) -> bool:
    """Return whether the nameservers count as set: some time after they were named."""
    is_over = _finish_time(workspace, domain.created_at) <= workspace.now()
    return is_over and not domain.domain_name.endswith(_UNDELEGATED)


def _finish_time(workspace: Workspace, started_at: datetime) -> datetime:
    return started_at + timedelta(seconds=workspace.options.job_seconds)


def _set_up(workspace: Workspace, _job: Job, row: dict[str, Any], at: datetime) -> dict[str, Any]:
    domain = workspace.domains.find(row["domain_id"])
    if domain is None or domain.status != "SERVICES_CONFIGURING":
        return {"status": "SKIPPED"}
    status = "FAILED" if domain.domain_name.startswith(_FAILING) else "ACTIVE"
    workspace.domains.put(replace(domain, status=status, updated_at=at))
    return {"status": "FAILED" if status == "FAILED" else "SUCCESS"}


WORKERS: Workers = {DOMAIN_SETUP: _set_up}
