"""Background jobs: rows worked off one by one, on the workspace's clock."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..errors import ApiError
from .records import Job
from .workspace import Worker, Workspace


def start_job(
    workspace: Workspace,
    kind: str,
    rows: Sequence[dict[str, Any]],
    *,
    facts: dict[str, Any] | None = None,
    stages: tuple[str, ...] = ("PENDING", "IN_PROGRESS"),
) -> Job:
    """Store a job that takes `job_seconds` of the workspace's options; none of its rows is done yet.

    `kind` names its worker, `facts` is what the rows have in common, `stages` are the statuses before
    it is COMPLETED. The pipeline does the rows that are due before and after every request.
    """
    return workspace.jobs.put(
        Job(
            job_id=workspace.draw_id(),
            kind=kind,
            started_at=workspace.now(),
            seconds=workspace.options.job_seconds,
            stages=stages,
            facts=facts or {},
            rows=tuple(rows),
        )
    )


def find_job(workspace: Workspace, kind: str, job_id: str) -> Job:
    """Return a job; raises ApiError `job_not_found` when there is none of this kind."""
    job = workspace.jobs.get(job_id)
    if job.kind != kind:
        raise ApiError("job_not_found")
    return job


def advance_jobs(workspace: Workspace) -> None:
    """Do what is due of every unfinished job; the caller holds the workspace's lock."""
    for job in workspace.jobs.where("open", value=True):
        _advance(workspace, job, workspace.workers[job.kind])


def find_next_end(workspace: Workspace) -> datetime | None:
    """Return when the first of the unfinished jobs will have done its last row; None without any."""
    ends = (_due(job, len(job.results) + len(job.rows)) for job in workspace.jobs.where("open", value=True))
    return min(ends, default=None)


def describe_job(job: Job, now: datetime) -> dict[str, Any]:
    """Return how far a job has come, under the names of the progress answers."""
    processed = len(job.results)
    total = processed + len(job.rows)
    statuses = [result["status"] for result in job.results]
    return {
        "job_id": job.job_id,
        "status": _status(job, now),
        "progress_percentage": processed * 100 // total if total else 100 * bool(job.completed_at),
        "total": total,
        "processed_count": processed,
        "success_count": statuses.count("SUCCESS"),
        "failed_count": statuses.count("FAILED"),
        "started_at": job.started_at,
        "completed_at": job.completed_at,
        "results": job.results,
    }


def _status(job: Job, now: datetime) -> str:
    if job.completed_at:
        return "COMPLETED"
    share = (now - job.started_at).total_seconds() / job.seconds if job.seconds else 0
    return job.stages[max(0, min(int(share * len(job.stages)), len(job.stages) - 1))]


def _advance(workspace: Workspace, job: Job, work: Worker) -> None:
    now = workspace.now()
    done: list[dict[str, Any]] = []
    for row in job.rows:
        at = _due(job, len(job.results) + len(done) + 1)
        if at > now:
            break
        done.append(work(workspace, job, row, at))
    end = _due(job, len(job.results) + len(job.rows))
    finished = len(done) == len(job.rows) and end <= now
    if done or finished:
        results = (*job.results, *done)
        completed_at = end if finished else None
        workspace.jobs.put(
            replace(job, rows=job.rows[len(done) :], results=results, completed_at=completed_at)
        )


def _due(job: Job, count: int) -> datetime:
    """Return when so many rows are done: evenly spread over the last of equally long stages.

    After the calendar ends, it is the end of the calendar: an imported job may take any number of seconds.
    """
    total = len(job.results) + len(job.rows)
    share = (len(job.stages) - 1 + (count / total if total else 1)) / len(job.stages)
    try:
        return job.started_at + timedelta(seconds=job.seconds * share)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
