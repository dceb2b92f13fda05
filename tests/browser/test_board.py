"""The board in a real browser: dragged, by the keyboard alone, undone, and what is refused is said."""

from harrystix.application.processes.mailing import send_due
from harrystix.application.processes.reactions import HELD
from tests.browser.conftest import Opened
from tests.money import get
from tests.people import Person, later
from tests.world import World


def there(online: World) -> tuple[str, list[str], str]:
    """(event, pre-orders in queue order, ticket on its way to the first)."""
    event = online.event()
    online.paid(event, 3)
    online.settle()
    online.committed(online.file(event, 1))
    online.settle_until_mail()
    pool = online.system.store.pool(str(event.id))
    assert pool
    queue = sorted(pool.orders, key=lambda one: int(pool.orders[one][0]))
    (ticket,) = pool.tickets
    return str(event.id), queue, ticket


def test_a_ticket_is_dragged_to_somebody_else_and_back(online: World, opened: Opened) -> None:
    event, (first, _, third), ticket = there(online)
    window = opened(online.web, Person.at_work(online, "support").cookie)
    page = window.go(f"/admin/events/{event}/board")
    page.locator(f"[data-ticket='{ticket}']").drag_to(page.locator(f"[data-order='{third}']"))
    dialog = page.get_by_role("dialog", name="Move")
    dialog.get_by_text("to number 3.").wait_for()
    assert window.dialog_faults() == []
    dialog.get_by_label("Why").fill("a birthday")
    dialog.get_by_role("button", name="Move it").click()
    page.get_by_text("Its mail leaves 20 seconds after that.").wait_for()
    assert get(online, third).ticket_id == ticket
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone").wait_for()
    assert (get(online, first).ticket_id, get(online, third).ticket_id) == (ticket, "")
    assert window.faults() == []


def test_a_ticket_is_moved_by_the_keyboard_alone(online: World, opened: Opened) -> None:
    event, (_, second, _), ticket = there(online)
    window = opened(online.web, Person.at_work(online, "support").cookie)
    page = window.go(f"/admin/events/{event}/board")
    page.get_by_role("link", name="Move ticket").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/board/{ticket}")
    page.get_by_label("Number 2").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("a birthday")
    page.keyboard.press("Enter")
    page.get_by_text("went to pre-order").wait_for()
    assert get(online, second).ticket_id == ticket


def test_what_has_left_meanwhile_is_refused_and_what_was_written_stays(online: World, opened: Opened) -> None:
    event, (_, second, _), ticket = there(online)
    window = opened(online.web, Person.at_work(online, "support").cookie)
    page = window.go(f"/admin/events/{event}/board/{ticket}")
    send_due(online.context)
    page.get_by_label("Number 2").check()
    page.get_by_label("Why").fill("a birthday")
    page.get_by_role("button", name="Move it").click()
    page.get_by_role("alert").get_by_text("The mail with this ticket has left").wait_for()
    assert page.get_by_label("Why").input_value() == "a birthday"
    assert get(online, second).ticket_id == ""


def test_an_undo_that_comes_too_late_says_so(online: World, opened: Opened) -> None:
    event, (_, second, _), ticket = there(online)
    window = opened(online.web, Person.at_work(online, "support").cookie)
    page = window.go(f"/admin/events/{event}/board/{ticket}")
    page.get_by_label("Number 2").check()
    page.get_by_label("Why").fill("a birthday")
    page.get_by_role("button", name="Move it").click()
    page.get_by_role("button", name="Undo").wait_for()
    online.follow()
    later(online, seconds=HELD.total_seconds() + 1)
    assert send_due(online.context) == 1
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("alert").get_by_text("it stays where it is").wait_for()
    assert get(online, second).ticket_id == ticket
