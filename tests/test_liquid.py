"""Conditions mean what python-liquid makes of them, and what it refuses is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liquid.exceptions import LiquidError

from mockserver.personalization.dates import DATE_VALUES
from mockserver.personalization.render import TemplateError, render

from .kit.liquid import render_with_liquid
from .kit.samples import examples

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
FIELDS: dict[str, Any] = {
    "name": "Ada",
    "city": "name",
    "size": "250",
    "seats": 12,
    "share": 0.5,
    "is_customer": True,
    "is_lost": False,
    "tags": ["hot", "3", "new"],
    "place": 1,
}
SCOPE = FIELDS | {name: form(AT) for name, form in DATE_VALUES.items()}
NAMES = [*FIELDS, "unheard_of", "dn_day_name", "contains", "limit", "first", "a-b", "q?", "12abc", "é"]
LITERALS = ["true", "false", "nil", "null", "blank", "empty", "0", "-1", "250", "12.0", "3.", "-0.5"]
TEXTS = ['"hot"', "'250'", '""', "' '", '"[a] and"', "'it\"s'"]
PARTS = [
    ".size",
    ".first",
    ".last",
    "[0]",
    "[-1]",
    "[ 7 ]",
    "['size']",
    "[place]",
    "[tags.first]",
    ".x",
    " .y",
    "[",
]
OPERATORS = ["==", "!=", "<>", "<", ">", "<=", ">=", "contains"]
ODD = ["=", "=!", "(1..3)", "(", ")", "..", ".", "|", "not", "in", "'", "]", "$", "1.2.3", "with", "\n", "  "]

operands = st.one_of(
    st.sampled_from(LITERALS),
    st.sampled_from(TEXTS),
    st.tuples(
        st.sampled_from([*NAMES, "[city]", "['tags']"]), st.lists(st.sampled_from(PARTS), max_size=2)
    ).map(lambda path: path[0] + "".join(path[1])),
)
comparisons = st.tuples(operands, st.lists(st.tuples(st.sampled_from(OPERATORS), operands), max_size=2)).map(
    lambda each: " ".join([each[0], *(word for pair in each[1] for word in pair)])
)
conditions = st.tuples(
    comparisons, st.lists(st.tuples(st.sampled_from(["and", "or"]), comparisons), max_size=3)
).map(lambda each: " ".join([each[0], *(word for pair in each[1] for word in pair)]))
soup = st.lists(
    st.sampled_from([*NAMES, *LITERALS, *TEXTS, *PARTS, *OPERATORS, *ODD, "and", "or"]), max_size=7
).map(" ".join)
texts = st.sampled_from(["", " ", "a", " b "])


@st.composite
def blocks(draw: st.DrawFn, depth: int = 2) -> str:
    name = draw(st.sampled_from(["if", "unless"]))
    inner = st.one_of(texts, blocks(depth - 1)) if depth else texts
    bodies = st.tuples(inner, texts).map("".join)
    text = f"{{% {name} {draw(conditions)} %}}{draw(bodies)}"
    for condition in draw(st.lists(conditions, max_size=2)):
        text += f"{{% elsif {condition} %}}{draw(bodies)}"
    if draw(st.booleans()):
        text += f"{{% else{draw(st.sampled_from(['', ' name']))} %}}{draw(bodies)}"
    return f"{text}{{% end{name} %}}"


def agree(template: str) -> None:
    try:
        expected: str | None = render_with_liquid(template, SCOPE)
    except LiquidError:
        expected = None
    try:
        actual: str | None = render(template, FIELDS, at=AT, random_seed=0)
    except TemplateError:
        actual = None
    assert actual == expected


@given(condition=st.one_of(conditions, soup))
@settings(max_examples=examples(400))
def test_a_condition_is_read_and_evaluated_alike(condition: str) -> None:
    agree(f"{{% if {condition} %}}a{{% else %}}b{{% endif %}}")


@given(template=st.lists(st.one_of(texts, blocks()), max_size=3).map("".join))
@settings(max_examples=examples(200))
def test_blocks_and_their_white_space_are_rendered_alike(template: str) -> None:
    agree(template)


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("{% if name and is_lost or seats %}a{% endif %}", "a"),
        ("{% if is_lost and name or seats %}a{% else %}b{% endif %}", "b"),
        ("{% if is_lost == blank == name %}a{% endif %}", "a"),
        ("x{% if name %} {% else %} {% endif %}y", "xy"),
        ("x{% if name %} {% else %}a{% endif %}y", "x y"),
    ],
)
def test_liquid_reads_from_the_right_and_leaves_out_empty_space(template: str, rendered: str) -> None:
    assert render(template, FIELDS, at=AT, random_seed=0) == rendered
    agree(template)
