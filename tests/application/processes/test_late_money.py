"""Money that comes late, was given back before, or is another's fault: who sees it first does not matter."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import requests

from harrystix.adapters.follower.rebuild import rebuild
from harrystix.application.handlers import money, ordering
from harrystix.application.processes.capture import capture_due
from harrystix.application.processes.inbox import process
from harrystix.application.processes.looking import end_payments
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.projections.registry import MODELS
from tests.application.processes.test_away_and_back import dying
from tests.application.processes.test_bulk_refunds import carried_out, order_all
from tests.application.processes.test_charging import agrees, at_the_bank, lived_before
from tests.application.processes.test_looking import (
    asked,
    at,
    charges,
    paid_in_a_life_that_the_log_forgot,
)
from tests.money import announced, captured, get, news, ordered, refunded, told
from tests.world import World

BACK = "https://back.example/"


def says_yes(here: World, url: str, days: float) -> None:
    """At the bank's page, that much later by Stripe's clock; no news of it has come yet."""
    requests.post(url, data={"answer": "yes"}, allow_redirects=False, timeout=10)
    with here.stripe.store.guard:
        made: list[dict[str, Any]] = here.stripe.store.page("charge", {"limit": "100"})[0]
        for charge in made:
            here.stripe.store.put({**charge, "created": charge["created"] + int(days * 86_400)})


@pytest.mark.parametrize("first", ["news", "capture"])
def test_money_of_after_the_night_buys_no_ticket_whoever_sees_it_first(here: World, first: str) -> None:
    """Attempt 1 is at the bank's page; another card was saved and attempt 2 asked for; Stripe was away until the
    night; the member agrees at the page of attempt 1."""
    order_id, url = at_the_bank(here, days=2)
    order = get(here, order_id)
    method = here.at_stripe("POST", "payment_methods/pm_card_visa/attach", customer=order.customer_id)["id"]
    order.save_card(
        here.context.by("provider:stripe"),
        setup_id="seti_new",
        customer_id=order.customer_id,
        payment_method_id=method,
        expires=203012,
    )
    order.request_capture(here.context.by("provider:stripe"), "card/seti_new")
    here.system.store.commit(order)
    here.committed(here.file(here.system.store.get(TicketedEvent, order.event_id), 1))
    here.follow()
    at(here, 3)
    says_yes(here, url, 3)
    for event in news(here, kinds=("payment_intent.succeeded",)):
        told(here, event)
    for step in ("news", "capture") if first == "news" else ("capture", "news"):
        if step == "news":
            process(here.context)
        else:
            capture_due(here.context, here.context.payments)
    here.settle()
    assert (get(here, order_id).status, len(get(here, order_id).strays)) == (Status.FAILED, 1)
    assert [mail for mail in here.mails() if mail["Tag"] == "ticket"] == []


def test_what_an_earlier_life_gave_back_is_known_also_after_the_night(here: World) -> None:
    """Restored: paid and refunded in the lost time, the attempt open by the log, and the night has begun since."""
    event_id = announced(here, days=2)
    (order_id,) = ordered(here, event_id)
    asked(here, [order_id])
    made = paid_in_a_life_that_the_log_forgot(here, order_id)
    here.at_stripe("POST", "refunds", payment_intent=made)
    here.committed(here.file(here.system.store.get(TicketedEvent, event_id), 1))
    here.follow()
    at(here, 3)
    capture_due(here.context, here.context.payments)
    here.settle()
    assert get(here, order_id).status not in {Status.CONFIRMED, Status.ASSIGNED, Status.FULFILLED}
    assert [mail for mail in here.mails() if mail["Tag"] == "ticket"] == []


def test_the_bank_s_page_of_a_night_whose_money_all_goes_back_buys_no_ticket(here: World) -> None:
    event_id = announced(here)
    (first,) = ordered(here, event_id, 1)
    (second,) = ordered(here, event_id, 1, alias="authenticationRequired", start=1)
    captured(here, [first, second])
    here.settle()
    url = ordering.authenticate(here.context, here.context.by("member:x"), get(here, second), BACK)
    order_all(here, event_id, "all", 1, 1200)
    carried_out(here)
    here.settle()
    here.committed(here.file(here.system.store.get(TicketedEvent, event_id), 1))
    agrees(here, url)
    here.settle()
    assert get(here, second).status not in {
        Status.CONFIRMED,
        Status.WAITING,
        Status.ASSIGNED,
        Status.FULFILLED,
    }
    assert [mail for mail in here.mails() if mail["Tag"] == "ticket"] == []


@pytest.mark.parametrize("why", ["the list is behind", "being charged"])
def test_news_of_cards_that_have_to_wait_for_us_are_no_failure_of_the_provider_s(
    here: World, why: str
) -> None:
    ids = ordered(here, announced(here), 25)
    for order_id in ids:
        order = get(here, order_id)
        here.context.customers.keep(order.member_id, order.customer_id)
    if why == "being charged":
        asked(here, ids)
        for order_id in ids:
            here.at_stripe("POST", f"payment_methods/{get(here, order_id).payment_method_id}/detach")
        kind = "payment_method.detached"
    else:
        with here.stripe.store.guard:
            for order_id in ids:
                method: Any = here.stripe.store.get(get(here, order_id).payment_method_id)
                here.stripe.machine.change_card(method, 3, 2039, by="automatically_updated")
        kind = "payment_method.automatically_updated"
        # Something has happened that the follower has not seen yet.
        here.event("Other Night")
    for event in news(here, kinds=(kind,)):
        told(here, event)
    process(here.context)
    assert here.context.pace.paused() == 0, "every call that Stripe got it has answered"
    assert here.context.outages.current() == []


def passes(here: World, seconds: float) -> None:
    """So much time goes by, for leases, delays and the pause."""
    here.follow()
    here.system.database.execute(
        "UPDATE reporting.due_work SET leased_until = leased_until - make_interval(secs => %s) "
        "WHERE leased_until > '-infinity'",
        (seconds,),
    )
    here.system.database.execute(
        "UPDATE app.failed_work SET next_try_at = next_try_at - make_interval(secs => %s)", (seconds,)
    )
    client = cast("Any", here.system.broker).client
    left = client.pttl("breaker:stripe:open")
    if left > 0:
        client.pexpire("breaker:stripe:open", max(1, int(left - seconds * 1000)))


@pytest.mark.parametrize("bad", [[0], [0, 10, 20, 30]])
def test_pre_orders_that_the_provider_refuses_stop_no_others(here: World, bad: list[int]) -> None:
    """Ten minutes of a run of forty, of which some have a customer that Stripe does not know."""
    ids = ordered(here, announced(here), 40)
    with here.stripe.store.guard:
        for number in bad:
            order = get(here, ids[number])
            here.stripe.store.delete(order.customer_id)
            here.stripe.store.delete(order.payment_method_id)
    asked(here, ids)
    paused = 0
    for _ in range(60):
        capture_due(here.context, here.context.payments, here.context.pace, batch=10)
        paused += here.context.pace.paused() > 0
        passes(here, 10)
    good = [one for number, one in enumerate(ids) if number not in bad]
    assert [one for one in good if get(here, one).status is not Status.CONFIRMED] == [], paused
    assert paused <= 6, "one pre-order is one: nobody else waits for it over and over"


def test_ending_old_payments_late_leaves_the_one_that_its_member_is_asked_to_confirm(here: World) -> None:
    """Given up, on sale again (its night was moved), tried anew; only then can the old payment be ended."""
    order_id, _ = at_the_bank(here)
    for again in (False, True):
        order = get(here, order_id)
        if again:
            order.place_again(here.context.by("m"), variant_id="", price_minor=1200, currency="GBP")
            customer = here.at_stripe("POST", "customers")["id"]
            path = "payment_methods/pm_card_authenticationRequired/attach"
            method = here.at_stripe("POST", path, customer=customer)["id"]
            order.save_card(
                here.context.by("m"),
                setup_id="seti_2",
                customer_id=customer,
                payment_method_id=method,
                expires=203012,
            )
        else:
            order.give_up(here.context.by("system:scheduler"), "event_begun")
        here.system.store.commit(order)
        here.follow()
    object.__setattr__(here.context, "clock", _Later())
    captured(here, [order_id], "run-2")
    assert get(here, order_id).needs == "authenticate"
    end_payments(here.context)
    order = get(here, order_id)
    assert order.payable == [order.attempt_payment_id], "an erasure has to end it still"
    url = ordering.authenticate(here.context, here.context.by("member:x"), get(here, order_id), BACK)
    agrees(here, url)
    assert (get(here, order_id).status, charges(here)) == (Status.CONFIRMED, 1)


class _Later:
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=1)


def test_a_refund_that_is_asked_for_already_is_not_taken_over_as_another_one(here: World) -> None:
    """A worker stands still between its question and its record: meanwhile the news confirms the payment, support
    gives it back, and the refund is made; its answer is lost."""
    (order_id,) = ordered(here, announced(here))
    asked(here, [order_id])
    made = paid_in_a_life_that_the_log_forgot(here, order_id)
    real = here.context.payments.refunds_of

    def stood_still(payment_id: str) -> Any:
        here.context.payments.refunds_of = real
        for event in news(here, kinds=("payment_intent.succeeded",)):
            told(here, event)
        process(here.context)
        refund_id = money.request_refund(
            here.context, here.context.by("staff:kim"), order_id, reason="r", amount_minor=500
        )
        words = {"payment_intent": made, "amount": "500", "metadata[refund_id]": refund_id}
        here.at_stripe("POST", "refunds", **words)
        return real(payment_id)

    here.context.payments.refunds_of = stood_still
    capture_due(here.context, here.context.payments)
    refunded(here)
    assert get(here, order_id).refunded_minor(made) == 500


def test_a_payment_of_another_amount_that_was_given_back_ends_somewhere(here: World) -> None:
    """Paid at an old price in a life that the log forgot; a person gives it back at Stripe. Then it goes on."""
    (order_id,) = ordered(here, announced(here))
    lived_before(here, order_id, "mastercard", 900, confirmed=True)
    captured(here, [order_id])
    assert get(here, order_id).attempt_open, "a person has to look"
    (made,) = [
        one for one in here.at_stripe("GET", "payment_intents", limit="9")["data"] if one["amount"] == 900
    ]
    here.at_stripe("POST", "refunds", payment_intent=made["id"])
    for _ in range(5):
        for event in news(here):
            told(here, event)
        process(here.context)
        passes(here, 4000)
        capture_due(here.context, here.context.payments)
        here.settle()
    assert get(here, order_id).status is Status.CONFIRMED or not get(here, order_id).attempt_open


def test_what_was_given_back_in_a_life_that_the_log_forgot_is_known_after_a_kill_and_a_rebuild(
    here: World,
) -> None:
    """Linked, killed; the list of due work is computed anew, so that its counts say that nobody has tried."""
    event_id = announced(here)
    (order_id,) = ordered(here, event_id)
    asked(here, [order_id])
    made = paid_in_a_life_that_the_log_forgot(here, order_id)
    here.at_stripe("POST", "refunds", payment_intent=made)
    dying(here, "cap.after_link", lambda: capture_due(here.context, here.context.payments))
    rebuild(here.system.database.url, here.system.store, [MODELS["due_work"]])
    capture_due(here.context, here.context.payments)
    assert get(here, order_id).status is Status.REFUNDED
