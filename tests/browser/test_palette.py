"""Everything by a few letters: pages, acts of this page, pre-orders; keys of one letter, which can be turned off."""

import re

from playwright.sync_api import Page

from tests.browser.conftest import Opened, Watched
from tests.people import Person
from tests.world import World


def at(window: Watched, path: str) -> Page:
    """There, and its keys work."""
    page = window.go(path)
    page.get_by_role("button", name=re.compile("^Go to")).wait_for()
    return page


def test_pages_and_acts_are_found_by_letters_and_reached_by_keyboard_alone(
    online: World, opened: Opened
) -> None:
    event = online.event()
    online.paid(event, 1)
    online.settle()
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = at(window, "/admin")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name=re.compile("Go to a page"))
    box.fill("mail temp")
    assert page.get_by_role("option").all_inner_texts() == ["House: Mail templates"]
    assert window.dialog_faults() == []
    box.press("Enter")
    page.get_by_role("heading", name="Mail templates").wait_for()
    page.get_by_role("button", name=re.compile("^Go to")).click()
    box.fill("upload")
    box.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True)
    assert chosen.inner_text() == "Upload tickets"
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    box.press("Enter")
    page.get_by_role("heading", name="Upload tickets").first.wait_for()
    at(window, "/admin/uploads")
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    assert not page.locator("#palette").is_visible()
    # What this page offers is found by its words.
    at(window, f"/admin/events/{event.id}")
    page.keyboard.press("Control+k")
    box.fill("here give by hand")
    page.get_by_role("option").first.click()
    page.wait_for_url("**/board")


def test_what_fits_nothing_looks_for_a_pre_order(online: World, opened: Opened) -> None:
    event = online.event()
    online.paid(event, 1)
    online.settle()
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = at(window, "/admin")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name=re.compile("Go to a page"))
    box.fill("m0@uni.example")
    page.get_by_text("Nothing here fits.").wait_for()
    box.press("Enter")
    page.wait_for_url("**/admin/orders?member=*")
    assert "uni.example" not in page.url
    assert window.faults() == []


def test_keys_of_one_letter_go_places_are_listed_and_can_be_turned_off(online: World, opened: Opened) -> None:
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = at(window, "/admin")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/admin/orders")
    page.get_by_role("button", name=re.compile("^Go to")).wait_for()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("g u?")
    assert page.locator("#q").input_value() == "g u?"
    page.get_by_role("heading", name="Pre-orders and tickets").click()
    page.keyboard.press("?")
    page.get_by_role("heading", name="Keys").wait_for()
    assert window.dialog_faults() == []
    page.get_by_label("Single keys work").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("?")
    assert not page.locator("#keys").is_visible()
    page.keyboard.press("Control+k")
    assert page.locator("#palette").is_visible()


def test_members_have_no_use_for_it(online: World, opened: Opened) -> None:
    event = online.event()
    online.paid(event, 1)
    online.settle()
    member = online.system.database.one("SELECT member_id::text FROM reporting.pre_orders")
    assert member
    _, cookie = online.context.people.sessions.open(
        "member", member[0], "a phone", online.context.clock.now()
    )
    page = opened(online.web, cookie).go("/me")
    assert page.locator("#palette").count() == 0


def test_results_show_while_typing_in_the_search_box_and_operators_are_completed(
    online: World, opened: Opened
) -> None:
    event = online.event()
    online.paid(event, 2)
    online.settle()
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = at(window, "/admin/orders")
    box = page.get_by_role("combobox", name=re.compile("Find by id"))
    box.press_sequentially("neo")
    page.get_by_role("option", name="Neon Night NEON").wait_for()
    assert box.get_attribute("aria-expanded") == "true" and window.faults() == []
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url(f"**/admin/orders?event={event.id}")
    box.press_sequentially("status:wa")
    page.get_by_role("option", name="status:waiting").click()
    assert box.input_value() == "status:waiting"
    # Without a choice Enter asks, and Escape puts the list away and keeps what was written.
    box.press_sequentially(" st")
    page.get_by_role("option", name="status:").wait_for()
    box.press("Escape")
    assert not page.locator("#q-list").is_visible() and box.input_value() == "status:waiting st"
    box.fill("status:waiting")
    box.press("Enter")
    page.wait_for_url("**/admin/orders?status=waiting_for_stock")
    page.get_by_role("list", name="Filters that are set").get_by_role("link", name="waiting").wait_for()


def test_events_and_pre_orders_are_found_in_the_palette_too(online: World, opened: Opened) -> None:
    event = online.event()
    online.paid(event, 1)
    online.settle()
    (order,) = online.system.database.one("SELECT id::text FROM reporting.pre_orders") or ("",)
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = at(window, "/admin")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name=re.compile("Go to a page"))
    box.fill("neon")
    page.get_by_role("option", name="Neon Night NEON").wait_for()
    assert window.dialog_faults() == []
    # A whole filter is asked with Enter, also where there is one more that begins so.
    online.event("Neon-2 Night")
    online.settle()
    box.fill("event:neon")
    page.get_by_role("option", name="event:NEON-2").wait_for()
    assert page.get_by_role("option", selected=True).count() == 0
    box.fill(order[:8])
    page.get_by_role("option", name=re.compile("^pre-order")).wait_for()
    box.press("Enter")
    page.wait_for_url(f"**/admin/orders/{order}")
