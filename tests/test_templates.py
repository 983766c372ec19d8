"""Personalization: the text of a template for a lead."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.personalization.render import TemplateError, render, render_leniently, render_subject

MONDAY_MORNING = datetime(2024, 1, 15, 9, 30, tzinfo=UTC)
ADA = {
    "first_name": "Ada",
    "last_name": "",
    "email": "ada@example.com",
    "company": "Acme & Co",
    "job_title": "VP Sales",
    "size": "250",
    "city": None,
    "plan": "  ",
    "tags": ["hot", "west"],
    "is_customer": True,
    "seats": 12,
}


def render_text(
    template: str, random_seed: int | str = 0, at: datetime = MONDAY_MORNING, **fields: Any
) -> str:
    return render(template, ADA | fields, at=at, random_seed=random_seed)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("no braces at all, { } and }} are text", "no braces at all, { } and }} are text"),
        ("{{first_name}} {{email}} {{company}}", "Ada ada@example.com Acme & Co"),
        ("{{job_title}}", "VP Sales"),
        ("{{ first_name }}!", "Ada!"),
        ("{{size}}", "250"),
        ("[{{last_name}}{{city}}{{unheard_of}}]", "[]"),
        ("{{seats}} {{tags}} {{is_customer}}", "12 hot, west true"),
        # fallbacks
        ("{{first_name|there}}", "Ada"),
        ("{{last_name|there}}", "there"),
        ("{{ city | your city }}", "your city"),
        ("{{plan|free}}", "free"),
        ("{{unheard_of|there}}", "there"),
        ("{{last_name|{{first_name}}}}", "Ada"),
        ("{{last_name|{{city|{{plan|nobody}}}}}}", "nobody"),
        ("{{last_name|}}", ""),
        # times
        ("{{dn_time_of_day}}", "Good morning"),
        ("{{dn_day_of_week}} {{dn_day_name}}", "Monday Monday"),
        ("{{dn_day_name|some day}}", "Monday"),
        ("{{dn_date 2 days from now dddd, MMMM Do}}", "Wednesday, January 17th"),
        ("{{dn_date 1 day from now DD/MM/YY}}", "16/01/24"),
        ("{{dn_date 0 days from now [on] ddd D. MMM YYYY}}", "on Mon 15. Jan 2024"),
        # conditions
        ("{% if first_name %}Hi {{first_name}}{% else %}Hi{% endif %}", "Hi Ada"),
        ("{% if last_name %}a{% else %}b{% endif %}", "b"),
        ("{% if unheard_of %}a{% elsif company %}b{% else %}c{% endif %}", "b"),
        ('{% if job_title == "VP Sales" %}a{% endif %}', "a"),
        ('{% if job_title != "VP Sales" %}a{% endif %}', ""),
        ('{% if job_title contains "VP" %}a{% endif %}', "a"),
        ('{% if tags contains "hot" %}a{% endif %}', "a"),
        ('{% if first_name and company == "Nobody" %}a{% endif %}', ""),
        ("{% if last_name or company %}a{% endif %}", "a"),
        ("{% unless last_name %}a{% else %}b{% endunless %}", "a"),
        ("{% if size > 100 %}a{% endif %}{% if size < 100 %}b{% endif %}", "a"),
        ("{% if size >= 250 and size <= 250 %}a{% endif %}", "a"),
        ('{% if size == 250 and size == "250" and size != 251 %}a{% endif %}', "a"),
        ('{% if size > "99" %}a{% endif %}', "a"),
        ("{% if unheard_of > 1 or unheard_of <= 1 or first_name > 1 %}a{% else %}b{% endif %}", "b"),
        ("{% if is_customer == true and seats == 12.0 %}a{% endif %}", "a"),
        ("{% if dn_day_name == 'Monday' %}a{% endif %}", "a"),
        *(
            (f"{{% if {name} == {nothing} %}}a{{% endif %}}", "a")
            for name in ("last_name", "city", "plan", "unheard_of")
            for nothing in ("blank", "empty", "nil", '""')
        ),
        ("{% if first_name == blank %}a{% else %}b{% endif %}", "b"),
        ("{% if first_name %}{% if last_name %}a{% else %}b{% endif %}{% endif %}", "b"),
        ("a {%- if first_name -%} b {%- endif -%} c", "abc"),
        ("{% comment %}{{ {% nonsense %}{% endcomment %}a", "a"),
        ("{% raw %}{{first_name}} {% if %}{% endraw %}", "{{first_name}} {% if %}"),
        ("{% # a note %}a", "a"),
        # all together
        (
            "{% if size %}{{dn_time_of_day}} {{last_name|{{first_name}}}}{% endif %}: {{{{size}}|{{size}}}}",
            "Good morning Ada: 250",
        ),
    ],
)
def test_a_template_renders_to(template: str, text: str) -> None:
    assert render_text(template) == text


@pytest.mark.parametrize(
    ("hour", "minute", "greeting"),
    [
        (0, 0, "Good morning"),
        (11, 59, "Good morning"),
        (12, 0, "Good afternoon"),
        (16, 59, "Good afternoon"),
        (17, 0, "Good evening"),
        (23, 59, "Good evening"),
    ],
)
def test_the_greeting_fits_the_hour(hour: int, minute: int, greeting: str) -> None:
    assert render_text("{{dn_time_of_day}}", at=datetime(2024, 1, 15, hour, minute, tzinfo=UTC)) == greeting


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("YYYY YY Q Qo", "2024 24 1 1st"),
        ("MMMM MMM MM M Mo", "March Mar 03 3 3rd"),
        ("DDDD DDD DDDo DD D Do", "063 63 63rd 03 3 3rd"),
        ("dddd ddd dd d do E", "Sunday Sun Su 0 0th 7"),
        ("W WW Wo", "9 09 9th"),
        ("HH H hh h mm m ss s A a", "00 0 12 12 05 5 09 9 AM am"),
        ("Z ZZ X", "+05:30 +0530 1709404509"),
        ("LT / LTS", "12:05 AM / 12:05:09 AM"),
        ("L / LL", "03/03/2024 / March 3, 2024"),
        ("LLL", "March 3, 2024 12:05 AM"),
        ("LLLL", "Sunday, March 3, 2024 12:05 AM"),
        ("[week] W, [Do]", "week 9, Do"),
    ],
)
def test_a_date_is_written_as_moment_js_does(form: str, text: str) -> None:
    at = datetime(2024, 3, 2, 0, 5, 9, tzinfo=ZoneInfo("Asia/Kolkata"))
    assert render_text("{{dn_date 1 day from now " + form + "}}", at=at) == text


@pytest.mark.parametrize(("day", "text"), [(1, "1st"), (2, "2nd"), (11, "11th"), (12, "12th"), (22, "22nd")])
def test_days_are_counted_as_in_english(day: int, text: str) -> None:
    assert render_text("{{dn_date 0 days from now Do}}", at=datetime(2024, 1, day, tzinfo=UTC)) == text


def test_one_of_the_options_is_drawn_each_about_as_often() -> None:
    drawn = Counter(render_text("{{Hi|Hello|Hey}}", random_seed) for random_seed in range(600))
    assert set(drawn) == {"Hi", "Hello", "Hey"}
    assert all(150 < count < 250 for count in drawn.values())


def test_the_documented_sentence_has_all_its_wordings() -> None:
    template = "{{I noticed|I saw that}} {{company}} recently {{launched a product|expanded|hired}}"
    assert {render_text(template, random_seed) for random_seed in range(100)} == {
        f"{begin} Acme & Co recently {end}"
        for begin in ("I noticed", "I saw that")
        for end in ("launched a product", "expanded", "hired")
    }


def test_options_hold_options_and_fields() -> None:
    template = "{{Hi {{first_name}}|{{Hello|Hey}} {{last_name|you}}}}"
    assert {render_text(template, random_seed) for random_seed in range(60)} == {
        "Hi Ada",
        "Hello you",
        "Hey you",
    }


def test_three_parts_are_options_even_when_the_first_is_a_field() -> None:
    assert {render_text("{{first_name|b|c}}", random_seed) for random_seed in range(60)} == {
        "first_name",
        "b",
        "c",
    }


def test_an_option_may_hang_on_a_condition() -> None:
    assert render_text("{{ {% if size > 1 %}big{% endif %} | {% if size > 1 %}big{% endif %} }}") == "big"


def test_a_value_is_never_taken_for_a_template() -> None:
    assert render_text("{{first_name}}", first_name="{{email}}{% if x %}") == "{{email}}{% if x %}"
    assert render_text("{{first_name|x}}{% if a %}{% endif %}", first_name="{{a|b}}") == "{{a|b}}"


def test_values_are_escaped_in_html_and_only_they() -> None:
    text = render(
        '<b>{{company}}</b>{% if company == "Acme & Co" %}{{city|<i>you</i>}}{% endif %}',
        ADA,
        at=MONDAY_MORNING,
        random_seed=0,
        as_html=True,
    )
    assert text == "<b>Acme &amp; Co</b><i>you</i>"


def test_a_subject_is_one_line() -> None:
    fields = {"first_name": "A\r\nBcc: x"}
    subject = render_subject("Hi\n{{first_name}}", fields, at=MONDAY_MORNING, random_seed=0)
    assert subject == "Hi A Bcc: x"


@pytest.mark.parametrize(
    ("template", "message", "line", "column"),
    [
        ("Hi {{first_name", "this {{ is never closed by }}", 1, 4),
        ("Hi\n\n  {{a {{b}} |", "this {{ is never closed by }}", 3, 3),
        ("{{}}", "these braces are empty", 1, 1),
        ("a\n{{ {{first_name}} }}", "a choice needs two or more options", 2, 1),
        ("x {{dn_date tomorrow}}", "write a date like {{dn_date 2 days", 1, 3),
        ("{% if a", "this {% is never closed by %}", 1, 1),
        ("{%  %}", "this tag has no name", 1, 1),
        ("a{% if a %}b", "this if has no endif", 1, 2),
        ("{% if a %}{% unless b %}{% endif %}", "endif before endunless", 1, 25),
        ("a\n{% endif %}", "endif without a block to end", 2, 1),
        ("{% else %}", "else outside if and unless", 1, 1),
        ("{% if a %}{% else %}{% elsif b %}{% endif %}", "elsif after else", 1, 21),
        ("{% if %}{% endif %}", "missing expression", 1, 1),
        ("{% if a == %}{% endif %}", "expected a primitive expression", 1, 7),
        ("{% if a %}{% elsif b == %}{% endif %}", "expected a primitive expression", 1, 20),
        ("{% if a\n = 1 %}{% endif %}", "found '='", 2, 2),
        ("{% if (a) %}{% endif %}", "disallowed parentheses", 1, 7),
        ("{% for x in (1..9) %}{% endfor %}", "there is no tag for; the tags are if", 1, 1),
        ("{% comment %}", "this comment has no endcomment", 1, 1),
        ("{{a|b\n|{% raw %}}}", "this raw has no endraw", 2, 2),
        ("{% if a %}" * 21, "blocks are nested more than 20 deep", 1, 201),
        ("{{a|{{}}}}", "these braces are empty", 1, 5),
    ],
)
def test_a_malformed_template_is_reported_with_its_place(
    template: str, message: str, line: int, column: int
) -> None:
    for _ in range(2):  # the second time it is known already
        with pytest.raises(TemplateError) as caught:
            render_text(template)
        assert message in caught.value.message
        assert (caught.value.line, caught.value.column) == (line, column)
    assert render_leniently(template, ADA, at=MONDAY_MORNING, random_seed=0) == template


SIZE = 100_000
HOSTILE = {
    "braces": "{{" * (SIZE // 2),
    "balanced braces": "{{" * (SIZE // 4) + "}}" * (SIZE // 4),
    "a deep choice": "{{a|" * 11 + "b" + "}}" * 11,
    "open tags": "{% if a " * (SIZE // 8),
    "open raws": "{% raw %}" * (SIZE // 9),
    "nested blocks": "{% if a %}" * 5000 + "{% endif %}" * 5000,
    "a long tag": "{% if " + "a and " * 2000 + "a %}{% endif %}",
    "a tag of spaces": "{% if" + " " * SIZE + "%}",
    "a loop": "{% for i in (1..1000000000) %}{% for j in (1..1000000000) %}x{% endfor %}{% endfor %}",
    "an endless loop": "{% for i in (1..9999999999) %}{% endfor %}",
    "a file": "{% include '/etc/passwd' %}",
    "another template": "{% render 'secrets' %}",
    "a long range": "{% if (1..1000000000) contains 5.5 %}a{% endif %}",
    "a range in an operand": '{% if a or (1..1000000000) contains "x" %}a{% endif %}',
    "much output": "{{big}}" * 14_000,
    "much to compare": "{% if big contains 'y' %}{% endif %}" * 2800,
    "a date past the calendar": "{{dn_date 9999 days from now YYYY}}",
}


@pytest.mark.parametrize("template", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_template_is_refused(template: str) -> None:
    with pytest.raises(TemplateError):
        render_text(template, big="x" * 4000, a="x", at=datetime(9990, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "expression",
    [
        "now",
        "today",
        "first_name.__class__",
        "first_name.__class__.__mro__",
        'first_name["__class__"]',
        "tags.append",
        "tags.__len__",
        '["occasion"]',
        "occasion.fields",
        "self",
        "env",
        "template",
        "forloop",
        "dn_day_name.__init__.__globals__",
    ],
)
def test_a_template_reaches_nothing_but_the_fields(expression: str) -> None:
    assert render_text("{{" + expression + "}}") == ""
    assert render_text("{% if " + expression + " %}reached{% endif %}") == ""


@pytest.mark.parametrize(
    "template",
    [
        "{% if " + "first_name and " * 60 + "first_name %}a{% endif %}",
        "{% if first_name %}" * 20 + "a" + "{% endif %}" * 20,
        "{{last_name|" * 10 + "a" + "}}" * 10,
        "{% if " + "x[" * 300 + "x" + "]" * 300 + " %}b{% else %}a{% endif %}",
        "{% if size == " + "9" * 900 + "e999999999 %}b{% else %}a{% endif %}",
        "{% if last_name %}b" + "{% elsif last_name %}b" * 3000 + "{% elsif size %}a{% endif %}",
    ],
    ids=["and", "blocks", "fallbacks", "paths", "a number", "elsifs"],
)
def test_what_is_deep_or_long_and_allowed_works(template: str) -> None:
    assert render_text(template) == "a"


def find_error(template: str) -> TemplateError | None:
    try:
        render_text(template)
    except TemplateError as error:
        return error
    return None


_SCRAPS = st.sampled_from(
    ["{{", "}}", "|", "{%", "%}", "if ", "endif", "else", "elsif ", "unless ", "endunless", "raw", "endraw",
     "first_name", "size", "==", " contains ", "dn_date 2 days from now ", "dn_day_name", '"x"', "-", "#",
     " ", "\n", "é", "{% if size %}", "{% endif %}", "{{last_name|", "(1..9)", "[", "]", ".", "and ", "\\"]
)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(_SCRAPS, max_size=14).map("".join))
@example("{{|}}")
@example("{%-%}")
@example("{%-")
def test_any_text_is_rendered_or_refused_with_a_place_in_it(template: str) -> None:
    error = find_error(template)
    if error is None:
        assert render_text(template) == render_text(template)
    else:
        lines = template.split("\n")
        assert 1 <= error.line <= len(lines)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1


@settings(max_examples=50)
@given(
    st.text(st.characters(exclude_characters="{}"), max_size=8),
    st.text(max_size=8),
    st.text(st.characters(exclude_characters="{}|"), max_size=8),
)
def test_text_stays_and_values_go_in_as_they_are(text: str, value: str, other: str) -> None:
    template = text + "{{first_name|" + other + "}}" + text
    assert (
        render_text(template, first_name=value) == text + (value if value.strip() else other.strip()) + text
    )


@settings(max_examples=100)
@given(
    st.lists(
        st.text(st.characters(exclude_characters="{}|", categories=["L"]), min_size=1, max_size=5),
        min_size=3,
        max_size=6,
    ),
    st.integers(),
)
def test_the_same_random_seed_draws_the_same_option(options: list[str], random_seed: int) -> None:
    template = "{{" + "|".join(options) + "}}"
    assert render_text(template, random_seed) == render_text(template, random_seed)
    assert render_text(template, random_seed) in options
