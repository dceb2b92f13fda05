"""Pages that follow what happens, also when the line is cut."""

from playwright.sync_api import Route

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


def five_added(online: World) -> str:
    """The page of an upload whose tickets are added, for five who wait; nobody is served yet."""
    event = online.event()
    online.paid(event, 5)
    upload = online.committed(online.file(event, 5))
    online.follow()
    return f"/admin/uploads/{upload.id}/progress"


def test_progress_goes_on_after_the_line_was_cut_and_after_a_reload(online: World, opened: Opened) -> None:
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = window.go(five_added(online))
    page.get_by_text("0 of 5").first.wait_for()
    # What the page loads last is there: only the stream is cut.
    page.get_by_role("button", name="Go to").wait_for()
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


def test_who_is_signed_out_is_told_so_on_a_live_page(online: World, opened: Opened) -> None:
    kim = Person.at_work(online, "owner")
    window = opened(online.web, kim.cookie)
    page = window.go("/admin")
    online.context.people.sessions.close(kim.id)
    page.get_by_text("You are signed out. Load the page again to sign in.").wait_for(timeout=40_000)
    window.complaints.clear()


def test_a_live_page_whose_first_connection_fails_tries_again(online: World, opened: Opened) -> None:
    event = online.event()
    online.paid(event, 2)
    online.settle()
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    tried: list[str] = []

    def refuse_once(route: Route) -> None:
        tried.append(route.request.url)
        if len(tried) == 1:
            route.abort()
        else:
            route.continue_()

    window.page.route("**/admin/live", refuse_once)
    page = window.go("/admin")
    page.get_by_text("Not live at the moment; it will be again by itself.").wait_for()
    online.committed(online.file(event, 2))
    online.settle()
    page.get_by_text("2 of 2 mails left within two minutes").first.wait_for()
    assert len(tried) >= 2
    window.complaints.clear()


def test_a_page_that_moves_can_be_stopped_and_goes_on(online: World, opened: Opened) -> None:
    event = online.event()
    online.paid(event, 4)
    online.settle()
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = window.go("/admin")
    waiting = page.locator(".card", has_text="Waiting").locator(".value")
    page.get_by_role("button", name="Pause").click()
    online.committed(online.file(event, 3))
    online.settle()
    # A second page shows when a message has gone round; this one has stood still.
    other = opened(online.web, Person.at_work(online, "owner", "lee").cookie).go("/admin")
    other.locator(".card", has_text="Waiting").get_by_text("1", exact=True).wait_for()
    assert waiting.inner_text() == "4"
    page.get_by_role("button", name="Go on").click()
    page.locator(".card", has_text="Waiting").get_by_text("1", exact=True).wait_for()


def test_what_moves_is_read_out_now_and_then_and_not_with_each_step(online: World, opened: Opened) -> None:
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    window.page.clock.install()
    page = window.go(five_added(online))
    page.get_by_text("0 of 5").first.wait_for()
    online.settle_until_mail()
    page.get_by_text("5 of 5").first.wait_for()
    said = page.locator("#said")
    assert "assigned" not in said.inner_text()
    page.clock.fast_forward(10_000)
    said.get_by_text("5 of 5 assigned").wait_for()
