"""Whole journeys in the browser against everything that `up` starts."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opened
from tests.processes import Up


def numbers(page: Page) -> list[str]:
    """As "4 of 5", of each bar."""
    return page.locator(".lines strong").all_inner_texts()


@pytest.mark.slow
def test_the_sample_file_with_its_slips_is_corrected_added_and_watched_to_the_end(
    tmp_path: Path, opened: Opened
) -> None:
    tmp_path.chmod(0o755)
    up = Up(tmp_path / "data")
    try:
        found = re.search(r"within ten minutes: (http://[^/]+)(\S+)", up.started())
        assert found
        window = opened(found[1])
        page = window.go(found[2])
        page.get_by_role("button", name="Sign in").first.click()
        page.wait_for_url("**/admin")
        page.get_by_role("link", name="Upload tickets").first.click()
        page.get_by_label("CSV file").set_input_files(tmp_path / "data" / "sample-tickets.csv")
        page.get_by_role("button", name="Check the file").click()
        for written in ("Entry 9pm - 9.30pm", "Winter Bal"):
            page.get_by_role("button", name=f"Use it for “{written}”").click()
        page.get_by_role("link", name="Go on with 337 tickets").click()
        page.get_by_role("button", name=re.compile("^Add 337 tickets, 3[0-9]{2} members served$")).click()
        page.wait_for_url("**/progress")
        # The line is cut in the middle, and the page loaded again.
        page.context.set_offline(True)
        page.context.set_offline(False)
        page.reload()
        deadline = time.monotonic() + 60
        while not (all(re.fullmatch(r"(3\d\d) of \1", told) for told in numbers(page)[1:]) and numbers(page)):
            assert time.monotonic() < deadline, numbers(page)
            page.wait_for_timeout(100)
        window.complaints = [one for one in window.complaints if "ERR_INTERNET_DISCONNECTED" not in one]
    finally:
        up.stop()
