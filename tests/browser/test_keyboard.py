"""The main paths without a mouse: a file, a filter and an act on many, a pre-order."""

from harrystix.application.handlers.events import NewVariant
from harrystix.application.processes.bulk import carry_out
from tests.browser.conftest import Opened, Watched
from tests.money import announced, members
from tests.people import Person
from tests.world import World


def tabbed_to(window: Watched, name: str) -> None:
    """By the keyboard alone."""
    for _ in range(60):
        window.page.keyboard.press("Tab")
        if window.page.evaluate("document.activeElement.textContent.trim()").startswith(name):
            return
    raise AssertionError(f"{name} can't be reached with Tab")


def test_a_file_is_checked_and_added_by_the_keyboard_alone(online: World, opened: Opened) -> None:
    event = online.event()
    online.paid(event, 3)
    online.settle()
    owner = Person.at_work(online, "owner")
    window = opened(online.web, owner.cookie)
    window.go("/admin/uploads/new")
    window.page.get_by_label("CSV file").set_input_files(
        {"name": "tickets.csv", "mimeType": "text/csv", "buffer": online.file(event, 3)}
    )
    for name in ("Check the file", "Go on with 3 tickets", "Add 3 tickets, 3 members served"):
        tabbed_to(window, name)
        with window.page.expect_navigation():
            window.page.keyboard.press("Enter")
    assert window.page.url.endswith("/progress")
    online.settle()
    window.page.get_by_text("3 of 3").nth(1).wait_for()
    assert len(online.mails()) == 3


def test_a_list_is_filtered_and_acted_upon_by_the_keyboard_alone(online: World, opened: Opened) -> None:
    event = online.event()
    online.paid(event, 3)
    online.committed(online.file(event, 2))
    online.settle()
    window = opened(online.web, Person.at_work(online, "support").cookie)
    page = window.go("/admin/orders")
    page.keyboard.press("/")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "status":
            break
    # Letters choose in a list.
    page.keyboard.type("fulfilled")
    page.keyboard.press("Enter")
    tabbed_to(window, "Filter")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "status=fulfilled" in page.url
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('[data-all]')"):
            break
    page.keyboard.press("Space")
    page.get_by_text("With the 2 that are ticked:").wait_for()
    for name in ("Mark used", "Mark used: 2 pre-orders"):
        tabbed_to(window, name)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert "/admin/jobs/" in page.url
    online.follow()
    carry_out(online.context)
    online.settle()
    page.locator(".card").filter(has_text="Done").get_by_text("2").wait_for()


def test_a_member_orders_by_the_keyboard_alone(online: World, opened: Opened) -> None:
    announced(online, variants=[NewVariant("Entry 9pm"), NewVariant("Entry 10pm")])
    online.follow()
    (member,) = members(online, 1)
    _, cookie = online.context.people.sessions.open("member", member, "a phone", online.context.clock.now())
    window = opened(online.web, cookie)
    page = window.go("/me/events")
    tabbed_to(window, "Night NEON")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "variant":
            break
    page.keyboard.press("ArrowDown")
    tabbed_to(window, "Pre-order for")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    online.follow()
    found = online.system.database.one("SELECT count(*) FROM reporting.pre_orders WHERE status = 'placed'")
    assert found == (1,)
