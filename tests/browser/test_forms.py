"""Forms that lose nothing: corrections, errors, double clicks, the way back, an ended session."""

from typing import Any

import pytest

from harrystix.adapters.identity.passkeys import Site
from harrystix.application.handlers import staff
from harrystix.application.handlers.events import NewVariant
from tests.browser.conftest import Opened
from tests.money import announced, members
from tests.people import PASSWORD, Person, mailed_link
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


def test_what_was_written_is_there_again_after_proving_who_one_is(online: World, opened: Opened) -> None:
    event = online.event()
    online.paid(event, 1)
    online.settle()
    (order,) = online.system.database.one("SELECT id::text FROM reporting.pre_orders") or ("",)
    kim = Person.at_work(online, "support")
    window = opened(online.web, kim.cookie)
    page = window.go(f"/admin/orders/{order}/refund")
    page.get_by_label("Amount in GBP").fill("5.50")
    page.get_by_label("Why").fill("the night was short")
    online.system.database.execute("UPDATE app.sessions SET confirmed_at = now() - interval '6 minutes'")
    page.get_by_role("button", name="Give it back").click()
    page.wait_for_url("**/confirm?next=*")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code of your app").fill(kim.code())
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/refund")
    assert page.get_by_label("Amount in GBP").input_value() == "5.50"
    assert page.get_by_label("Why").input_value() == "the night was short"
    page.get_by_role("button", name="Give it back").click()
    page.get_by_text("The refund is under way.").wait_for()
    # It waits for one way back only.
    page.go_back()
    page.go_back()
    assert page.evaluate("sessionStorage.getItem('draft')") in {None, "null"}


def test_a_link_from_a_mail_leads_back_to_the_form_that_waits_in_the_other_window(
    online: World, opened: Opened
) -> None:
    event = announced(online, variants=[NewVariant("Entry 9pm"), NewVariant("Entry 10pm")])
    (member,) = members(online, 1)
    _, cookie = online.context.people.sessions.open("member", member, "a phone", online.context.clock.now())
    window = opened(online.web, cookie)
    page = window.go(f"/me/events/{event}")
    page.get_by_label("Which entry?").select_option("Entry 10pm")
    online.context.people.sessions.close(member)
    page.get_by_role("button", name="Pre-order for").click()
    page.wait_for_url("**/sign-in?next=*")
    page.get_by_label("Your address").first.fill("m0@uni.example")
    page.get_by_role("button", name="Send me a link").click()
    page.get_by_text("a mail with a link is on its way").wait_for()
    other = page.context.new_page()
    other.goto(f"{online.web}/sign-in#{mailed_link(online, 'm0@uni.example')}")
    other.locator("#use").get_by_role("button").click()
    other.get_by_text("You are signed in. Go on in the other window").wait_for()
    page.wait_for_url(f"**/me/events/{event}")
    chosen_one = page.get_by_label("Which entry?")
    assert chosen_one.evaluate("field => field.selectedOptions[0].text") == "Entry 10pm"
    page.get_by_role("button", name="Pre-order for").click()
    page.wait_for_url("**/card")
    other.get_by_role("link", name="Go on here instead").click()
    other.wait_for_url(f"**/me/events/{event}")


def test_a_link_leads_on_where_one_wanted_to_also_when_the_first_window_is_gone(
    online: World, opened: Opened
) -> None:
    event = announced(online)
    members(online, 1)
    window = opened(online.web)
    page = window.go(f"/me/events/{event}")
    page.wait_for_url("**/sign-in?next=*")
    page.get_by_label("Your address").first.fill("m0@uni.example")
    page.get_by_role("button", name="Send me a link").click()
    page.get_by_text("a mail with a link is on its way").wait_for()
    other = page.context.new_page()
    page.close()
    other.goto(f"{online.web}/sign-in#{mailed_link(online, 'm0@uni.example')}")
    other.locator("#use").get_by_role("button").click()
    other.wait_for_url(f"**/me/events/{event}")


def test_a_passkey_is_made_signs_in_and_confirms(online: World, opened: Opened) -> None:
    house = online.web.replace("127.0.0.1", "localhost")
    object.__setattr__(online.context.people, "site", Site(house))
    kim = Person.at_work(online, "support")
    window = opened(house, kim.cookie)
    page = window.page
    line: Any = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    line.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    window.go("/account")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("never used").wait_for()
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/admin")
    online.system.database.execute("UPDATE app.sessions SET confirmed_at = now() - interval '6 minutes'")
    window.go("/confirm?next=/account")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/account")
    page.get_by_text("last used").wait_for()
    page.get_by_role("button", name="Add a passkey").wait_for()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(online: World, opened: Opened) -> None:
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = window.go("/admin/uploads/new")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_label("CSV file").set_input_files(chosen("big.csv", b"x" * (5 * 1024 * 1024 + 1)))  # type: ignore[arg-type]
    page.get_by_text("This file is larger than 5 MB. Split it, and upload the parts.").first.wait_for()
    page.get_by_role("button", name="Check the file").click()
    assert window.faults() == []
    page.get_by_label("CSV file").set_input_files(chosen("a.csv", b"Name,Email\nA,b"))  # type: ignore[arg-type]
    assert "POST" not in sent
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("alert").get_by_text("There is a problem").wait_for()


def test_what_was_done_a_moment_ago_is_read_out(online: World, opened: Opened) -> None:
    event = online.event()
    window = opened(online.web, Person.at_work(online, "owner").cookie)
    page = window.go(f"/admin/events/{event.id}")
    page.get_by_role("button", name="Run the assignment again").click()
    page.locator("#said").get_by_text("The assignment runs again; the numbers follow.").wait_for()


def test_who_does_not_get_in_is_told_at_the_fields_and_in_the_title(online: World, opened: Opened) -> None:
    window = opened(online.web)
    page = window.go("/sign-in")
    page.get_by_text("Staff").click()
    staff = page.locator("#staff")
    staff.get_by_label("Your address").fill("nobody@staff.example")
    staff.get_by_label("Password").fill("a wrong password")
    staff.get_by_label("Code").fill("000000")
    staff.get_by_role("button").click()
    page.get_by_role("alert").get_by_text("Address, password or code is wrong.").wait_for()
    assert page.title().startswith("Error: Sign in")
    code = staff.get_by_label("Code")
    assert (code.get_attribute("aria-invalid"), code.get_attribute("aria-describedby")) == ("true", "error")
    window.complaints.clear()
