"""Whole journeys in the browser against everything that `up` starts, as a member, the desk and an owner take them."""

import re
import time
from collections.abc import Generator

import pytest
from playwright.sync_api import Page

from harrystix.adapters.embedded.child import free_port
from tests.browser.conftest import Opened, Watched
from tests.browser.journey import House
from tests.browser.line import Line
from tests.processes import Up

pytestmark = pytest.mark.slow
# From a click to what a worker makes of it, on two busy cores.
PATIENCE = 30_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Generator[House]:
    """One `up` for all journeys; each has an event and people of its own."""
    folder = tmp_path_factory.mktemp("journeys")
    folder.chmod(0o755)
    port = free_port()
    line = Line(port)
    up = Up(folder / "data", port, {"HARRYSTIX_BASE_URL": f"http://localhost:{line.port}"})
    try:
        said = up.started()
        address, sandbox, key = (
            re.search(words, said)
            for words in (r"is at (\S+)", r"Mails that would be sent: (\S+)", r"Demo API key: (\S+)")
        )
        assert address and sandbox and key
        yield House(up, line, folder / "data", address[1], sandbox[1], key[1])
    finally:
        up.stop()
        line.close()


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


def cut(house: House, window: Watched) -> None:
    """The line of a live page is cut until the page says so, and comes back by itself."""
    house.line.cut()
    window.page.get_by_text("Not live at the moment; it will be again by itself.").wait_for()
    house.line.mend()
    window.page.locator("#stale:empty").wait_for(state="attached", timeout=PATIENCE)
    only_the_line(window)


def only_the_line(window: Watched) -> None:
    """The browser says that the line was cut, and nothing else."""
    assert all(one.startswith("htmx: ") or "net::ERR_" in one for one in window.complaints), window.complaints
    window.complaints.clear()


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
    cut(house, window)
    page.get_by_text("Number 1").wait_for(timeout=PATIENCE)
    house.ticket(opened, "first").page.get_by_text("1 of 1").nth(1).wait_for(timeout=PATIENCE)
    page.get_by_text("You have your ticket.").wait_for(timeout=PATIENCE)
    page.reload()
    page.get_by_role("button", name="Show my ticket").click()
    page.get_by_text("pw-first").wait_for()
    assert ["pw-first" in house.text(mail) for mail in house.mails("ada@uni.example")].count(True) == 1
    at_the_providers(window)


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
    # Slow enough for the line to be cut while there is something to watch.
    house.faults(slow_seconds=5)
    page.get_by_role("button", name=re.compile("^Add 337 tickets, 3[0-9]{2} members served$")).click()
    page.wait_for_url("**/progress")
    cut(house, window)
    house.faults(slow_seconds=0)
    page.reload()
    deadline = time.monotonic() + 60
    while not (numbers(page) and all(re.fullmatch(r"(3\d\d) of \1", told) for told in numbers(page)[1:])):
        assert time.monotonic() < deadline, numbers(page)
        page.wait_for_timeout(100)


def numbers(page: Page) -> list[str]:
    """As "4 of 5", of each bar."""
    return page.locator(".lines strong").all_inner_texts()


def test_a_mail_that_came_back_is_sent_again_to_an_address_that_the_desk_put_right(
    house: House, opened: Opened
) -> None:
    house.event("bounce")
    house.faults(bounce=["bea@uni.example"], slow_seconds=5)
    house.paid("bounce", "bea@uni.example")
    window = house.ticket(opened, "bounce")
    page = window.page
    cut(house, window)
    house.faults(slow_seconds=0)
    page.get_by_text("1 mail came back.").wait_for(timeout=PATIENCE)
    page.reload()
    page.get_by_text("1 mail came back.").wait_for()
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


def test_a_ticket_is_dragged_to_a_member_who_waits_and_back_again(house: House, opened: Opened) -> None:
    event = house.event("drag", "Early", "Late")
    house.paid("drag", "fay@uni.example", "Early")
    window = house.member(opened, "fay@uni.example")
    page = window.page
    page.get_by_text("Number 1").wait_for(timeout=PATIENCE)
    # Nobody asked for it, and this event gives nobody another one than they asked for.
    added = house.ticket(opened, "drag", "Late").page
    added.get_by_text("The others are in stock for who pays next.").wait_for(timeout=PATIENCE)
    added.close()
    desk = house.owner(opened).page
    desk.goto(f"{house.address}/admin/events/{event}/board")
    desk.locator("[data-ticket]").drag_to(desk.locator("[data-order]"))
    desk.get_by_label("Why").fill("a birthday")
    desk.get_by_role("button", name="Move it").click()
    desk.get_by_text("Its mail leaves 20 seconds after that.").wait_for()
    cut(house, window)
    page.get_by_text("Your ticket is on its way.").wait_for(timeout=PATIENCE)
    # The way back is still there after the page was loaded again.
    desk.reload()
    desk.get_by_role("button", name="Undo").click()
    desk.get_by_text("Undone").wait_for()
    page.get_by_text("Number 1").wait_for(timeout=PATIENCE)
    page.reload()
    page.get_by_text("Number 1").wait_for()
    assert not any("pw-drag" in house.text(mail) for mail in house.mails("fay@uni.example"))


def test_a_declined_card_is_changed_and_the_member_is_served(house: House, opened: Opened) -> None:
    house.event("decline")
    window = house.member(opened, "cleo@uni.example")
    page = window.page
    orders_it(page, house, "decline", "4000 0000 0000 0341")
    house.cli("capture", "--now", "--by", "test")
    cut(house, window)
    page.get_by_text("We have not got your payment yet").wait_for(timeout=PATIENCE)
    page.reload()
    page.get_by_role("link", name="Change card").click()
    page.get_by_role("button", name="Enter another card").click()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Save card").click()
    page.wait_for_url(f"{house.address}/me#*")
    # The next Tuesday it is tried once more.
    house.cli("capture", "--now", "--by", "test")
    page.get_by_text("Number 1").wait_for(timeout=PATIENCE)
    house.ticket(opened, "decline").page.close()
    cut(house, window)
    page.get_by_text("You have your ticket.").wait_for(timeout=PATIENCE)
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
    cut(house, window)
    page.get_by_text("Your money was given back").wait_for(timeout=PATIENCE)
    page.reload()
    page.get_by_text("Your money was given back").wait_for()
    at_the_providers(window)


def test_a_member_is_erased_once_an_owner_has_agreed(house: House, opened: Opened) -> None:
    house.event("erase")
    window = house.member(opened, "ella@uni.example")
    page = window.page
    page.get_by_role("link", name="Account").click()
    page.get_by_text("I want to be erased").click()
    page.get_by_role("button", name="Erase everything about me").click()
    page.get_by_text("You have asked for it").wait_for(timeout=PATIENCE)
    page.reload()
    page.get_by_text("You have asked for it").wait_for()
    page.get_by_role("link", name="My nights").click()
    desk = house.owner(opened).page
    desk.get_by_role("link", name="Second person").click()
    desk.get_by_label("Type erase to go on").fill("erase")
    desk.get_by_role("button", name=re.compile("^Grant")).click()
    desk.get_by_text("Granted. It is carried out now.").wait_for()
    # Whoever is erased is signed in nowhere any more, and their line ends with that.
    house.line.cut()
    page.get_by_text("Not live at the moment").wait_for()
    house.line.mend()
    page.get_by_text("You are signed out.").wait_for(timeout=PATIENCE)
    page.reload()
    page.wait_for_url("**/sign-in?next=*")
    only_the_line(window)
