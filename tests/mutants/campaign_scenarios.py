"""Scenarios: campaigns, their content, their launch."""

from typing import Any

from ..kit.api import UNKNOWN_ID, follow_up
from .recorder import SECOND_KEY, Recorder, variant


def exercise_settings(recorder: Recorder) -> None:
    """Campaigns are made, read and changed."""
    ask = recorder.ask
    bare = recorder.add_campaign()
    recorder.add_campaign()
    path = f"/campaigns/{bare}"
    ask("GET", path)
    full = recorder.add_campaign(
        name=" ﬁ ① <Ünï> 🙂 e\u0301 'quoted' \x00" + "long " * 45,
        timezone="US/Eastern",
        sending_days=[5, 1, 3, 1],
        sending_window_start=10,
        sending_window_end=10,
        sending_window_end_minute=30,
        daily_limit_per_inbox=30,
        start_date="2024-02-01T09:30:00+02:00",
        enable_tracking=True,
        enable_unsubscribe=False,
        unknown=1,
    )
    ask("GET", f"/campaigns/{full}")
    ask("GET", f"/campaigns/{full.upper()}")
    ask("GET", f"/campaigns/{full}/")
    recorder.add_campaign(start_date="2024-02-01T09:30:00", timezone="Asia/Tokyo")
    ask("PUT", path, {"sending_window_start": 2, "sending_window_end": 5})
    ask("PUT", path, {"start_date": "2024-02-01T09:30:00", "daily_limit_per_inbox": 7, "current_step": 1})
    ask("PUT", path, {"name": "Renamed campaign", "enable_tracking": True, "lead_mapping": {"email": "E"}})
    ask("PUT", path, {"name": "Refused campaign", "sending_window_end": 1, "lead_mapping": {"a": "b"}})
    ask("GET", path)
    nulls = dict.fromkeys(("name", "timezone", "sending_window_end", "daily_limit_per_inbox", "start_date"))
    ask("PUT", path, {**nulls, "lead_mapping": {"first_name": "F"}})
    ask("GET", path)
    ask("PUT", path, {})
    ask("PUT", path, {"name": " padded  name ", "sending_days": [6], "daily_limit_per_inbox": 80})
    ask("GET", path)
    ask("GET", f"/campaigns/{full}")
    for window in ((10, 30, 10, 15), (10, 0, 10, 0), (5, 0, 4, 0), (17, 0, 24, 1), (23, 0, 24, 0)):
        names = ("start", "start_minute", "end", "end_minute")
        sent: dict[str, Any] = {
            f"sending_window_{name}": value for name, value in zip(names, window, strict=True)
        }
        recorder.add_campaign(**sent)
        ask("PUT", path, sent)
    ask("PUT", path, {"sending_window_start": 2, "sending_window_start_minute": 0})
    ask("PUT", path, {"sending_window_end": 5})
    ask("PUT", path, {"sending_window_end": 1})
    for step in (3, 2, 1, 2):
        ask("PUT", path, {"current_step": step})


def exercise_refusals(recorder: Recorder) -> None:
    """Requests that break their schema, their syntax, or ask for what is not there."""
    ask = recorder.ask
    path = f"/campaigns/{recorder.add_campaign()}"
    bad: list[Any] = [
        {},
        {"name": "short", "sending_days": [0], "daily_limit_per_inbox": "30"},
        {"name": "A campaign", "timezone": "America/Invalid"},
        {"name": "A campaign", "start_date": "tomorrow"},
        {"name": "A campaign", "sending_window_start": "9", "enable_tracking": "yes"},
        {"name": "A campaign", "sending_window_start": 9.5, "enable_tracking": 1},
        {"name": "A campaign", "sending_window_start": True, "timezone": 5},
        {"name": "A campaign", "sending_window_start": 9.0},
        {"name": "A campaign", "timezone": "america/new_york"},
        {"name": "A campaign", "timezone": "UTC", "daily_limit_per_inbox": None, "start_date": None},
        {"name": "A campaign", "sending_days": None, "sending_window_end": 10**30},
        {"name": 10**5 * "x"},
        {"name": "A campaign", "enable_tracking": "maybe", "sending_window_end": "24"},
        {"name": "A campaign", "sending_days": 3},
        {"name": "A campaign", "sending_days": "1,2"},
        {"name": ["A campaign"]},
        {"name": {"a": "campaign"}},
        [{"name": "A campaign"}],
        [],
        "text",
        None,
    ]
    for body in bad:
        ask("POST", "/campaigns", body)
        ask("PUT", path, body)
    raw = [b"{nope", b"", b'{"name":"\\ud800 half of it"}', b'{"name":1e400}', b"[" * 5000 + b"]" * 5000]
    raw += [b'{"name":"\xff\xff\xff\xff\xff\xff\xff\xff"}', b'{"name":"A campaign","x":NaN}']
    raw += [b'{"name":' + b"9" * 5000 + b"}", b'\xef\xbb\xbf{"name":"A campaign"}']
    for data in raw:
        ask("POST", "/campaigns", data=data)
    ask("POST", "/campaigns", data=b'{"name":"A campaign"}', content_type="text/plain")
    ask("POST", "/campaigns", data=b'{"name":"A campaign"}', content_type=None)
    ask("GET", path)
    for method, tail in (
        ("GET", ""),
        ("PUT", ""),
        ("POST", "/pause"),
        ("POST", "/leads/manual"),
        ("DELETE", ""),
    ):
        body = {"email": "ada@example.com"} if tail.startswith("/leads") else {}
        ask(method, f"/campaigns/{UNKNOWN_ID}{tail}", body)
        ask(method, f"/campaigns/nonsense{tail}", body)
    ask("GET", f"/sender-accounts/{UNKNOWN_ID}")
    ask("DELETE", f"/sender-accounts/{UNKNOWN_ID}")
    ask("GET", "/nowhere")
    ask("GET", "/campaigns/a/b/c%00%ff")
    ask("PATCH", path)
    ask("DELETE", "/campaigns")
    ask("OPTIONS", "/campaigns")
    ask("HEAD", path)


def exercise_content(recorder: Recorder) -> None:
    """Variants, follow-ups and sender accounts of a draft."""
    ask = recorder.ask
    path = f"/campaigns/{recorder.add_campaign()}"
    for shares in ((50, 40), (50, 49), (51, 50), (100, 100), (70, 30)):
        ask("PUT", path, {"variants": [variant("a", shares[0]), variant("b", shares[1])]})
    ask("PUT", path, {"variants": [variant("A", 50), variant("a", 50)]})
    ask("PUT", path, {"variants": [variant("A1")]})
    ask("PUT", path, {"variants": [{"subject_template": "Hello", "email_content": "Nothing but defaults."}]})
    ask("GET", path)
    ask("PUT", path, {"variants": [variant("beta", variant_label=" x ", content_type="html")]})
    ask("PUT", path, {"variants": [variant("A", content_type="pdf")]})
    ask("GET", path)
    ask("PUT", path, {"sequences": [follow_up(4), follow_up(2, enable_unsubscribe=False)]})
    ask("GET", path)
    ask("PUT", path, {"sequences": [follow_up(2, variants=[variant("A", 50), variant("A", 50)])]})
    ask("PUT", path, {"sequences": [follow_up(3, trigger_type="OPENED_BUT_NOT_REPLIED")]})
    ask("PUT", path, {"sequences": [follow_up(2, variants=[variant("A", 60), variant("B", 30)])]})
    ask("PUT", path, {"sequences": [follow_up(2), follow_up(2)]})
    ask("PUT", path, {"sequences": [follow_up(2, trigger_type="NEVER")]})
    ask("PUT", path, {"sequences": [], "sequence_edits": [{"action": "add", **follow_up(2)}]})
    ask("PUT", path, {"sequence_edits": [{"action": "add", **follow_up(2)}]})
    ask("GET", path)
    one, two = recorder.add_account("one@example.com"), recorder.add_account("two@example.com")
    foreign = recorder.add_account("sam@example.com", key=SECOND_KEY)
    ask("PUT", path, {"inbox_ids": [one]})
    ask("PUT", path, {"inbox_ids": [two, two, one]})
    ask("PUT", path, {"inbox_ids": [two]})
    for unknown in (UNKNOWN_ID, foreign):
        ask("PUT", path, {"name": "Refused campaign", "inbox_ids": [one, unknown]})
    ask("GET", path)
    fresh = f"/campaigns/{recorder.add_campaign()}"
    ask("PUT", fresh, {"inbox_ids": [one, UNKNOWN_ID]})
    ask("PUT", fresh, {"enable_tracking": True})
    ask("DELETE", f"/sender-accounts/{two}")
    ask("GET", path)


def exercise_launch(recorder: Recorder) -> None:
    """Launch, with each part missing, and every transition of the status."""
    ask = recorder.ask
    missing = recorder.add_campaign()
    path = f"/campaigns/{missing}"
    account = recorder.add_account("launch@example.com")
    ask("PUT", path, {"launch": True, "name": "Refused campaign"})
    ask("PUT", path, {"inbox_ids": [account], "variants": [variant()]})
    ask("PUT", path, {"launch": True, "name": "Refused campaign"})
    ask("GET", path)
    for lacking in ("inbox", "variant"):
        path = f"/campaigns/{recorder.add_campaign()}"
        parts: dict[str, Any] = {"variants": [variant()]} if lacking == "inbox" else {"inbox_ids": [account]}
        recorder.add_lead(path.removeprefix("/campaigns/"))
        ask("PUT", path, parts)
        ask("PUT", path, {"launch": True})
        ask("PUT", path, {"launch": False})
    for action in ("pause", "activate", "archive"):
        ask("POST", f"{path}/{action}")
    together = f"/campaigns/{recorder.add_campaign()}"
    parts = {"inbox_ids": [account], "variants": [variant()]}
    ask("PUT", together, parts)
    ask("PUT", together, {"launch": True})
    together = f"/campaigns/{recorder.add_campaign()}"
    recorder.add_lead(together.removeprefix("/campaigns/"))
    ask("PUT", together, {**parts, "launch": True})
    ask("DELETE", f"/sender-accounts/{account}")
    path = f"/campaigns/{recorder.prepare()}"
    ask("PUT", path, {"launch": True, "variants": [variant("C")], "name": "Launched campaign"})
    ask("GET", path)
    ask("PUT", path, {"launch": True})
    ask("PUT", path, {"name": "Refused campaign"})
    ask("DELETE", path)
    for action in ("activate", "archive", "pause", "pause"):
        ask("POST", f"{path}/{action}")
        ask("GET", path)
    _edit_paused(recorder, path)
    for action in ("activate", "pause", "archive", "activate"):
        ask("POST", f"{path}/{action}")
    ask("GET", path)
    recorder.add_lead(path.removeprefix("/campaigns/"), "late@example.com")
    ask("PUT", path, {"name": "Refused campaign"})
    ask("DELETE", path)
    older = f"/campaigns/{recorder.prepare()}"
    for step in (1, 2, 3, 4, 5):
        ask("PUT", older, {"current_step": step})
    ask("GET", older)
    ask("POST", f"{older}/pause")
    ask("PUT", older, {"launch": True})
    ask("POST", f"{older}/pause")
    ask("DELETE", older)


def _edit_paused(recorder: Recorder, path: str) -> None:
    ask = recorder.ask
    ask("PUT", path, {"variants": [variant("B", 40)]})
    ask("PUT", path, {"variants": [variant("B", 40), variant("C", 60)]})
    shares = [variant(name, 20) for name in "ABDE"]
    ask("PUT", path, {"variants": [*shares, variant("C", 20)]})
    ask("PUT", path, {"variants": [*shares[:3], variant("B", 0)]})
    ask("PUT", path, {"variants": [variant(name, 20) for name in "DEFC"]})
    ask("PUT", path, {"sequences": [follow_up(2)]})
    first, second = [
        str(sequence.get("sequence_id")) for sequence in [*ask("GET", path).get("sequences", []), {}, {}][:2]
    ]
    edits: list[dict[str, Any]] = [
        {"action": "add", **follow_up(3)},
        {"action": "add", **follow_up(7)},
        {"action": "add"},
        {"action": "edit", "sequence_id": first, "wait_days": 9},
        {"action": "edit", "sequence_id": first, "step_number": 3},
        {"action": "edit", "wait_days": 9},
        {"action": "edit", "sequence_id": second, "wait_days": 8},
        {"action": "delete", "sequence_id": second},
        {"action": "delete", "sequence_id": UNKNOWN_ID},
    ]
    for edit in edits:
        ask("PUT", path, {"sequence_edits": [edit]})
    more = [{"action": "add", **follow_up(step)} for step in (3, 4, 5, 6, 8, 9, 10, 11)]
    ask("PUT", path, {"sequence_edits": [*more, {"action": "delete", "sequence_id": second}]})
    ask("PUT", path, {"sequence_edits": more})
    ask("PUT", path, {"sequence_edits": [{"action": "add", **follow_up(3)}]})
    ask("GET", path)
