"""Pages that follow what happens, also when the line is cut."""

from tests.browser.conftest import Opened
from tests.people import Person
from tests.world import World


def test_the_overview_follows_without_a_reload(online: World, opened: Opened) -> None:
    event = online.event()
    online.paid(event, 4)
    online.settle()
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = window.go("/admin")
    assert page.locator(".card", has_text="Waiting").locator(".value").inner_text() == "4"
    online.committed(online.file(event, 3))
    online.settle()
    page.locator(".card", has_text="Waiting").get_by_text("1", exact=True).wait_for()
    page.get_by_text("3 of 3 mails left within two minutes").first.wait_for()


def test_progress_goes_on_after_the_line_was_cut_and_after_a_reload(online: World, opened: Opened) -> None:
    event = online.event()
    online.paid(event, 5)
    upload = online.committed(online.file(event, 5))
    online.follow()
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = window.go(f"/admin/uploads/{upload.id}/progress")
    page.get_by_text("0 of 5").first.wait_for()
    page.context.set_offline(True)
    online.settle_until_mail()
    page.context.set_offline(False)
    page.get_by_text("5 of 5").first.wait_for()
    page.reload()
    online.settle()
    page.get_by_text("5 of 5").nth(1).wait_for()
    # The browser says that the line was cut, and nothing else.
    assert all("ERR_INTERNET_DISCONNECTED" in one or "sse" in one.lower() for one in window.complaints)
    window.complaints.clear()
