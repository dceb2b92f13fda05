"""A member's own pages over HTTP: order, card, place in the queue, ticket, calendar; and nobody else's."""

import re
from dataclasses import replace
from typing import Any

import pytest
import requests
from icalendar import Calendar

from harrystix.adapters.web.access import COOKIE
from harrystix.application.handlers import money
from harrystix.application.handlers.events import NewVariant
from harrystix.application.processes.refunding import refund_due
from harrystix.domain.payments import PAUSE
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent
from tests.money import announced, get, members, ordered, paid
from tests.people import later
from tests.world import World

KEY = "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1"


class Member:
    def __init__(self, online: World, number: int = 0) -> None:
        self.online = online
        self.id = members(online, 1, number)[0]
        now = online.context.clock.now()
        _, self.cookie = online.context.people.sessions.open("member", self.id, "a phone", now)

    def calls(self, method: str, path: str, **words: Any) -> requests.Response:
        headers = {"Accept": "text/html", "Cookie": f"{COOKIE}={self.cookie}"}
        data = {"key": KEY, **words} if method == "POST" else None
        url = f"{self.online.web}{path}"
        return requests.request(method, url, headers=headers, data=data, allow_redirects=False, timeout=10)


def test_who_is_not_signed_in_is_led_to_it_and_back(online: World) -> None:
    answer = requests.get(
        f"{online.web}/me", headers={"Accept": "text/html"}, allow_redirects=False, timeout=5
    )
    assert answer.headers["Location"] == "/sign-in?next=%2Fme"


def test_a_member_orders_a_variant_once_and_goes_on_to_the_card(online: World) -> None:
    event = announced(online, variants=[NewVariant("Entry 9pm"), NewVariant("Entry 10pm")])
    lee = Member(online)
    assert f"/me/events/{event}" in lee.calls("GET", "/me/events").text
    page = lee.calls("GET", f"/me/events/{event}").text
    assert "Entry 10pm" in page and "Pre-order for £12.00" in page
    (variant,) = re.findall(r'value="([^"]+)">Entry 10pm', page)
    wrong = lee.calls("POST", f"/me/events/{event}", variant="no such thing")
    assert wrong.status_code == 409 and "There is a problem" in wrong.text
    first, again = (lee.calls("POST", f"/me/events/{event}", variant=variant) for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    order = first.headers["Location"].split("/")[3]
    assert get(online, order).variant_id == variant
    card = lee.calls("GET", first.headers["Location"]).text
    assert "save a card. Without one you get no ticket" in card
    leaves = lee.calls("POST", f"/me/orders/{order}/card")
    assert leaves.headers["Refresh"].startswith(f"0; url={online.stripe_url}")
    online.follow()
    assert "You have a pre-order for this night" in lee.calls("GET", f"/me/events/{event}").text


def test_who_waits_sees_their_number_and_why(online: World) -> None:
    first, second = paid(online, 2)
    page = Member(online, 1).calls("GET", "/me").text
    assert "<strong>Number 2</strong> of 2" in page and "Why do I wait?" in page
    assert "Waiting for ticket" in page and second in page and first not in page
    assert "<strong>Number 1</strong> of 2" in Member(online, 0).calls("GET", "/me").text
    later(online, days=2)
    assert "nobody can say yet" in Member(online, 1).calls("GET", "/me").text


def test_a_ticket_is_shown_by_a_click_and_by_nothing_else(online: World) -> None:
    (order,) = paid(online)
    online.committed(b"Event,Variant,Email,Password\nNEON,,t@tickets.example,pw-secret")
    online.settle()
    lee = Member(online)
    assert "Show my ticket" in lee.calls("GET", "/me").text
    # An address that was only sent to leads to the page above it.
    assert lee.calls("GET", f"/me/orders/{order}/ticket").headers["Location"] == "/me"
    assert not get(online, order).disclosed
    shown = lee.calls("POST", f"/me/orders/{order}/ticket")
    assert "pw-secret" in shown.text and "<svg" in shown.text and shown.headers["Cache-Control"] == "no-store"
    assert get(online, order).disclosed


def test_a_calendar_gets_the_night_and_nothing_of_the_ticket(online: World) -> None:
    (order,) = paid(online)
    online.committed(b"Event,Variant,Email,Password\nNEON,,t@tickets.example,pw-secret")
    online.settle()
    answer = Member(online).calls("GET", f"/me/orders/{order}/night.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    (night,) = Calendar.from_ical(answer.text).events
    assert night.summary == "Night NEON" and "pw-secret" not in answer.text
    event = online.system.store.get(TicketedEvent, get(online, order).event_id)
    assert night.start == event.starts_at.replace(microsecond=0)


def test_a_member_cancels_until_the_money_is_asked_for(online: World) -> None:
    (order,) = ordered(online, announced(online))
    lee = Member(online)
    for _ in range(2):
        assert lee.calls("POST", f"/me/orders/{order}/cancel").headers["Location"] == f"/me#{order}"
    assert get(online, order).status is Status.CANCELLED


def test_a_card_that_is_no_good_asks_for_another_one(online: World) -> None:
    (later,) = paid(online, alias="chargeCustomerFail")
    page = Member(online).calls("GET", "/me").text
    assert "We try again on" in page and "Change card" in page
    order = get(online, later)
    by = online.context.by("system:capture")
    order.request_capture(replace(by, at=by.at + 2 * PAUSE), "run-2")
    order.link_payment(online.context.by("worker"), order.attempt, "pi_second")
    order.decline(online.context.by("webhook"), "pi_second", code="expired_card")
    online.system.store.commit(order)
    online.follow()
    page = Member(online).calls("GET", "/me").text
    assert "Your card was declined. Please save another one." in page
    assert f'href="/me/orders/{later}/card"' in page


@pytest.mark.parametrize("path", ["card", "night.ics"])
def test_what_is_somebody_elses_is_not_there(online: World, path: str) -> None:
    (order,) = paid(online)
    assert Member(online, 7).calls("GET", f"/me/orders/{order}/{path}").status_code == 404


@pytest.mark.parametrize("act", ["card", "authenticate", "cancel", "ticket"])
def test_nobody_acts_on_what_is_somebody_elses(online: World, act: str) -> None:
    (order,) = paid(online)
    assert Member(online, 7).calls("POST", f"/me/orders/{order}/{act}").status_code == 404


def test_the_account_lists_devices_and_signs_out_the_others(online: World) -> None:
    lee, elsewhere = Member(online), Member(online)
    page = lee.calls("GET", "/account").text
    assert "m0@uni.example" in page and page.count("a phone") == 2
    (other,) = re.findall(r"/account/devices/([^/]+)/end", page)
    assert lee.calls("POST", f"/account/devices/{other}/end").status_code == 303
    assert elsewhere.calls("GET", "/me").status_code == 303
    assert lee.calls("GET", "/me").status_code == 200
    assert Member(online, 3).calls("POST", f"/account/devices/{other}/end").status_code == 404


def test_a_member_asks_once_to_be_erased(online: World) -> None:
    lee = Member(online)
    for _ in range(2):
        assert lee.calls("POST", "/account/erase").status_code == 303
        online.follow()
    assert "You have asked for it" in lee.calls("GET", "/account").text
    assert len(online.call("GET", "/api/admin/approvals", online.key("owner")).json()) == 1


def test_who_paid_and_waits_gives_the_place_back_and_gets_all_of_the_money(online: World) -> None:
    first, second = paid(online, 2)
    lee, path = Member(online), f"/me/orders/{first}/give-back"
    assert f'href="{path}"' in lee.calls("GET", "/me").text
    asked = lee.calls("GET", path).text
    assert "as number 1 of 2" in asked and "Give my place back" in asked
    assert lee.calls("GET", f"/me/orders/{second}/give-back").status_code == 404
    for _ in range(2):
        assert lee.calls("POST", path).headers["Location"] == f"/me#{first}"
    online.settle()
    refund_due(online.context)
    online.settle()
    given = get(online, first)
    assert given.status is Status.REFUNDED and [r[1] for r in given.refunds.values()] == [1200]
    assert "<strong>Number 1</strong> of 1" in Member(online, 1).calls("GET", "/me").text
    page = lee.calls("GET", "/me").text
    assert "Your money was given back" in page and path not in page and "Order again" not in page
    assert online.broken() == []


def test_a_place_that_has_become_a_ticket_is_not_given_back(online: World) -> None:
    (order,) = paid(online)
    lee = Member(online)
    assert "Give my place back" in lee.calls("GET", f"/me/orders/{order}/give-back").text
    online.committed(b"Event,Variant,Email,Password\nNEON,,t@tickets.example,pw-secret")
    online.settle()
    late = lee.calls("POST", f"/me/orders/{order}/give-back")
    assert (
        late.status_code == 409 and "changed meanwhile" in late.text and "You have your ticket" in late.text
    )
    assert get(online, order).status is Status.FULFILLED and not get(online, order).refunds


def test_who_cancelled_is_led_to_order_again_while_it_is_on_sale(online: World) -> None:
    event = announced(online)
    (order,) = ordered(online, event)
    lee = Member(online)
    lee.calls("POST", f"/me/orders/{order}/cancel")
    online.follow()
    assert f'href="/me/events/{event}">Order again' in lee.calls("GET", "/me").text
    assert "Pre-order for £12.00" in lee.calls("GET", f"/me/events/{event}").text


def test_who_is_under_a_case_stands_in_nobodys_way(online: World) -> None:
    first, _ = paid(online, 2)
    by = online.context.by("staff:kim")
    money.freeze(online.context, by, first, case_id="issfr_1", kind="fraud_warning", reason="r")
    online.settle()
    assert "<strong>Number 1</strong> of 1" in Member(online, 1).calls("GET", "/me").text
    page = Member(online).calls("GET", "/me").text
    assert (
        "<strong>Number" not in page
        and "Your pre-order is on hold while something about it is checked." in page
    )
    path = f"/me/orders/{first}/give-back"
    assert path not in page and "Give my place back" not in Member(online).calls("GET", path).text
    assert Member(online).calls("POST", path).status_code == 409
    again = online.context.by("staff:kim")
    money.close_case(online.context, again, first, case_id="issfr_1", outcome="dismissed")
    online.settle()
    assert "<strong>Number 1</strong> of 2" in Member(online).calls("GET", "/me").text


def test_colours_are_chosen_for_this_browser_and_left_to_it_again(online: World) -> None:
    lee = Member(online)
    chosen = lee.calls("POST", "/account/colours", theme="dark")
    assert chosen.headers["Location"] == "/account#colours" and "theme=dark" in chosen.headers["Set-Cookie"]
    headers = {"Accept": "text/html", "Cookie": f"{COOKIE}={lee.cookie}; theme=dark"}
    page = requests.get(f"{online.web}/account", headers=headers, timeout=5).text
    assert '<html lang="en" data-theme="dark">' in page
    assert re.findall(r'value="(\w*)" aria-pressed="true"', page) == ["dark"]
    for wish in ("", "purple"):
        assert "Max-Age=0" in lee.calls("POST", "/account/colours", theme=wish).headers["Set-Cookie"]
