"""How to meet the errors of sender accounts and domains."""

from mockserver.openapi.spec import Operation

from .api import SPEC, Api

# The operation that starts a job, by the one that reads its progress.
JOB_STARTS = {
    "getBulkSmtpProgress": "bulkCreateSmtpSenderAccounts",
    "getBulkNativeProgress": "bulkCreateNativeSenderAccounts",
    "getBulkDeleteProgress": "bulkDeleteSenderAccounts",
}


def start_job(api: Api, progress: str, domain_id: str) -> str:
    """Start a job of the kind that an operation reads, as in the example; returns its id."""
    operation = SPEC.operations[JOB_STARTS[progress]]
    example = next(iter(operation.body_examples.values()))
    return str(api.ok(operation.operation_id, {**example, "domain_id": domain_id})["job_id"])


def prepare_accounts(api: Api, operation: Operation) -> dict[str, str]:
    """Make what operations on domains and jobs need; returns the ids."""
    ids = {"domain_id": api.domain(active=operation.operation_id != "activateDomain")}
    if "Redirect" in operation.operation_id:
        api.ok("setDomainRedirect", {"target_domain": "yourcompany.com"}, **ids)
    if operation.operation_id in JOB_STARTS:
        ids["job_id"] = start_job(api, operation.operation_id, ids["domain_id"])
    return ids
