"""Whole journeys in the browser against everything that `up` starts, as a member, the desk and an owner take them."""

import re
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import Page

from tests.browser.conftest import Opened, Watched
from tests.processes import Up

pytestmark = pytest.mark.slow
# From a click to what a worker makes of it, on two busy cores.
PATIENCE = 60_000


@dataclass
class House:
    """A running `up`: `key` is the demo's admin key."""

    up: Up
    folder: Path
    address: str
    sandbox: str
    key: str

    def cli(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "harrystix", *words],
            env=self.up.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def api(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": str(uuid4())}
        answer = requests.request(method, f"{self.address}{path}", headers=headers, timeout=20, **more)
        answer.raise_for_status()
        return answer.json()

    def event(self, code: str) -> str:
        """One far enough ahead for a Tuesday to come before it, with nobody in its queue."""
        starts = (datetime.now(UTC) + timedelta(days=15)).isoformat()
        words = {"name": f"{code.title()} Night", "code": code, "startsAt": starts, "priceMinor": 1500}
        return str(self.api("POST", "/api/admin/events", json=words)["id"])

    def ticket(self, opened: Opened, code: str) -> Watched:
        """An owner uploads one ticket, and watches it to the end."""
        window = self.owner(opened)
        page = window.page
        page.goto(f"{self.address}/admin/uploads/new")
        rows = f"Event,Variant,Email,Password\n{code.title()} Night,,{code}@tickets.example,pw-{code}"
        file: Any = {"name": f"{code}.csv", "mimeType": "text/csv", "buffer": rows.encode()}
        page.get_by_label("CSV file").set_input_files(file)
        page.get_by_role("button", name="Check the file").click()
        page.get_by_role("link", name="Go on with 1 ticket").click()
        page.get_by_role("button", name="Add 1 ticket").click()
        page.wait_for_url("**/progress")
        return window

    def owner(self, opened: Opened, email: str = "demo@staff.example") -> Watched:
        link = self.cli("staff", "link", "--email", email).strip()
        window = opened(self.address)
        window.page.goto(link)
        window.page.get_by_role("button", name="Sign in").first.click()
        window.page.wait_for_url("**/admin")
        return window

    def member(self, opened: Opened, email: str) -> Watched:
        """Asks for a link, and follows the one in the mail."""
        window = opened(self.address, width=360, height=740)
        page = window.go("/sign-in")
        page.get_by_label("Your address").first.fill(email)
        page.get_by_role("button", name="Send me a link").click()
        page.get_by_text("a mail with a link is on its way").wait_for()
        page.goto(self.address + self.link_to(email))
        page.get_by_role("button", name="Sign in").first.click()
        page.wait_for_url("**/me")
        return window

    def link_to(self, email: str) -> str:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for mail in self.mails(email):
                if found := re.search(r"(/sign-in#[\w-]+)", self.text(mail)):
                    return found[1]
            time.sleep(0.1)
        raise AssertionError("no mail with a link")

    def text(self, mail: dict[str, Any]) -> str:
        return requests.get(f"{self.sandbox}message/{mail['MessageID']}", timeout=5).text

    def mails(self, email: str) -> list[dict[str, Any]]:
        secrets = (self.folder / "secrets.env").read_text()
        token = re.search("postmark_token=(.+)", secrets)
        assert token
        answer = requests.get(
            f"{self.sandbox}messages/outbound",
            params={"count": "500"},
            headers={"X-Postmark-Server-Token": token[1]},
            timeout=10,
        )
        return [mail for mail in answer.json()["Messages"] if email in str(mail["Recipients"])]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Generator[House]:
    """One `up` for all journeys; each has an event and people of its own."""
    folder = tmp_path_factory.mktemp("journeys")
    folder.chmod(0o755)
    up = Up(folder / "data")
    try:
        said = up.started()
        address, sandbox, key = (
            re.search(words, said)
            for words in (r"is at (\S+)", r"Mails that would be sent: (\S+)", r"Demo API key: (\S+)")
        )
        assert address and sandbox and key
        yield House(up, folder / "data", address[1], sandbox[1], key[1])
    finally:
        up.stop()


def orders_it(page: Page, house: House, code: str, card: str) -> None:
    """From what is on sale to a saved card."""
    page.get_by_role("link", name="On sale", exact=True).click()
    page.get_by_role("link", name=f"{code.title()} Night").click()
    page.get_by_role("button", name="Pre-order for £15.00").click()
    page.get_by_role("button", name="Enter my card").click()
    page.get_by_label("Card number").fill(card)
    page.get_by_role("button", name="Save card").click()
    page.wait_for_url(f"{house.address}/me#*")
    page.get_by_text("We take £15.00 on").wait_for(timeout=PATIENCE)


def at_the_providers(window: Watched) -> None:
    """Members go to the provider's own pages and come back: the one thing that may be elsewhere."""
    assert all("/checkout/" in one or "/authenticate/" in one for one in window.foreign), window.foreign
    window.foreign.clear()


def test_a_member_orders_and_pays_and_reads_the_ticket_that_was_uploaded(
    house: House, opened: Opened
) -> None:
    house.event("first")
    window = house.member(opened, "ada@uni.example")
    page = window.page
    orders_it(page, house, "first", "4242 4242 4242 4242")
    house.cli("capture", "--now", "--by", "test")
    # The line is cut in the middle, and comes back by itself.
    page.context.set_offline(True)
    page.context.set_offline(False)
    page.get_by_text("Number 1").wait_for(timeout=PATIENCE)
    house.ticket(opened, "first").page.get_by_text("1 of 1").nth(1).wait_for(timeout=PATIENCE)
    page.get_by_text("You have your ticket.").wait_for(timeout=PATIENCE)
    page.reload()
    page.get_by_role("button", name="Show my ticket").click()
    page.get_by_text("pw-first").wait_for()
    assert ["pw-first" in house.text(mail) for mail in house.mails("ada@uni.example")].count(True) == 1
    at_the_providers(window)
    window.complaints = [one for one in window.complaints if "ERR_INTERNET_DISCONNECTED" not in one]


def test_the_sample_file_with_its_slips_is_corrected_added_and_watched_to_the_end(
    house: House, opened: Opened
) -> None:
    window = house.owner(opened)
    page = window.page
    page.get_by_role("link", name="Upload tickets").first.click()
    page.get_by_label("CSV file").set_input_files(house.folder / "sample-tickets.csv")
    page.get_by_role("button", name="Check the file").click()
    for written in ("Entry 9pm - 9.30pm", "Winter Bal"):
        page.get_by_role("button", name=f"Use it for “{written}”").click()
    page.get_by_role("link", name="Go on with 337 tickets").click()
    page.get_by_role("button", name=re.compile("^Add 337 tickets, 3[0-9]{2} members served$")).click()
    page.wait_for_url("**/progress")
    page.context.set_offline(True)
    page.context.set_offline(False)
    page.reload()
    deadline = time.monotonic() + 60
    while not (numbers(page) and all(re.fullmatch(r"(3\d\d) of \1", told) for told in numbers(page)[1:])):
        assert time.monotonic() < deadline, numbers(page)
        page.wait_for_timeout(100)
    window.complaints = [one for one in window.complaints if "ERR_INTERNET_DISCONNECTED" not in one]


def numbers(page: Page) -> list[str]:
    """As "4 of 5", of each bar."""
    return page.locator(".lines strong").all_inner_texts()


def test_a_mail_that_came_back_is_sent_again_to_an_address_that_the_desk_put_right(
    house: House, opened: Opened
) -> None:
    house.event("bounce")
    requests.put(f"{house.sandbox}sandbox/faults", json={"bounce": ["bea@uni.example"]}, timeout=5)
    paid = "Event,Variant,Member,Email,Paid at,Payment intent\nBOUNCE,,Bea,bea@uni.example,2026-11-17T19:00:00Z,pi_b"
    house.api("POST", "/api/admin/orders/import", files={"file": ("a.csv", paid.encode(), "text/csv")})
    page = house.ticket(opened, "bounce").page
    page.get_by_text("1 mail came back.").wait_for(timeout=PATIENCE)
    page.get_by_role("link", name="Pre-orders", exact=True).click()
    page.get_by_label("Find by id").fill("bea@uni.example")
    page.get_by_role("button", name="Find").click()
    page.locator("tbody").get_by_role("link").first.click()
    page.get_by_role("link", name="Put the address right").click()
    page.get_by_label("The right address").fill("beatrice@uni.example")
    page.get_by_role("button", name="Change the address").click()
    page.get_by_text("The address is changed.").wait_for()
    page.locator("tbody").get_by_role("link").first.click()
    page.get_by_role("button", name="Mail again").click()
    page.get_by_role("button", name=re.compile("^Mail again")).click()
    deadline = time.monotonic() + 30
    while not house.mails("beatrice@uni.example"):
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)


def test_a_declined_card_is_changed_and_the_member_is_served(house: House, opened: Opened) -> None:
    house.event("decline")
    window = house.member(opened, "cleo@uni.example")
    page = window.page
    orders_it(page, house, "decline", "4000 0000 0000 0341")
    house.cli("capture", "--now", "--by", "test")
    page.get_by_text("We have not got your payment yet").wait_for(timeout=PATIENCE)
    page.get_by_role("link", name="Change card").click()
    page.get_by_role("button", name="Enter another card").click()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Save card").click()
    page.wait_for_url(f"{house.address}/me#*")
    house.ticket(opened, "decline")
    at_the_providers(window)


def test_an_unserved_member_gets_the_money_back(house: House, opened: Opened) -> None:
    house.event("refund")
    window = house.member(opened, "dev@uni.example")
    page = window.page
    orders_it(page, house, "refund", "4242 4242 4242 4242")
    house.cli("capture", "--now", "--by", "test")
    page.get_by_text("Number 1").wait_for(timeout=PATIENCE)
    desk = house.owner(opened).page
    desk.get_by_role("link", name="Pre-orders", exact=True).click()
    desk.get_by_label("Find by id").fill("dev@uni.example")
    desk.get_by_role("button", name="Find").click()
    desk.locator("tbody").get_by_role("link").first.click()
    desk.get_by_role("link", name="Refund", exact=True).click()
    desk.get_by_label("Why").fill("the night was called off")
    desk.get_by_role("button", name="Give it back").click()
    desk.get_by_text("The refund is under way.").wait_for()
    page.get_by_text("Your money is on its way back").wait_for(timeout=PATIENCE)
    at_the_providers(window)


def test_a_member_is_erased_once_an_owner_has_agreed(house: House, opened: Opened) -> None:
    house.event("erase")
    window = house.member(opened, "ella@uni.example")
    page = window.page
    page.get_by_role("link", name="Account").click()
    page.get_by_text("I want to be erased").click()
    page.get_by_role("button", name="Erase everything about me").click()
    page.get_by_text("You have asked for it").wait_for(timeout=PATIENCE)
    desk = house.owner(opened).page
    desk.get_by_role("link", name="Second person").click()
    desk.get_by_role("button", name=re.compile("^Grant")).click()
    desk.get_by_text("Granted. It is carried out now.").wait_for()
    # Whoever is erased is signed in nowhere any more.
    deadline = time.monotonic() + 60
    while not page.url.endswith("/sign-in?next=%2Faccount"):
        assert time.monotonic() < deadline, page.url
        page.wait_for_timeout(250)
        page.goto(f"{house.address}/account")
