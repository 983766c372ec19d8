"""Whatever is done and whatever happens, all views of a workspace tell the same story."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import MockServer

from .kit.actions import KINDS, World
from .kit.agreement import check_world

actions = st.one_of(
    st.sampled_from([*KINDS, "sent", "opened", "clicked"]),
    st.sampled_from(["move", "branch mail", "branch mail", "add lead", "add branch", "let time pass"]),
    st.sampled_from(["cut branch", "delete branch", "delete lead", "delete contact", "test mail"]),
    st.sampled_from(["delete campaign", "add lead", "move", "branch mail"]),
)


@settings(max_examples=120)
@given(story=st.lists(st.tuples(actions, st.integers(0, 59)), min_size=8, max_size=40))
def test_all_views_agree_whatever_is_done_and_whatever_happens(
    app: MockServer, story: list[tuple[str, int]]
) -> None:
    world = World(app)
    for number in (1, 6, 7):
        world.do("add lead", number)
    for action in ("add branch", "move", "branch mail"):
        world.do(action, 0)
    for action, number in story:
        world.do(action, number)
    check_world(world)
