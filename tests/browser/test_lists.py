"""Lists with boxes: some, all, and what comes of them."""

from harrystix.application.handlers import bulk
from harrystix.application.processes.bulk import carry_out
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
    again = page.get_by_role("button", name="Mail again")
    assert not again.is_visible(), "nothing to do with nothing"
    boxes.first.check()
    page.get_by_text("With the 1 that is ticked:").wait_for()
    assert everything.evaluate("box => box.indeterminate") is True
    everything.check()
    page.get_by_text("With the 4 that are ticked:").wait_for()
    again.click()
    page.get_by_role("heading", name="Mail again: can be done for 3 of 4").wait_for()
    assert (window.faults(), window.overflows()) == ([], 0)
    page.get_by_role("button", name="Mail again: 3 pre-orders").dblclick()
    page.get_by_role("heading", name="Mail again: 4 pre-orders").wait_for()
    online.follow()
    carry_out(online.context)
    online.settle()
    # The page follows by itself.
    page.locator(".card").filter(has_text="Done").get_by_text("3").wait_for()
    # It loads itself once more when the job is done.
    page.get_by_role("link", name="Each result as CSV").wait_for()
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
    reason = page.get_by_label("Why? A second person has to agree")
    reason.fill("call kim@uni.example")
    page.get_by_role("button", name="Mail again: 2 pre-orders").click()
    page.get_by_text("There is a problem").wait_for()
    assert reason.input_value() == "call kim@uni.example"
    reason.fill("the provider lost them")
    page.get_by_role("button", name="Mail again: 2 pre-orders").click()
    page.get_by_text("A second person has to agree: it begins by itself then.").wait_for()
    online.follow()
    carry_out(online.context)
    online.settle()
    assert len(online.mails()) == 2


def test_all_that_match_are_meant_when_one_says_so_and_a_job_can_be_stopped_in_words(
    online: World, opened: Opened
) -> None:
    event = online.event()
    online.paid(event, 55)
    online.committed(online.file(event, 55))
    online.settle()
    window = opened(online.web, Person.at_work(online, "support").cookie)
    page = window.go("/admin/orders?status=fulfilled")
    page.get_by_label("All on this page").check()
    page.get_by_label("all that match the filters").check()
    page.get_by_text("With all, on every page:").wait_for()
    page.get_by_role("button", name="Mark used").click()
    page.get_by_role("heading", name="Mark used: can be done for 55 of 55").wait_for()
    page.get_by_role("button", name="Mark used: 55 pre-orders").click()
    page.get_by_role("button", name="Stop").wait_for()
    assert (window.faults(), window.overflows()) == ([], 0)
    page.get_by_label("Stop it, because").fill("the wrong list")
    with page.expect_navigation():
        page.get_by_role("button", name="Stop").click()
    online.follow()
    carry_out(online.context)
    online.settle()
    # The page comes anew by itself once all is over.
    page.get_by_role("link", name="Each result as CSV").wait_for()
    page.locator(".card").filter(has_text="Not begun").get_by_text("55").wait_for()
    assert window.faults() == []


def test_without_scripts_what_can_be_done_is_there_once_something_is_ticked(
    online: World, opened: Opened
) -> None:
    online.paid(online.event(), 1)
    online.settle()
    window = opened(online.web, Person.at_work(online, "support").cookie, java_script_enabled=False)
    page = window.go("/admin/orders")
    used = page.get_by_role("button", name="Mark used")
    assert not used.is_visible()
    page.locator("tbody input[type=checkbox]").check()
    used.click()
    page.get_by_role("heading", name="Mark used").first.wait_for()


def test_when_a_job_is_done_its_page_offers_what_comes_next_by_itself(online: World, opened: Opened) -> None:
    event = online.event()
    online.paid(event, 2)
    online.committed(online.file(event, 1))
    online.settle()
    ids = [row[0] for row in online.system.database.all("SELECT id::text FROM reporting.pre_orders")]
    job = bulk.order(online.context, online.context.by("staff:test"), kind="resend", order_ids=ids)
    online.follow()
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = window.go(f"/admin/jobs/{job}")
    page.get_by_role("button", name="Stop").wait_for()
    page.get_by_role("button", name="Pause").wait_for()
    carry_out(online.context)
    online.settle()
    page.get_by_role("link", name="Each result as CSV").wait_for()
    page.get_by_role("button", name="Try those left out again").wait_for()
    for gone in ("Stop", "Pause"):
        assert page.get_by_role("button", name=gone).count() == 0
    assert window.faults() == []
