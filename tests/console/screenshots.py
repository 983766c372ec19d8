"""Write the screenshots of the documentation anew: `python -m tests.console.screenshots`."""

from pathlib import Path

from playwright.sync_api import Page

from mockserver import Settings
from mockserver.server.server import Server, running

from ..kit.api import NAME, Api
from ..kit.browser import Watch, open_context, run_chromium
from ..kit.control import Control

FOLDER = Path(__file__).parents[2] / "docs" / "images"
MOST_BYTES = 100_000
"""Of one picture."""
KEY = "cs_live_launch"
SIZE = {"width": 900, "height": 560}
CAMPAIGN = "550e8400-e29b-41d4-a716-446655440000"
"""The campaign of the seed `launch-ready`."""


def main() -> None:
    """Take a picture of each main view of a workspace in which a campaign has sent for three days."""
    FOLDER.mkdir(exist_ok=True)
    watch = Watch()
    with running(Settings(port=0, quiet=True)) as server, run_chromium() as browser:
        api = Api(server.app, KEY)
        fill(api)
        number = server.app.journal.last_number
        paths = {
            "requests": "/requests",
            "request": f"/requests/{number}",
            "campaign": f"/campaigns/{CAMPAIGN}#timeline",
            "outbox": "/outbox",
            "replies": "/replies",
            "faults": "/faults",
            "data": "/data",
        }
        with open_context(browser, watch, viewport=SIZE, color_scheme="light") as context:
            page = context.new_page()
            for name, path in paths.items():
                take(page, server, name, path)
    watch.check()


def fill(api: Api) -> None:
    """Launch the campaign of a seed, let three days pass, and send some requests."""
    control = Control(api)
    control.ok("seedWorkspace", {"seed": "launch-ready"})
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    api.ok("updateCampaign", {"launch": True}, campaign_id=CAMPAIGN)
    control.ok("moveClock", {"advance": "3d"})
    api.ok("listCampaigns")
    api("updateCampaign", {"name": NAME}, campaign_id=CAMPAIGN)
    control.ok("addFault", {"operation": "addLead", "example": "rate_limited", "first": 1})
    api("addLead", {"email": "ann@example.com"}, campaign_id=CAMPAIGN)
    api("createCampaign", {"name": "Q1", "timezone": "America/Invalid"})
    control.ok("addFault", {"operation": "createCampaign", "example": "rate_limited", "chance": 0.2})


def take(page: Page, server: Server, name: str, path: str) -> None:
    """Write the picture of one view; raises ValueError when it is too large for a page of documentation."""
    path, hashed, part = path.partition("#")
    page.goto(f"{server.url}{path}?key={KEY}{hashed}{part}")
    page.wait_for_timeout(500)
    data = page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
    if len(data) > MOST_BYTES:
        raise ValueError(f"{name}.png has {len(data)} bytes, {MOST_BYTES} at most")


if __name__ == "__main__":
    main()
