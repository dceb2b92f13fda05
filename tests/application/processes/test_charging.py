"""Charging: nobody is charged twice, by an old card, for another price, or for what is over."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from harrystix.adapters.postgres.books import Books
from harrystix.application.handlers import erasing, ordering
from harrystix.application.payment_ports import Refused
from harrystix.application.processes.capture import capture_due
from harrystix.application.processes.inbox import process
from harrystix.application.processes.looking import end_payments, look
from harrystix.application.reconcile.run import reconcile
from harrystix.domain.errors import DomainError
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent
from tests.application.handlers.test_orders import AT, imported
from tests.application.processes.test_bulk_refunds import carried_out, order_all
from tests.application.processes.test_looking import (
    asked,
    at,
    charges,
    paid_in_a_life_that_the_log_forgot,
)
from tests.money import announced, captured, get, news, ordered, told
from tests.world import World

BACK = "https://back.example/"


def test_a_clock_that_was_ahead_for_a_moment_hides_no_payment_from_the_look(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    made = paid_in_a_life_that_the_log_forgot(here, order_id)
    with here.stripe.store.guard:
        body = here.stripe.store.get(made)
        here.stripe.store.put({**body, "created": body["created"] - 1200})
    here.system.database.execute(
        "UPDATE reporting.member_orders SET placed_at = placed_at - interval '1 hour'"
    )
    # Somebody looked by a clock that was an hour ahead.
    here.context.provider_payments.add([], datetime.now(UTC) + timedelta(hours=1))
    captured(here, [order_id])
    assert charges(here) == 1


def test_the_first_look_reads_no_further_back_than_the_oldest_open_pre_order(here: World) -> None:
    ordered(here, announced(here))
    old = here.charged("")
    with here.stripe.store.guard:
        here.stripe.store.put({**here.stripe.store.get(old), "created": 1_400_000_000})
    # A quarter-hourly comparison came before the first Tuesday.
    reconcile(here.context, Books(here.system.database), datetime.now(UTC) - timedelta(hours=2))
    assert look(here.context, here.context.payments) == 0


def lived_before(here: World, order_id: str, card: str, amount: int, *, confirmed: bool) -> None:
    """Attempt 1 of a life that the log forgot, with another card."""
    order = get(here, order_id)
    path = f"payment_methods/pm_card_{card}/attach"
    method = here.at_stripe("POST", path, customer=order.customer_id)["id"]
    words = {
        "amount": str(amount),
        "currency": "gbp",
        "customer": order.customer_id,
        "payment_method": method,
        "metadata[pre_order_id]": order_id,
        "metadata[attempt]": "1",
    }
    if confirmed:
        words |= {"confirm": "true", "off_session": "true"}
    here.at_stripe("POST", "payment_intents", **words)
    here.stripe_fault(forget=True)


def test_the_card_of_now_is_asked_and_not_that_of_an_attempt_that_the_log_forgot(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    lived_before(here, order_id, "chargeCustomerFail", 1200, confirmed=True)
    captured(here, [order_id])
    assert get(here, order_id).status is Status.CONFIRMED


@pytest.mark.parametrize("amount", [1200, 900])
def test_the_card_and_price_of_now_are_charged(here: World, amount: int) -> None:
    (order_id,) = ordered(here, announced(here))
    lived_before(here, order_id, "mastercard", amount, confirmed=False)
    captured(here, [order_id])
    (charge,) = [charge for charge in here.at_stripe("GET", "charges")["data"] if charge["paid"]]
    order = get(here, order_id)
    assert (charge["amount"], charge["payment_method"]) == (1200, order.payment_method_id)


def test_a_worker_that_stood_still_declines_no_later_attempt(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    asked(here, [order_id])
    real = here.context.payments.create

    def stalled(_: Any) -> Any:
        here.context.payments.create = real
        order = get(here, order_id)
        order.decline(here.context.by("system:capture"), "", code="expired_card")
        order.save_card(
            here.context.by("provider:stripe"),
            setup_id="seti_new",
            customer_id=order.customer_id,
            payment_method_id=order.payment_method_id,
            expires=203012,
        )
        order.request_capture(here.context.by("provider:stripe"), "card/seti_new")
        here.system.store.commit(order)
        raise Refused("resource_missing")

    here.context.payments.create = stalled
    capture_due(here.context, here.context.payments)
    order = get(here, order_id)
    assert (order.attempt, order.attempt_open) == (2, True), "nobody has asked the new card yet"


def at_the_bank(here: World, **more: Any) -> tuple[str, str]:
    """(a pre-order whose member has opened the bank's page, that page)."""
    (order_id,) = ordered(here, announced(here, **more), 1, alias="authenticationRequired")
    captured(here, [order_id])
    assert get(here, order_id).needs == "authenticate"
    by = here.context.by("member:x")
    return order_id, ordering.authenticate(here.context, by, get(here, order_id), BACK)


def agrees(here: World, url: str, days: float = 0) -> None:
    """`days`: how much later the member has agreed, by Stripe's clock."""
    requests.post(url, data={"answer": "yes"}, allow_redirects=False, timeout=10)
    with here.stripe.store.guard:
        charges_made: list[dict[str, Any]] = here.stripe.store.page("charge", {"limit": "100"})[0]
        for charge in charges_made if days else []:
            here.stripe.store.put({**charge, "created": charge["created"] + int(days * 86_400)})
    for event in news(here, kinds=("payment_intent.succeeded",)):
        told(here, event)
    process(here.context)


def test_after_the_night_has_begun_no_bank_s_page_is_opened(here: World) -> None:
    (order_id,) = ordered(here, announced(here, days=2), 1, alias="authenticationRequired")
    captured(here, [order_id])
    at(here, 3)
    with pytest.raises(DomainError):
        ordering.authenticate(here.context, here.context.by("member:x"), get(here, order_id), BACK)
    assert charges(here) == 0


def test_money_that_a_bank_s_page_took_after_the_night_buys_no_ticket_of_it(here: World) -> None:
    order_id, url = at_the_bank(here, days=2)
    here.committed(here.file(here.system.store.get(TicketedEvent, get(here, order_id).event_id), 1))
    here.settle()
    at(here, 3)
    agrees(here, url, days=3)
    here.settle()
    assert get(here, order_id).status is not Status.FULFILLED
    assert [mail for mail in here.mails() if mail["Tag"] == "ticket"] == []


def payable(here: World) -> list[str]:
    found = here.at_stripe("GET", "payment_intents", limit="100")["data"]
    return [one["status"] for one in found if one["status"] not in {"canceled", "succeeded"}]


def test_after_an_erasure_the_bank_s_page_takes_no_money(here: World) -> None:
    order_id, url = at_the_bank(here)
    erasing.erase_order(here.context, here.context.by("staff:kim"), order_id)
    here.follow()
    end_payments(here.context)
    assert payable(here) == []
    agrees(here, url)
    assert charges(here) == 0


def test_who_is_paid_by_a_file_can_not_pay_at_the_bank_as_well(here: World) -> None:
    _, url = at_the_bank(here)
    assert imported(here, f"NEON,,M 0,m0@uni.example,{AT},pi_cash").confirmed == 1
    here.follow()
    end_payments(here.context)
    agrees(here, url)
    assert charges(here) == 0


def test_payments_of_what_was_given_up_are_ended_though_it_was_placed_again(here: World) -> None:
    order_id, _ = at_the_bank(here)
    for again in (False, True):
        order = get(here, order_id)
        if again:
            order.place_again(here.context.by("m"), variant_id="", price_minor=900, currency="GBP")
        else:
            order.give_up(here.context.by("system:scheduler"), "sales_over")
        here.system.store.commit(order)
        here.follow()
    end_payments(here.context)
    assert payable(here) == []


def test_nobody_is_charged_for_a_night_whose_money_all_goes_back(here: World) -> None:
    event_id = announced(here)
    first, second = ordered(here, event_id, 2)
    captured(here, [first])
    here.settle()
    asked(here, [second])
    order_all(here, event_id, "all", 1, 1200)
    carried_out(here)
    capture_due(here.context, here.context.payments)
    assert charges(here) == 1
