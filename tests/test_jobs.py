"""Background jobs work off their rows on the workspace's clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.errors import ApiError
from mockserver.state.jobs import advance_jobs, describe_job, find_job, start_job
from mockserver.state.records import Job
from mockserver.state.workspace import Workers, Workspace, WorkspaceOptions

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
WORKERS: Workers = {"test": lambda _workspace, _job, row, at: {"status": row["outcome"], "at": at}}


def make_workspace(seconds: int) -> Workspace:
    workspace = Workspace("test", "0", options=WorkspaceOptions(job_seconds=seconds), workers=WORKERS)
    workspace.clock.freeze(NOON)
    return workspace


def rows(count: int, outcome: str = "SUCCESS") -> list[dict[str, Any]]:
    return [{"outcome": outcome}] * count


def look(workspace: Workspace, job: Job, after: float = 0) -> dict[str, Any]:
    workspace.clock.freeze(NOON + timedelta(seconds=after))
    advance_jobs(workspace)
    return describe_job(workspace.jobs.get(job.job_id), workspace.now())


def test_a_job_that_takes_no_time_is_done_at_the_first_look() -> None:
    workspace = make_workspace(0)
    job = start_job(workspace, "test", [*rows(2), *rows(1, "FAILED")])
    assert job.results == ()
    seen = look(workspace, job)
    assert (seen["status"], seen["progress_percentage"]) == ("COMPLETED", 100)
    assert (seen["total"], seen["processed_count"]) == (3, 3)
    assert (seen["success_count"], seen["failed_count"]) == (2, 1)
    assert seen["started_at"] == seen["completed_at"] == NOON


def test_a_job_goes_through_its_stages_and_does_its_rows_in_the_last() -> None:
    workspace = make_workspace(30)
    job = start_job(workspace, "test", rows(4), stages=("PENDING", "VALIDATING", "IN_PROGRESS"))
    seen = [look(workspace, job, after) for after in (0, 9, 10, 20, 22.5, 29, 30)]
    assert [(s["status"], s["processed_count"], s["progress_percentage"]) for s in seen] == [
        ("PENDING", 0, 0),
        ("PENDING", 0, 0),
        ("VALIDATING", 0, 0),
        ("IN_PROGRESS", 0, 0),
        ("IN_PROGRESS", 1, 25),
        ("IN_PROGRESS", 3, 75),
        ("COMPLETED", 4, 100),
    ]
    assert [s["completed_at"] for s in seen] == [*[None] * 6, NOON + timedelta(seconds=30)]


def test_a_job_without_rows_takes_its_time_too() -> None:
    workspace = make_workspace(10)
    job = start_job(workspace, "test", [])
    assert look(workspace, job, 9)["status"] == "IN_PROGRESS"
    seen = look(workspace, job, 10)
    assert (seen["status"], seen["progress_percentage"], seen["total"]) == ("COMPLETED", 100, 0)


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(
    seconds=st.integers(0, 100),
    count=st.integers(0, 20),
    looks=st.lists(st.integers(0, 120), max_size=10).map(sorted),
)
def test_many_looks_come_to_the_same_as_one(seconds: int, count: int, looks: list[int]) -> None:
    often, once = make_workspace(seconds), make_workspace(seconds)
    jobs = [start_job(workspace, "test", rows(count)) for workspace in (often, once)]
    done = 0
    for after in looks:
        seen = look(often, jobs[0], after)
        assert done <= seen["processed_count"] <= seen["total"] == count
        assert (seen["status"] == "COMPLETED") == (after >= seconds) == (seen["completed_at"] is not None)
        done = seen["processed_count"]
    assert look(often, jobs[0], 150) == look(once, jobs[1], 150)


def test_a_clock_turned_back_undoes_nothing() -> None:
    workspace = make_workspace(10)
    job = start_job(workspace, "test", rows(2))
    assert look(workspace, job, 10)["status"] == "COMPLETED"
    assert look(workspace, job, -10)["processed_count"] == 2


@pytest.mark.parametrize(("kind", "job_id"), [("other", None), ("test", "unknown")])
def test_a_job_is_found_by_its_id_and_kind(kind: str, job_id: str | None) -> None:
    workspace = make_workspace(0)
    job = start_job(workspace, "test", [])
    assert find_job(workspace, "test", job.job_id) == job
    with pytest.raises(ApiError, match="job_not_found"):
        find_job(workspace, kind, job_id or job.job_id)


@pytest.mark.parametrize("seconds", [10**15, 10**300])
def test_a_job_may_take_longer_than_the_calendar(seconds: int) -> None:
    workspace = make_workspace(seconds)
    job = start_job(workspace, "test", rows(2))
    assert look(workspace, job, after=10**9)["processed_count"] == 0
