"""A real Chromium, watched: no page may complain, load from elsewhere, or break the content policy."""

import os
import shutil
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from harrystix.adapters.web.access import COOKIE

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = (Path(__file__).parents[1] / "vendor" / "axe-4.14.1.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
REPORT = (
    "addEventListener('securitypolicyviolation', "
    "e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
)


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as driver:
        # Without one on the path Playwright's own is taken, which `make test` has fetched; none is a failure.
        made = driver.chromium.launch(executable_path=found, args=FLAGS, headless=True)
        yield made
        made.close()


@dataclass
class Watched:
    """`complaints`: of the console and of scripts; `foreign`: requests to elsewhere."""

    page: Page
    house: str
    complaints: list[str] = field(default_factory=list[str])
    foreign: list[str] = field(default_factory=list[str])

    def go(self, path: str) -> Page:
        self.page.goto(self.house + path)
        return self.page

    def faults(self, *, dialog: bool = False, colours: bool = False) -> list[str]:
        """What axe finds in the page as it is; with a dialog open it looks at that alone.

        `colours`: only what depends on them, of a page that was looked at in another scheme: the schemes differ in
        nothing else.
        """
        assert self.page.locator("dialog[open]").count() == int(dialog)
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        found: dict[str, Any] = self.page.evaluate(
            # Of what is well the number will do: every element of it again costs as much as the look itself. No
            # style sheet is fetched again either: the rules that read one are experimental, and not ours.
            "only => axe.run(document, {runOnly: only, resultTypes: ['violations'], preload: false}).then(found => "
            "({violations: found.violations, "
            "looked: found.passes.length + found.violations.length + found.incomplete.length}))",
            {"type": "rule", "values": ["color-contrast"]} if colours else {"type": "tag", "values": RULES},
        )
        nowhere: list[str] = self.page.evaluate(
            "[...document.querySelectorAll('#errors a')].map(a => a.getAttribute('href'))"
            ".filter(there => !document.querySelector(there))"
        )
        assert nowhere == [], "what is wrong leads to where it is"
        assert found["looked"] >= (1 if colours else 10 if dialog else 15), "axe has hardly looked"
        return [
            f"{one['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    def dialog_faults(self) -> list[str]:
        """What is wrong with the dialog that is open, at every width, in both colours; then all is as it was."""
        was = self.page.viewport_size
        found: list[str] = []
        for width in (320, 768, 1440):
            self.page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                faults = self.faults(dialog=True, colours=scheme == "dark")
                found += [f"{width}, {scheme}: {fault}" for fault in faults]
            box = self.page.locator("dialog[open]").bounding_box()
            if box is None or box["x"] < 0 or box["x"] + box["width"] > width or self.overflows():
                found.append(f"{width}: hangs over")
        self.page.emulate_media(color_scheme="light")
        if was:
            self.page.set_viewport_size(was)
        return found

    def overflows(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(
            self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        )


Opened = Callable[..., Watched]


@pytest.fixture
def opened(browser: Browser) -> Generator[Opened]:
    """A window of its own for somebody: `cookie` is their session."""
    contexts: list[BrowserContext] = []
    windows: list[Watched] = []

    def open_one(house: str, cookie: str = "", width: int = 1440, height: int = 900, **more: Any) -> Watched:
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        context.set_default_timeout(15_000)
        contexts.append(context)
        if cookie:
            context.add_cookies(
                [
                    {
                        "name": COOKIE,
                        "value": cookie,
                        "url": house.replace("http://", "https://"),
                        "secure": True,
                        "httpOnly": True,
                        "sameSite": "Lax",
                    }
                ]
            )
        context.add_init_script(REPORT)
        made = Watched(context.new_page(), house)
        made.page.on("console", lambda said: _note(made, said.type, said.text))
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        made.page.on(
            "request",
            lambda asked: (
                None
                if urlsplit(asked.url).netloc == urlsplit(house).netloc or asked.url.startswith("data:")
                else made.foreign.append(asked.url)
            ),
        )
        windows.append(made)
        return made

    yield open_one
    for window in windows:
        assert (window.complaints, window.foreign) == ([], [])
    for context in contexts:
        context.close()


def _note(window: Watched, kind: str, text: str) -> None:
    # A refused form is answered with 4xx, which the console mentions: that is no fault of a page.
    if kind == "error" and "status of 4" not in text:
        window.complaints.append(text)
