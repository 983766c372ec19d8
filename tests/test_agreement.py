"""Whatever is done and whatever happens, all answers about a workspace agree."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import MockServer

from .kit.actions import KINDS, Actions
from .kit.agreement import check_agreement

action_names = st.one_of(
    st.sampled_from([*KINDS, "sent", "opened", "clicked"]),
    st.sampled_from(
        ["move", "subsequence mail", "subsequence mail", "add lead", "add subsequence", "let time pass"]
    ),
    st.sampled_from(["cut subsequence", "delete subsequence", "delete lead", "delete contact", "test mail"]),
    st.sampled_from(["delete campaign", "add lead", "move", "subsequence mail"]),
)


@settings(max_examples=120)
@given(steps=st.lists(st.tuples(action_names, st.integers(0, 59)), min_size=8, max_size=40))
def test_all_answers_agree_whatever_is_done_and_whatever_happens(
    app: MockServer, steps: list[tuple[str, int]]
) -> None:
    actions = Actions(app)
    for number in (1, 6, 7):
        actions.do("add lead", number)
    for action in ("add subsequence", "move", "subsequence mail"):
        actions.do(action, 0)
    for action, number in steps:
        actions.do(action, number)
    check_agreement(actions)
