"""/metrics: what Prometheus learns of a server."""

import sys
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mockserver import MockServer, Settings, create_app
from mockserver.control import load_control_spec
from mockserver.http.meter import MetricsError

from .kit.api import SPEC, Api
from .kit.control import Control
from .kit.process import SECONDS, Process
from .kit.simulation import ready

KEY = "cs_live_metered"
Sample = tuple[str, frozenset[tuple[str, str]]]


@pytest.fixture
def app() -> MockServer:
    return create_app(Settings(metrics=True))


def scrape(app: MockServer, **headers: str) -> dict[Sample, float]:
    response = app.test_client().get("/metrics", headers=headers)
    assert response.status_code == 200
    families = text_string_to_metric_families(response.get_data(as_text=True))
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def sample(name: str, **labels: Any) -> Sample:
    return f"coldsend_mock_{name}", frozenset((label, str(value)) for label, value in labels.items())


def test_requests_are_counted_and_timed_by_operation(app: MockServer) -> None:
    api = Api(app, KEY)
    for name in ("Number one", "Number two"):
        api.campaign(name=name)
    assert api("createCampaign", {}).status == 422
    Control(api).ok("showClock")
    api.send("GET", "/nowhere")
    found = scrape(app)
    assert found[sample("requests_total", operation="createCampaign", status=201)] == 2
    assert found[sample("requests_total", operation="createCampaign", status=422)] == 1
    assert found[sample("requests_total", operation="showClock", status=200)] == 1
    assert found[sample("requests_total", operation="-", status=404)] == 1
    assert found[sample("request_seconds_count", operation="createCampaign")] == 3
    buckets = [
        value for (name, labels), value in found.items()
        if name == "coldsend_mock_request_seconds_bucket" and ("operation", "createCampaign") in labels
    ]  # fmt: skip
    assert sorted(buckets) == buckets
    assert buckets[-1] == 3
    assert found[sample("workspaces")] == 1


def test_mails_are_counted_those_of_campaigns_and_those_by_hand(app: MockServer) -> None:
    api = Api(app, KEY)
    control = Control(api)
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    api.update(ready(api, "a@example.com", "b@example.com"), launch=True)
    control.ok("moveClock", {"advance": "1d"})
    inbox_id = api.account()
    api.ok("sendTestEmail", {"recipient_email": "ada@example.com"}, inbox_id=inbox_id)
    sent = len(control.ok("listOutbox")["mails"])
    assert sent == 3
    assert scrape(app)[sample("mails_sent_total")] == sent


def test_no_label_comes_from_a_client(app: MockServer) -> None:
    api = Api(app, KEY)
    for number in range(3):
        api.send("GET", f"{SPEC.base_path}/campaigns/{KEY}{number}")
        api.send("GET", f"/{KEY}{number}")
        api.send("PROPFIND", f"/{KEY}{number}")
        headers = {SPEC.key_header: KEY, "Prefer": f"status={597 + number}"}
        api.send("GET", f"{SPEC.base_path}/campaigns", headers=headers)
    text = app.test_client().get("/metrics").get_data(as_text=True)
    assert KEY not in text
    known = {*SPEC.operations, *load_control_spec().operations, "-"}
    labels = [dict(labels) for name, labels in scrape(app) if name == "coldsend_mock_requests_total"]
    assert {each["operation"] for each in labels} <= known
    assert [each["operation"] for each in labels if each["status"] == "other"] == ["listCampaigns"]


def test_the_memory_of_the_process_is_told_on_linux(app: MockServer) -> None:
    if sys.platform == "linux":
        assert scrape(app)["process_resident_memory_bytes", frozenset()] > 10_000_000


def test_prometheus_chooses_the_format(app: MockServer) -> None:
    client = app.test_client()
    plain = client.get("/metrics")
    assert plain.content_type.startswith("text/plain; version=")
    chosen = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert chosen.content_type.startswith("application/openmetrics-text")
    assert chosen.get_data(as_text=True).endswith("# EOF\n")


def test_another_host_has_to_be_allowed(app: MockServer) -> None:
    assert app.test_client().get("/metrics", headers={"Host": "mock.internal"}).status_code == 403
    allowed = create_app(Settings(metrics=True, allowed_host=("mock.internal",)))
    assert scrape(allowed, Host="mock.internal")


def test_servers_of_one_process_count_for_themselves(app: MockServer) -> None:
    Api(app, KEY).campaign()
    other = create_app(Settings(metrics=True))
    assert sample("requests_total", operation="createCampaign", status=201) not in scrape(other)


def test_without_the_switch_there_is_no_such_page() -> None:
    app = create_app()
    assert app.test_client().get("/metrics").status_code == 404
    assert app.pipeline.meter is None


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MetricsError, match=r"pip install 'coldsend-mock\[metrics\]'"):
        create_app(Settings(metrics=True))


def test_the_command_names_the_flag(tmp_path: Any) -> None:
    (tmp_path / "prometheus_client.py").write_text("raise ModuleNotFoundError", "utf-8")
    process = Process("--metrics", PYTHONPATH=str(tmp_path)).popen
    log = process.communicate(timeout=SECONDS)[1]
    assert log == "Error: --metrics needs one more library: pip install 'coldsend-mock[metrics]'\n"
