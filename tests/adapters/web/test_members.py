"""A member by API: order, card, bank, cancel, ticket; and what support and admins see of the money."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from harrystix.application.processes import runs
from harrystix.application.processes.capture import capture_due
from harrystix.application.processes.inbox import process
from harrystix.domain.pre_order_events import Status
from tests.money import announced, connected, delivered, get, members
from tests.world import World

NOBODY = "00000000-0000-4000-8000-00000000dead"


def order(online: World, key: str, event_id: str, **more: Any) -> requests.Response:
    wish = {"eventId": event_id, "variantId": None, **more}
    return online.call("POST", "/api/me/pre-orders", key, json=wish)


def enter_card(online: World, key: str, order_id: str, number: str = "4242424242424242", **more: str) -> str:
    """At the sandbox's page, as a member would; where it sends the member afterwards."""
    made = connected(online)
    url = online.call("POST", f"/api/me/pre-orders/{order_id}/card", key).json()["url"]
    assert "Save a card" in requests.get(url, timeout=5).text
    words = {"number": number, "month": "12", "year": "2030", **more}
    answer = requests.post(url, data=words, allow_redirects=False, timeout=5)
    delivered(made)
    process(online.context)
    online.follow()
    return answer.headers.get("Location", "")


def tuesday(online: World) -> None:
    runs.start_now(online.context, online.context.by("staff:kim"), online.context.schedule)
    online.follow()
    runs.enumerate_due(online.context)
    online.follow()
    capture_due(online.context, online.context.payments)
    online.settle()


def shown(online: World, key: str, order_id: str) -> dict[str, Any]:
    return online.call("GET", f"/api/me/pre-orders/{order_id}", key).json()


def test_from_pre_order_to_ticket(online: World, member: str) -> None:
    event_id = announced(online)
    (on_sale,) = online.call("GET", "/api/events", member).json()
    assert (on_sale["id"], on_sale["priceMinor"], on_sale["currency"]) == (event_id, 1200, "GBP")
    answer = order(online, member, event_id)
    made = answer.json()
    assert (answer.status_code, made["shown"], made["cardExpires"]) == (201, "Pre-ordered", None)
    assert made["nextStep"].startswith("Save a card")
    back = enter_card(online, member, made["id"])
    assert back.endswith(f"/me#{made['id']}")
    found = shown(online, member, made["id"])
    assert found["cardExpires"] == "2030-12"
    assert found["nextStep"].startswith("We take £12.00 on Tuesday")
    tuesday(online)
    assert shown(online, member, made["id"])["shown"] == "Waiting for ticket"
    from harrystix.domain.ticketed_event import TicketedEvent

    online.committed(online.file(online.system.store.get(TicketedEvent, event_id), 1))
    online.settle()
    assert shown(online, member, made["id"])["shown"] == "Fulfilled"
    secret = online.call("POST", f"/api/me/pre-orders/{made['id']}/reveal", member).json()
    assert secret["password"] == "pw-0"
    assert online.broken() == []


def test_clicked_twenty_times_at_once_it_is_one_pre_order(online: World, member: str) -> None:
    event_id = announced(online)
    with ThreadPoolExecutor(20) as pool:
        answers = [f.result() for f in [pool.submit(order, online, member, event_id) for _ in range(20)]]
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert [answer.status_code for answer in answers].count(201) == 1
    assert online.system.database.one(
        "SELECT count(*) FROM log.stored_events WHERE topic = 'PreOrder.Placed'"
    ) == (1,)


def test_price_and_currency_are_the_servers(online: World, member: str) -> None:
    event_id = announced(online)
    answer = order(online, member, event_id, priceMinor=1)
    assert answer.status_code == 422
    assert order(online, member, event_id).json()["priceMinor"] == 1200


def test_another_wish_for_the_same_event_is_refused_while_one_lives(online: World, member: str) -> None:
    from harrystix.application.handlers.events import NewVariant

    event_id = announced(online, variants=[NewVariant("Early"), NewVariant("Late")])
    (on_sale,) = online.call("GET", "/api/events", member).json()
    early, late = (variant["id"] for variant in on_sale["variants"])
    made = order(online, member, event_id, variantId=early)
    assert made.json()["variant"] == "Early"
    assert order(online, member, event_id, variantId=early).status_code == 200
    answer = order(online, member, event_id, variantId=late)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_taken")
    assert order(online, member, event_id, variantId="nonsense").status_code == 422
    cancelled = online.call("DELETE", f"/api/me/pre-orders/{made.json()['id']}", member)
    assert cancelled.json()["shown"] == "Cancelled"
    again = order(online, member, event_id, variantId=late)
    assert (again.status_code, again.json()["variant"]) == (201, "Late")


@pytest.mark.parametrize(
    ("window", "why"),
    [
        ({"sales_open_at": datetime.now(UTC) + timedelta(days=1)}, "is not on sale yet"),
        ({"sales_close_at": datetime.now(UTC) - timedelta(days=1)}, "is no longer on sale"),
    ],
)
def test_outside_the_sales_window_nobody_orders(
    online: World, member: str, window: dict[str, Any], why: str
) -> None:
    answer = order(online, member, announced(online, **window))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_on_sale")
    assert why in answer.json()["title"]
    assert online.call("GET", "/api/events", member).json() == []


def test_what_could_not_be_paid_before_it_begins_is_not_sold(online: World, member: str) -> None:
    until_tuesday = online.context.schedule.next(datetime.now(UTC)) - datetime.now(UTC)
    answer = order(online, member, announced(online, days=until_tuesday.total_seconds() / 86400 - 0.01))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_on_sale")
    assert online.call("GET", "/api/events", member).json() == []


def test_a_foreign_pre_order_does_not_exist(online: World, member: str) -> None:
    order_id = order(online, member, announced(online)).json()["id"]
    other = online.key("member", members(online, 1, 7)[0])
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/card"),
        ("POST", "/give-back"),
        ("POST", "/authenticate"),
        ("POST", "/reveal"),
    ):
        assert online.call(method, f"/api/me/pre-orders/{order_id}{path}", other).status_code == 404


def test_cancelled_before_the_capture_nothing_is_taken(online: World, member: str) -> None:
    order_id = order(online, member, announced(online)).json()["id"]
    enter_card(online, member, order_id)
    assert online.call("DELETE", f"/api/me/pre-orders/{order_id}", member).status_code == 200
    assert online.call("DELETE", f"/api/me/pre-orders/{order_id}", member).status_code == 200
    online.follow()
    tuesday(online)
    assert online.stripe.store.charged() == 0


def test_after_the_capture_it_is_too_late_to_cancel(online: World, member: str) -> None:
    order_id = order(online, member, announced(online)).json()["id"]
    enter_card(online, member, order_id)
    tuesday(online)
    answer = online.call("DELETE", f"/api/me/pre-orders/{order_id}", member)
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")


def test_who_waits_after_the_capture_gives_the_place_back_unless_the_house_does_not_offer_it(
    online: World, member: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = order(online, member, announced(online)).json()["id"]
    path = f"/api/me/pre-orders/{order_id}/give-back"
    early = online.call("POST", path, member)
    assert (early.status_code, early.json()["code"]) == (409, "illegal_transition")
    enter_card(online, member, order_id)
    tuesday(online)
    with monkeypatch.context() as closed:
        closed.setattr(online.system.settings, "give_back", False)
        assert online.call("POST", path, member).status_code == 403
    for _ in range(2):
        given = online.call("POST", path, member)
        assert (given.status_code, given.json()["shown"]) == (200, "Refunded")


def test_a_declined_member_saves_another_card_and_is_charged_at_once(online: World, member: str) -> None:
    order_id = order(online, member, announced(online)).json()["id"]
    enter_card(online, member, order_id)
    customer = get(online, order_id).customer_id
    online.stripe_fault(declines={customer: "chargeDeclinedExpiredCard"})
    tuesday(online)
    assert shown(online, member, order_id)["needs"] == "new_card"
    online.stripe_fault(declines={customer: ""})
    enter_card(online, member, order_id, "5555555555554444")
    capture_due(online.context, online.context.payments)
    online.settle()
    assert shown(online, member, order_id)["status"] == "waiting_for_stock"
    assert [mail["Tag"] for mail in online.mails()] == ["card-needed"]
    assert online.broken() == []


def test_a_bank_that_asks_is_answered_by_the_member_and_the_same_payment_succeeds(
    online: World, member: str
) -> None:
    order_id = order(online, member, announced(online)).json()["id"]
    enter_card(online, member, order_id, "4000002760003184", answer="yes")
    tuesday(online)
    assert shown(online, member, order_id)["needs"] == "authenticate"
    assert [mail["Tag"] for mail in online.mails()] == ["authentication-needed"]
    asked = get(online, order_id).attempt_payment_id
    made = connected(online)
    url = online.call("POST", f"/api/me/pre-orders/{order_id}/authenticate", member).json()["url"]
    assert "Your bank asks" in requests.get(url, timeout=5).text
    requests.post(url, data={"answer": "yes"}, allow_redirects=False, timeout=5)
    delivered(made)
    online.settle()
    found = get(online, order_id)
    assert (found.payment_id, found.status) == (asked, Status.WAITING)
    assert online.stripe.store.charged() == 1


def test_a_card_that_can_not_be_saved_is_said_on_the_page(online: World, member: str) -> None:
    order_id = order(online, member, announced(online)).json()["id"]
    assert enter_card(online, member, order_id, "4000000000000002") == ""
    assert shown(online, member, order_id)["cardExpires"] is None


def test_while_stripe_is_away_the_member_is_told_to_try_again(online: World, member: str) -> None:
    order_id = order(online, member, announced(online)).json()["id"]
    online.stripe_fault(requests={"rate_limit": 20})
    answer = online.call("POST", f"/api/me/pre-orders/{order_id}/card", member)
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_away")
    assert int(answer.headers["Retry-After"]) >= 1
    online.stripe_fault(requests={"rate_limit": 0})
    assert online.call("POST", f"/api/me/pre-orders/{order_id}/card", member).status_code == 200
