"""Lists with boxes: some, all, and what comes of them."""

from tests.browser.conftest import Opened
from tests.people import Person
from tests.world import World


def test_mails_are_sent_again_to_those_that_are_ticked_and_can_have_one(
    online: World, opened: Opened
) -> None:
    event = online.event()
    online.paid(event, 4)
    online.committed(online.file(event, 3))
    online.settle()
    window = opened(online.web, Person.at_work(online, "support").cookie)
    page = window.go("/admin/orders")
    boxes = page.locator("tbody input[type=checkbox]")
    everything = page.get_by_label("All on this page")
    boxes.first.check()
    assert everything.evaluate("box => box.indeterminate") is True
    everything.check()
    page.get_by_text("With the 4 that are ticked:").wait_for()
    page.get_by_role("button", name="Mail again").click()
    page.get_by_role("heading", name="Mail again: can be done for 3 of 4").wait_for()
    assert (window.faults(), window.overflows()) == ([], 0)
    page.get_by_role("button", name="Mail again: 3 pre-orders").dblclick()
    page.get_by_text("Done for 3 pre-orders.").wait_for()
    online.settle()
    assert len(online.mails()) == 3 + 3
    assert window.faults() == []


def test_more_mails_than_one_may_send_want_a_reason_and_wait(online: World, opened: Opened) -> None:
    object.__setattr__(online.system.settings, "resend_alone", 1)
    event = online.event()
    online.paid(event, 2)
    online.committed(online.file(event, 2))
    online.settle()
    window = opened(online.web, Person.at_work(online, "support").cookie)
    page = window.go("/admin/orders")
    page.get_by_label("All on this page").check()
    page.get_by_role("button", name="Mail again").click()
    reason = page.get_by_label("Why so many? A second person has to agree")
    reason.fill("call kim@uni.example")
    page.get_by_role("button", name="Mail again: 2 pre-orders").click()
    page.get_by_text("There is a problem").wait_for()
    assert reason.input_value() == "call kim@uni.example"
    reason.fill("the provider lost them")
    page.get_by_role("button", name="Mail again: 2 pre-orders").click()
    page.get_by_text("A second person has to agree. It is carried out by itself then.").wait_for()
    online.settle()
    assert len(online.mails()) == 2


def test_nothing_ticked_is_said_in_words(online: World, opened: Opened) -> None:
    online.paid(online.event(), 1)
    online.settle()
    page = opened(online.web, Person.at_work(online, "support").cookie).go("/admin/orders")
    page.get_by_role("button", name="Mark used").click()
    page.get_by_text("Nothing is chosen. Tick some pre-orders first.").wait_for()
