"""The shortest test: a campaign is created and found again."""

from mockserver import create_app


def test_a_created_campaign_is_found_again() -> None:
    client = create_app().test_client()
    headers = {"X-API-Key": "cs_live_your_api_key"}
    created = client.post("/api/public/v1/campaigns", json={"name": "Q1 Product Launch"}, headers=headers)
    assert created.status_code == 201
    found = client.get(f"/api/public/v1/campaigns/{created.json['campaign_id']}", headers=headers)  # type: ignore[index]
    assert found.get_json()["timezone"] == "America/New_York"
