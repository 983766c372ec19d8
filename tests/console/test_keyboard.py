"""The console with the keyboard alone."""

from playwright.sync_api import Page, expect

from mockserver.console.navigation import NAVIGATION
from mockserver.server.server import Server

from ..kit.api import Api
from ..kit.control import Control

MOST_STEPS = 80
"""More than there are controls before the content of a view."""
FOCUS = """() => {
  const element = document.activeElement;
  const label = element.labels?.[0] ?? element;
  const name = element.getAttribute("aria-label") ?? label.textContent.trim();
  return [name, getComputedStyle(element).outlineStyle];
}"""
"""What has the focus, and how that shows."""


def step_to(page: Page, name: str, step: str = "Tab") -> None:
    """Press Tab, or another step, until a control has the focus, and see that the focus shows."""
    for _ in range(MOST_STEPS):
        page.keyboard.press(step)
        found, outline = page.evaluate(FOCUS)
        if found == name:
            assert outline != "none", name
            return
    raise AssertionError(f"{step} does not lead to {name}")


def press(page: Page, name: str, step: str = "Tab") -> None:
    step_to(page, name, step)
    page.keyboard.press("Enter")


def test_every_view_is_reached_and_used_with_the_keyboard(page: Page, server: Server, api: Api) -> None:
    page.goto(f"{server.url}/requests?key={api.key}")
    press(page, "Menu")
    press(page, "Load seed launch-ready")
    expect(page.get_by_role("status")).to_contain_text("Seed launch-ready loaded")
    page.keyboard.press("Escape")
    step = "Tab"
    for name in NAVIGATION:
        with page.expect_navigation():
            press(page, name, step)
        step = "Tab"
        expect(page.get_by_role("heading", level=1).first).to_have_text(name)
        press(page, "To the content")
        expect(page.locator("#main")).to_be_focused()
        if name == "Campaigns":
            with page.expect_navigation():
                press(page, "Q1 Product Launch")
            expect(page.get_by_role("heading", level=1)).to_have_text("Q1 Product Launch")
            press(page, "Launch")
            expect(page.get_by_role("status")).to_contain_text("Campaign launched successfully")
        if name == "Faults":
            press(page, "createCampaign 429 rate_limited")
            press(page, "Next request")
            expect(page.get_by_role("status")).to_contain_text("Fault rule added")
            step = "Shift+Tab"  # hundreds of errors lie ahead, the navigation behind
        if name == "Data":
            with page.expect_navigation():
                press(page, "campaigns")
            expect(page.get_by_role("heading", level=1)).to_have_text("campaigns")
    [rule] = Control(api).ok("listFaults")["faults"]
    assert (rule["operation"], rule["example"], rule["first"]) == ("createCampaign", "rate_limited", 1)
