"""Forms that lose nothing: corrections, errors, double clicks, the way back, an ended session."""

import pytest

from harrystix.application.handlers import staff
from tests.browser.conftest import Opened
from tests.people import Person
from tests.world import World


def chosen(name: str, content: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


def test_a_typo_is_corrected_once_for_all_rows_and_remembered(online: World, opened: Opened) -> None:
    event = online.event(variants=("Entry 9pm", "Entry 10pm"))
    online.paid(event, 4, "Entry 9pm")
    online.settle()
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = window.go("/admin/uploads/new")
    page.get_by_label("CSV file").set_input_files(chosen("a.csv", online.file(event, 4, "Entrey 9pm")))  # type: ignore[arg-type]
    page.get_by_role("button", name="Check the file").click()
    assert page.locator(".card", has_text="Malformed").locator(".value").inner_text() == "4"
    page.get_by_role("button", name="Use it for “Entrey 9pm”").click()
    page.get_by_role("link", name="Go on with 4 tickets").click()
    page.get_by_role("button", name="Add 4 tickets, 4 members served").click()
    page.wait_for_url("**/progress")
    page.goto(f"{online.web}/admin/uploads/new")
    page.get_by_label("CSV file").set_input_files(
        chosen("b.csv", online.file(event, 2, "Entrey 9pm", start=50))  # type: ignore[arg-type]
    )
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("link", name="Go on with 2 tickets").wait_for()


def test_a_file_that_is_none_is_refused_in_the_page_with_the_words_in_focus(
    online: World, opened: Opened
) -> None:
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = window.go("/admin/uploads/new")
    page.get_by_label("CSV file").set_input_files(chosen("a.csv", b"Name,Email\nA,b"))  # type: ignore[arg-type]
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("alert").get_by_text("There is a problem").wait_for()
    assert page.title().startswith("Error: ")
    assert page.evaluate("document.activeElement.id") == "errors"
    assert window.faults() == []


def test_a_double_click_and_the_way_back_add_nothing_twice(online: World, opened: Opened) -> None:
    event = online.event()
    online.paid(event, 2)
    online.settle()
    upload = online.received(online.file(event, 2))
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = window.go(f"/admin/uploads/{upload.id}/confirm")
    page.get_by_role("button", name="Add 2 tickets").dblclick()
    page.wait_for_url("**/progress")
    page.go_back()
    page.wait_for_url("**/progress")
    online.settle()
    assert len(online.mails()) == 2
    assert online.broken() == []


def test_whose_session_ended_signs_in_and_is_back_where_they_were(online: World, opened: Opened) -> None:
    kim = Person.at_work(online, "owner")
    window = opened(online.web, kim.cookie)
    page = window.go("/admin/uploads/new")
    online.context.people.sessions.close(kim.id)
    page.goto(f"{online.web}/admin/events")
    page.get_by_text("Staff").click()
    staff = page.locator("#staff")
    staff.get_by_label("Your address").fill(kim.email)
    staff.get_by_label("Password").fill("a long night out")
    staff.get_by_label("Code").fill(kim.code())
    staff.get_by_role("button").click()
    page.wait_for_url("**/admin/events")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    page.goto(f"{online.web}/admin")
    page.wait_for_url("**/sign-in?next=**")


def test_a_link_opens_also_where_the_sign_in_page_is_open_already(online: World, opened: Opened) -> None:
    kim = Person(online, "kim@staff.example", "owner")
    window = opened(online.web)
    page = window.go("/")
    page.wait_for_url("**/sign-in")
    window.go(f"/sign-in#desk={staff.link(online.context, kim.id)}")
    page.get_by_text("You followed a link.").wait_for()
    page.locator("#use").get_by_role("button").click()
    page.wait_for_url("**/admin")


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "/%09/evil.example", "https://evil.example/", "/%5Cevil.example"]
)
def test_signing_in_leads_nowhere_else(online: World, opened: Opened, elsewhere: str) -> None:
    kim = Person(online, "kim@staff.example", "owner")
    window = opened(online.web)
    page = window.go(f"/sign-in?next={elsewhere}#desk={staff.link(online.context, kim.id)}")
    page.locator("#use").get_by_role("button").click()
    page.wait_for_url("**/admin")
    assert page.url.startswith(online.web)
