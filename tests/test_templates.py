"""Personalization: the text of a template for a lead."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.personalization.render import render, render_subject

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
