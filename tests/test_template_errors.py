"""Templates that are malformed or hostile: refused with a place, at once, and no way out of the fields."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.personalization.render import TemplateError, render_leniently

from .kit.samples import examples
from .test_templates import ADA, MONDAY_MORNING, render_text


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


@settings(max_examples=examples(400))
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
