"""Files of traffic: each form is read, and what cannot be read is told with its place."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from contracts.traffic import files, har
from contracts.traffic.files import read_traffic
from contracts.traffic.recorded import Recorded, TrafficError

URL = "https://api.coldsend.io/api/public/v1/campaigns"
KEY = {"x-api-key": "cs_live_files"}
SENT = b'{"name": "\xc3\x84 campaign"}'
ANSWER = b'{"detail": "no"}'

CASSETTE = """\
interactions:
- request:
    body: !!binary |
      {body}
    headers:
      X-API-Key:
      - cs_live_files
      Content-Type:
      - application/json
    method: POST
    uri: {url}
  response:
    body:
      string: !!binary |
        {answer}
    headers:
      Content-Type:
      - application/json
      Content-Encoding:
      - gzip
      Date:
      - Mon, 05 Jan 2026 09:00:00 GMT
    status:
      code: 400
      message: Bad Request
version: 1
"""


def read(path: Path) -> list[Recorded]:
    return [each for each in read_traffic(path) if each]


def write(folder: Path, content: Any) -> Path:
    path = folder / "traffic"  # without a suffix: what it says tells the form
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, "utf-8")
    return path


def make_entry(**changes: Any) -> dict[str, Any]:
    """Return an entry of a HAR, as browsers write it."""
    entry = {
        "startedDateTime": "2026-01-05T10:00:00.000+01:00",
        "time": 12.5,
        "request": {
            "method": "POST",
            "url": URL,
            "headers": [
                {"name": ":authority", "value": "api.coldsend.io"},
                {"name": "X-API-Key", "value": "cs_live_files"},
                {"name": "content-type", "value": "application/json"},
            ],
            "postData": {"mimeType": "application/json", "text": SENT.decode()},
            "bodySize": len(SENT),
        },
        "response": {
            "status": 400,
            "headers": [
                {"name": "content-type", "value": "application/json"},
                {"name": "content-encoding", "value": "br"},
            ],
            "content": {"size": len(ANSWER), "text": ANSWER.decode()},
        },
    }
    for path, value in changes.items():
        owner: Any = entry
        *parts, last = path.split("__")
        for part in parts:
            owner = owner[part]
        owner[last] = value
    return entry


def make_har(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"log": {"version": "1.2", "creator": {"name": "a browser"}, "entries": list(entries)}}


def expect_exchange(found: Recorded) -> None:
    assert (found.method, found.url, found.status) == ("POST", URL, 400)
    assert json.loads(found.request_body or b"") == json.loads(SENT)
    assert json.loads(found.response_body or b"") == json.loads(ANSWER)


def test_a_har_is_read(tmp_path: Path) -> None:
    [found] = read(write(tmp_path, make_har(make_entry())))
    expect_exchange(found)
    assert found.request_headers == {**KEY, "content-type": "application/json"}
    assert (str(found.at), found.seconds) == ("2026-01-05 09:00:00+00:00", 0.0125)


def test_bodies_of_a_har_may_be_base64_or_stand_beside_it(tmp_path: Path) -> None:
    text = base64.b64encode(ANSWER).decode()
    (tmp_path / "sent.json").write_bytes(SENT)
    entry = make_entry(
        response__content={"size": 1, "text": text, "encoding": "base64"},
        request__postData={"mimeType": "application/json", "_file": "sent.json"},
    )
    expect_exchange(read(write(tmp_path, make_har(entry)))[0])


def test_what_a_har_leaves_out_is_not_known(tmp_path: Path) -> None:
    entry = make_entry(
        request__postData={"mimeType": "multipart/form-data", "params": [{"name": "file"}]},
        response__content={"size": 300},
        response__headers=[],
    )
    [found] = read(write(tmp_path, make_har(entry)))
    assert (found.request_body, found.response_body, found.response_headers) == (None, None, None)


def test_requests_without_an_answer_are_passed_over(tmp_path: Path) -> None:
    aborted = make_entry(response__status=0)
    assert len(read(write(tmp_path, make_har(aborted, make_entry())))) == 1


def test_cassettes_of_vcrpy_are_read_in_yaml_and_json(tmp_path: Path) -> None:
    packed = base64.b64encode(gzip.compress(ANSWER)).decode()
    text = CASSETTE.format(body=base64.b64encode(SENT).decode(), url=URL, answer=packed)
    [found] = read(write(tmp_path, text))
    expect_exchange(found)
    assert str(found.answered_at) == "2026-01-05 09:00:00+00:00"
    interaction = {
        "request": {"method": "POST", "uri": URL, "headers": {}, "body": SENT.decode()},
        "response": {"status": {"code": 400}, "headers": {}, "body": {"string": ANSWER.decode()}},
    }
    expect_exchange(read(write(tmp_path, {"version": 1, "interactions": [interaction]}))[0])


def test_cassettes_of_betamax_are_read(tmp_path: Path) -> None:
    interaction = {
        "request": {"method": "POST", "uri": URL, "headers": {}, "body": {"string": SENT.decode()}},
        "response": {
            "status": {"code": 400, "message": "Bad Request"},
            "headers": {"Content-Type": ["application/json"]},
            "body": {"encoding": None, "base64_string": base64.b64encode(ANSWER).decode()},
        },
        "recorded_at": "2026-01-05T09:00:00",
    }
    cassette = {"http_interactions": [interaction], "recorded_with": "betamax/0.9"}
    expect_exchange(read(write(tmp_path, cassette))[0])


def test_the_journal_and_ndjson_are_read(tmp_path: Path) -> None:
    row = {
        "number": 1,
        "time": "2026-01-05T09:00:00.000Z",
        "workspace": "cs_live_file…",
        "method": "POST",
        "path": "/api/public/v1/campaigns",
        "query": "",
        "request": json.loads(SENT),
        "status": 400,
        "response": json.loads(ANSWER),
        "milliseconds": 1.5,
    }
    dropped = {**row, "status": 0}
    [found] = read(write(tmp_path, {"total": 2, "exchanges": [row, dropped]}))
    assert (found.path, found.workspace, found.response_headers) == (row["path"], row["workspace"], None)
    line = {"method": "POST", "url": URL, "request": json.loads(SENT), "status": 400}
    line["response_base64"] = base64.b64encode(ANSWER).decode()
    text = f"{json.dumps(line)}\n\n{json.dumps(make_entry())}\n"
    for each in read(write(tmp_path, text)):
        expect_exchange(each)
    assert len(read(write(tmp_path, [row, row]))) == 2


def test_a_form_of_the_journal_gets_its_boundary_back(tmp_path: Path) -> None:
    form = '--b0\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b0--\r\n'
    row = {"method": "POST", "path": "/x", "status": 200, "request": form, "response": {}}
    [found] = read(write(tmp_path, [row]))
    assert found.request_headers == {"content-type": "multipart/form-data; boundary=b0"}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("", "the file is empty"),
        ("just words", "a cassette has a list of `interactions`"),
        ("interactions: [1]", "interaction 1: an interaction has a request and a response"),
        (make_har({"request": {}}), "entry 1: an entry has a request and a response"),
        ('{"log": {"entries": [', "after entry 0: no JSON"),
        (make_har(make_entry(response__content={"text": "%", "encoding": "base64"})), "entry 1: the body is"),
        ('{"method": "GET", "url": "/x", "status": 200}\n{"met', "line 2: no JSON"),
        ('{"method": "GET", "url": "/x", "status": "ok"}', "line 1: `status` is 'ok'"),
        ({"exchanges": [{"method": "GET"}]}, "exchange 1: an exchange has"),
        ('{"unknown": true}', "line 1: an exchange has"),
        (make_har(make_entry(request__postData="text")), "entry 1: the exchange cannot be read"),
        (make_har(make_entry(response__content={"size": "much"})), "entry 1: the exchange cannot be read"),
        (make_har(make_entry(response__content={"_file": "a\0b"})), "entry 1: the exchange cannot be read"),
        (f'{{"method": "GET", "url": "/x", "status": 200, "milliseconds": {"9" * 400}}}', "line 1: the exch"),
        (
            {"interactions": [{"request": {"method": 1, "url": ""}, "response": []}]},
            "interaction 1: an inter",
        ),
        (f'{{"log": {{"version": {"9" * 5000}}}}}', "after entry 0: no JSON"),
        (f'{{"log": {{"entries": [{"[" * 100_000}', "after entry 0: no JSON: nested deeper than 500 levels"),
        (f"[{'[' * 100_000}", "after exchange 0: no JSON: nested deeper than 500 levels"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path, content: Any, place: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(TrafficError) as refused:
        read(path)
    assert str(refused.value).startswith(str(path))
    assert place in str(refused.value)


def test_a_body_beside_a_har_has_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(har, "MOST_BODY_BYTES", 1000)
    (tmp_path / "body").write_bytes(b"x" * 1001)
    with pytest.raises(TrafficError, match="more than 1000 bytes"):
        read(write(tmp_path, make_har(make_entry(response__content={"_file": "body"}))))


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_time_of_another_age_is_none(tmp_path: Path, year: str) -> None:
    date = {"name": "Date", "value": "Fri, 31 Dec 9999 23:59:59 -1200"}
    entry = make_entry(startedDateTime=f"{year}-12-31T23:59:59-12:00", response__headers=[date])
    [found] = read(write(tmp_path, make_har(entry)))
    assert (found.at, found.answered_at) == (None, None)


def test_an_exchange_has_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 100_000)
    large = make_entry(response__content={"size": 1, "text": "x" * 200_000})
    for content in (make_har(large), json.dumps(large), "interactions:\n" + "# much\n" * 50_000):
        with pytest.raises(TrafficError, match="100000 bytes"):
            read(write(tmp_path, content))
