"""`make screenshots`: pages with the demo's data, light and dark, for README and documentation."""

import os
import shutil
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS
from tests.shown import shown

FOLDER = Path(__file__).parents[1] / "docs" / "images" / "pages"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
OF_THE_DESK = ("overview", "event", "check", "progress", "orders", "order", "fairness", "health")


def taken(page: Page, name: str) -> None:
    """Both colours of what is on the page."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.screenshot(path=FOLDER / f"{name}-{scheme}.png")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with shown() as house, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(house.owner)
        page.get_by_role("button", name="Sign in").first.click()
        page.wait_for_url("**/admin")
        for name in OF_THE_DESK:
            page.goto(house.address + house.paths[name])
            taken(page, name)
        phone = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=1.5)
        phone.goto(house.member)
        phone.get_by_role("button", name="Sign in").first.click()
        phone.wait_for_url("**/me")
        phone.goto(f"{house.address}/me/events")
        taken(phone, "on-sale")
        phone.locator(".night a").first.click()
        phone.get_by_role("button", name="Pre-order for").click()
        phone.goto(f"{house.address}/me")
        phone.get_by_text("Save a card").first.wait_for()
        taken(phone, "nights")
        browser.close()


if __name__ == "__main__":
    main()
