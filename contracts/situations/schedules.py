"""Schedules: the settings of the campaigns that send, and their branches."""

from typing import Any

from ..walk.history import Mark
from .figures import ALWAYS

_HOUR = 3600
_TEMPLATE = (
    "{{dn_time_of_day}}, {{company|friend}}! {{no_field|Dear}} {{last_name}} {{ City }} {{no_field}}, on "
    "{{dn_day_name}} and {{dn_date 8 days from now dddd, MMMM Do YYYY, h:mm a Z}}.\n\n"
    '{% if last_name contains "Neil" and City != "007" %}with{% elsif company %}or{% else %}out{% endif %} '
    "{% unless company == blank %}name{% endunless %}{% comment %}draft{% endcomment %} "
    "{% raw %}{{last_name}}{% endraw %} "
    f"{'and so on, ' * 20}"
)
"""Each element of a template whose result does not depend on chance; longer than a preview."""
_HTML = {
    "subject_template": "{{first_name|A}} {{company|B}} subject, {{dn_time_of_day}}",
    "email_content": f'<p>{_TEMPLATE}</p>\n\n<p>See <a href="https://example.com/a">this</a> '
    'or <a href="https://example.com/b">that</a>.</p>',
    "content_type": "html",
}
_PLAIN = {**_HTML, "email_content": "See https://example.com/a soon.", "content_type": "plaintext"}
"""A mail whose opens are not noticed, though opens are tracked."""
_OTHER_HTML = {**_HTML, "subject_template": "Another subject", "email_content": "<p>Another text</p>"}
"""What nobody gets: who gets which variant is drawn, unless one has all."""
SCHEDULE: dict[str, Any] = {
    "start_date": None,
    "timezone": "Asia/Kolkata",
    "sending_days": [1, 3, 4, 5],
    "sending_window_start": 11,
    "sending_window_start_minute": 30,
    "sending_window_end": 15,
    "sending_window_end_minute": 15,
    "daily_limit_per_inbox": 3,
    "ramp_up_enabled": True,
    "ramp_up_increment": 1,
    "ramp_up_max_limit": 3,
    "enable_tracking": True,
    "enable_click_tracking": True,
    "variants": [
        {"variant_name": "A", "distribution_percent": 0, **_OTHER_HTML},
        {"variant_name": "B", "distribution_percent": 100, **_HTML},
    ],
}
"""The clock starts on a Monday at 20:30 in this time zone: on Tuesday nothing is sent."""
MANY_VARIANTS = [
    {"variant_name": name, "distribution_percent": 25, **(_HTML if name == "A" else _OTHER_HTML)}
    for name in "ABCD"
]
"""As many as there may be; who got A before keeps it."""
SLOWLY = {
    **ALWAYS,
    "start_date": Mark("noon", "5"),
    "timezone": "Europe/Berlin",
    "sending_days": [5, 6, 7, 1],
    "sending_window_start": 9,
    "sending_window_end": 17,
    "daily_limit_per_inbox": 3,
    "enable_tracking": True,
    "variants": [{"variant_name": "A", "distribution_percent": 100, **_PLAIN}],
    "sequences": [],
}
"""It starts on a Saturday at noon; on the next day, when it is COMPLETED, the clocks there go forward."""
FOLLOW_UPS: list[dict[str, Any]] = [
    {"step_number": 2, "trigger_type": "NOT_REPLIED", "wait_days": 2, "variants": [_HTML]},
    {"step_number": 3, "trigger_type": "NOT_OPENED", "wait_days": 1, "variants": [_HTML]},
    {"step_number": 4, "trigger_type": "OPENED_BUT_NOT_REPLIED", "wait_days": 3, "variants": [_HTML]},
]
WITH_PAUSE = {
    **ALWAYS,
    "timezone": "UTC",
    "daily_limit_per_inbox": 1,
    "sending_days": [6, 7, 2, 3],
    "variants": [{"variant_name": "A", "distribution_percent": 100, **_HTML}],
    "sequences": FOLLOW_UPS,
}
"""It is PAUSED on the Tuesday and the Wednesday when follow-ups are due."""
_BRANCH_STEPS = [
    {"wait_seconds": wait, "variants": [{"subject": "A subject", "body": _TEMPLATE}]}
    for wait in (30 * _HOUR, 120 * _HOUR)
]
"""They wait for longer than from one window to the next, and than other threads rest."""
BRANCHES: list[dict[str, Any]] = [
    {
        "trigger_type": "KEYWORD",
        "trigger_params": {"phrases": ["what nobody writes", "TELL me more"]},
        "label": "Interested",
        "steps": _BRANCH_STEPS,
    },
    {
        "trigger_type": "INTENT_TAG",
        "trigger_params": {"tag_names": ["what nobody has", "Not_Interested"]},
        "priority": -1,
        "steps": _BRANCH_STEPS,
    },
    {
        "trigger_type": "STATUS",
        "trigger_params": {"status": "REPLIED"},
        "priority": 1,
        "label": "Off",
        "steps": _BRANCH_STEPS,
    },
]
"""The first has the priority that is the default; the last is switched off."""
