"""The samples of the vendor's two guides work as printed; only the host is another."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import requests

from .kit.api import variant
from .kit.socket_api import SocketApi
from .needs import need

CREATE = """
response = requests.post(
"https://api.coldsend.io/api/public/v1/campaigns",
headers={"X-API-Key": "cs_live_your_api_key"},
json={
"name": "Q1 Product Launch",
"timezone": "America/New_York",
"sending_days": [1, 2, 3, 4, 5],
"sending_window_start": 9,
"sending_window_end": 17,
"daily_limit_per_inbox": 30,
"enable_tracking": True,
"enable_unsubscribe": True
}
)
"""
CREATED = """
{
"success": true,
"message": "Campaign created successfully",
"campaign_id": "550e8400-e29b-41d4-a716-446655440000",
"name": "Q1 Product Launch",
"status": "DRAFT",
"current_step": 0,
"created_at": "2024-01-15T10:30:00Z"
}
"""
UPDATE = """
response = requests.put(
f"https://api.coldsend.io/api/public/v1/campaigns/{campaign_id}",
headers={"X-API-Key": "cs_live_your_api_key"},
json={
"name": "Updated Campaign Name",
"daily_limit_per_inbox": 50,
"inbox_ids": [inbox_id],
"variants": [...],
"sequences": [...]
}
)
"""
UPDATED = """
{
"success": true,
"message": "Campaign updated successfully",
"campaign_id": "550e8400-e29b-41d4-a716-446655440000",
"current_step": 3,
"status": "DRAFT",
"updated_at": "2024-01-15T11:00:00Z",
"inbox_validations": [
{
"inbox_id": "650e8400-e29b-41d4-a716-446655440000",
"is_valid": true
}
]
}
"""
DELETE = """
response = requests.delete(
f"https://api.coldsend.io/api/public/v1/campaigns/{campaign_id}",
headers={"X-API-Key": "cs_live_your_api_key"}
)
"""
INVALID = {
    "timezone": (
        {"name": "Q1 Product Launch", "timezone": "America/Invalid"},
        '{"detail": [{"loc": ["body", "timezone"],'
        ' "msg": "Invalid timezone: America/Invalid", "type": "value_error"}]}',
    ),
    "window": (
        {"name": "Q1 Product Launch", "sending_window_start": 17, "sending_window_end": 9},
        '{"detail": "sending_window_end must be greater than sending_window_start"}',
    ),
    "name": (
        {"name": "Q1"},
        '{"detail": [{"loc": ["body", "name"], "msg": "ensure this value has at least 8 characters",'
        ' "type": "value_error.any_str.min_length"}]}',
    ),
}

Run = Callable[..., requests.Response]


@pytest.fixture
def run(server_url: str) -> Run:
    """Run a sample against this server; what it leaves in `response`."""

    def run_sample(sample: str, **names: Any) -> requests.Response:
        for host in ("https://api.coldsend.io", "https://api.coldsend.pro"):
            sample = sample.replace(f"{host}/api/public/v1", server_url)
        scope = {"requests": requests, **names}
        exec(sample, scope)
        response = scope["response"]
        assert isinstance(response, requests.Response)
        return response

    return run_sample


def same_keys(value: Any, sample: str) -> bool:
    return list(value) == list(json.loads(sample))


def test_the_steps_of_the_guides_work_with_requests(run: Run, socket_api: SocketApi) -> None:
    user = SocketApi.__new__(SocketApi)
    user.__dict__.update(socket_api.__dict__, key="cs_live_your_api_key")
    inbox_id = user.account("guide@outreach.example.com")

    created = run(CREATE)
    campaign_id = created.json()["campaign_id"]
    assert created.status_code == 201
    assert created.json() == json.loads(CREATED) | {
        "campaign_id": campaign_id,
        "created_at": created.json()["created_at"],
    }
    assert same_keys(created.json(), CREATED)

    content = UPDATE.replace("[...]", "variants", 1).replace("[...]", "sequences", 1)
    steps = [{"step_number": 2, "trigger_type": "NOT_REPLIED", "wait_days": 3,
              "variants": [{"email_content": "Just following up."}]}]  # fmt: skip
    names = {"campaign_id": campaign_id, "inbox_id": inbox_id, "sequences": steps}
    updated = run(content, variants=[variant("A", 60), variant("B", 40)], **names)
    assert updated.status_code == 200
    answer, sample = updated.json(), json.loads(UPDATED)
    assert set(sample) <= set(answer)
    assert {key: answer[key] for key in ("success", "message", "status")} == {
        key: sample[key] for key in ("success", "message", "status")
    }
    assert answer["inbox_validations"] == [{"inbox_id": inbox_id, "is_valid": True}]
    assert answer["missing_requirements"] == ["leads"]

    user.lead(campaign_id)
    launched = user.update(campaign_id, launch=True)
    assert (launched["status"], launched["is_launch_ready"]) == ("ACTIVE", True)
    user.ok("pauseCampaign", campaign_id=campaign_id)

    deleted = run(DELETE, campaign_id=campaign_id)
    assert deleted.status_code == 200
    assert user("getCampaign", campaign_id=campaign_id).status == 404


@pytest.mark.parametrize(("body", "printed"), INVALID.values(), ids=INVALID)
def test_the_errors_of_the_guides_are_answered_as_printed(body: Any, printed: str, server_url: str) -> None:
    response = requests.post(
        f"{server_url}/campaigns", headers={"X-API-Key": "cs_live_your_api_key"}, json=body, timeout=10
    )
    assert response.status_code == (400 if body.get("sending_window_end") else 422)
    assert response.json() == json.loads(printed)


def test_the_steps_of_the_guides_work_with_curl(server_url: str, key: str) -> None:
    def curl(method: str, path: str, body: Any = None) -> Any:
        command = [need("curl"), "--silent", "--show-error", "-X", method, f"{server_url}{path}", "-H"]
        command += [f"X-API-Key: {key}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        return json.loads(done.stdout)

    campaign = curl("POST", "/campaigns", {"name": "Q1 Product Launch", "sending_window_start_minute": 30})
    path = f"/campaigns/{campaign['campaign_id']}"
    assert curl("PUT", path, {"variants": [variant()]})["missing_requirements"] == ["leads", "inboxes"]
    assert curl("PUT", path, {"launch": True}) == {
        "detail": "Campaign is not ready to launch. Missing: leads, inboxes"
    }
    assert curl("GET", path)["sending_window_start_minute"] == 30
    assert curl("DELETE", path)["success"] is True
    assert curl("GET", path) == {"detail": "Campaign not found"}
