"""Real Chromium with pages of the console, held to its promises.

No request leaves the machine, and the browser has nothing to complain about.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from ..needs import install_node_tools, need, need_chromium

PATIENCE = 30_000
"""Milliseconds until a test gives up: what comes is seen at once, and a busy machine is slow."""
expect.set_options(timeout=PATIENCE)
LOCAL = ("127.0.0.1", "localhost", "")
"""Hosts that are this machine; `data:` has none."""
_FLAGS = ["--no-sandbox", "--js-flags=--no-opt"]
"""Nothing lives so long that to optimize its JavaScript pays."""


@dataclass
class Watch:
    """What a browser did that it should not."""

    complaints: list[str] = field(default_factory=list)
    """Messages in its console, and errors of scripts."""
    strangers: list[str] = field(default_factory=list)
    """Addresses elsewhere that it asked."""

    def follow(self, context: BrowserContext) -> None:
        context.on("console", self._note_message)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", self._note_request)

    def check(self) -> None:
        """Raise AssertionError when there is anything, and forget it."""
        found = self.strangers + self.complaints
        self.strangers.clear()
        self.complaints.clear()
        assert not found, found

    def _note_message(self, message: ConsoleMessage) -> None:
        self.complaints.append(f"{message.type}: {message.text}")

    def _note_request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in (*LOCAL, None):
            self.strangers.append(request.url)


@contextmanager
def run_chromium() -> Iterator[Browser]:
    """Run one browser for many tests; skips where there is none."""
    path = need_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_context(browser: Browser, watch: Watch, **options: Any) -> Iterator[BrowserContext]:
    """Open a window without a history, whose zone and language are fixed."""
    context = browser.new_context(
        locale="en-GB",
        timezone_id="Europe/Berlin",
        permissions=["clipboard-read", "clipboard-write"],
        **options,
    )
    context.set_default_timeout(PATIENCE)
    watch.follow(context)
    try:
        yield context
    finally:
        context.close()


_FIND_BARRIERS = """async (rules) => {
  // what passes is as much as the page again; and what frames hold, such as mails, is not ours
  const options = { resultTypes: ["violations"], iframes: false, ...(rules && { runOnly: rules }) };
  const { violations } = await axe.run({ exclude: [["#swagger-ui"]] }, options);
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}"""


def find_barriers(page: Page, *rules: str) -> list[str]:
    """Return what axe-core finds serious or critical on a page, in words; skips where there is no npm.

    Names of axe's rules choose some of them. What Swagger UI draws and what frames hold is not looked at: its
    markup is not ours.
    """
    source = (install_node_tools(need("npm")).parent / "axe-core" / "axe.min.js").read_text("utf-8")
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"{source}; undefined")
    found: list[str] = page.evaluate(_FIND_BARRIERS, rules or None)
    return found
