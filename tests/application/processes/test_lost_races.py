"""News and workers that come too late, or lose a race: they do what is still right, once, and nothing else."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from harrystix.application.handlers import money, ordering
from harrystix.application.payment_ports import Attempt, Payment
from harrystix.application.processes.allocation import allocate
from harrystix.application.processes.capture import capture_due
from harrystix.application.processes.inbox import process
from harrystix.application.processes.mailing import send_due
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent
from tests.application.processes.test_refunding import ask
from tests.money import announced, captured, get, news, ordered, refunded, told
from tests.world import World


def states(here: World) -> list[Any]:
    return here.system.database.all("SELECT DISTINCT state FROM app.inbox")


def due_again(here: World) -> None:
    here.follow()
    here.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
    here.system.database.execute("UPDATE app.inbox SET not_before = now() WHERE state = 'pending'")


def disputed(here: World, payment: str) -> str:
    with here.stripe.store.guard:
        (charge,) = here.stripe.store.page("charge", {"payment_intent": payment, "limit": "5"})[0]
        here.stripe.machine._dispute(charge, "dispute")
    return str(here.at_stripe("GET", "disputes")["data"][0]["id"])


def given_back(here: World, payment: str) -> str:
    return str(here.at_stripe("POST", "refunds", payment_intent=payment)["id"])


@pytest.mark.parametrize("what", [disputed, given_back])
def test_news_that_lose_a_race_with_the_allocator_are_followed_and_no_ticket_leaves(
    here: World, what: Callable[[World, str], str]
) -> None:
    event_id = announced(here)
    (order_id,) = ordered(here, event_id)
    captured(here, [order_id])
    here.settle()
    before = {event["id"] for event in news(here)}
    what(here, get(here, order_id).payment_id)
    for event in news(here):
        if event["id"] not in before:
            told(here, event)
    here.committed(here.file(here.system.store.get(TicketedEvent, event_id), 1))
    here.follow()
    store = here.system.store
    real = store.check_out
    raced: list[str] = []

    def late(event: str, by: Any) -> Any:
        # The pre-order was read as waiting; until its pool is read, somebody gives it a ticket.
        if not raced:
            raced.append(event)
            allocate(here.context, event)
            assert get(here, order_id).status is Status.ASSIGNED
        return real(event, by)

    store.check_out = late  # pyright: ignore[reportAttributeAccessIssue]
    process(here.context)
    store.check_out = real  # pyright: ignore[reportAttributeAccessIssue]
    assert raced
    assert states(here) == [("done",)], "at once: an error of ours is never the message's"
    order = get(here, order_id)
    assert order.frozen or order.status is Status.REFUNDED
    here.follow()
    send_due(here.context)
    assert [mail for mail in here.mails() if mail["Tag"] == "ticket"] == []
    assert [mail["Tag"] for mail in here.mails()] in ([], ["refunded"])


@pytest.mark.parametrize("asked", [500, 1200])
@pytest.mark.parametrize("dispute_first", [False, True])
def test_a_lost_dispute_takes_all_the_money_whatever_refund_of_it_is_under_way(
    here: World, asked: int, dispute_first: bool
) -> None:
    (order_id,) = ordered(here, announced(here), 1, alias="createDispute")
    captured(here, [order_id])
    here.settle()
    payment = get(here, order_id).payment_id
    ask(here, order_id, amount=asked)
    (dispute,) = here.at_stripe("GET", "disputes")["data"]
    here.at_stripe("POST", f"disputes/{dispute['id']}/close")

    def of_the_dispute() -> None:
        for event in news(here, kinds=("charge.dispute.created", "charge.dispute.closed")):
            told(here, event)
        process(here.context)

    for step in (
        (of_the_dispute, lambda: refunded(here))
        if dispute_first
        else (
            lambda: refunded(here),
            of_the_dispute,
        )
    ):
        step()
    order = get(here, order_id)
    assert (order.status, order.refunded_minor(payment)) == (Status.REFUNDED, 1200)
    assert sorted(str(refund[2]) for refund in order.refunds.values()) == ["failed", "succeeded"]
    here.settle()
    assert [line for line in here.broken() if "refund_" not in line] == []


def test_a_worker_that_stood_still_links_its_payment_to_no_later_attempt(here: World) -> None:
    (order_id,) = ordered(here, announced(here), 1, alias="chargeCustomerFail")
    order = get(here, order_id)
    order.request_capture(here.context.by("system:capture"), "run-1")
    here.system.store.commit(order)
    here.follow()
    new = here.at_stripe("POST", "payment_methods/pm_card_visa/attach", customer=order.customer_id)["id"]
    real = here.context.payments.create

    def slow(attempt: Attempt) -> Payment:
        made = real(attempt)
        here.context.payments.create = real
        # Meanwhile somebody else came to the end of this attempt, and the member has entered another card.
        late = get(here, order_id)
        late.decline(here.context.by("system:capture"), "", code="expired_card")
        late.save_card(
            here.context.by("provider:stripe"),
            setup_id="seti_new",
            customer_id=order.customer_id,
            payment_method_id=new,
            expires=203012,
        )
        late.request_capture(here.context.by("provider:stripe"), "card/seti_new")
        here.system.store.commit(late)
        return made

    here.context.payments.create = slow
    capture_due(here.context, here.context.payments)
    assert get(here, order_id).attempt == 2
    assert get(here, order_id).attempt_payment_id == ""
    due_again(here)
    capture_due(here.context, here.context.payments)
    assert get(here, order_id).status is Status.CONFIRMED
    (charge,) = [charge for charge in here.at_stripe("GET", "charges")["data"] if charge["paid"]]
    assert charge["payment_method"] == new, "the new card was asked"
    left = here.at_stripe("GET", "payment_intents", limit="10")["data"]
    assert sorted(payment["status"] for payment in left) == ["canceled", "succeeded"]


def test_a_stray_payment_that_was_given_back_pays_no_later_attempt(here: World) -> None:
    event_id = announced(here)
    (order_id,) = ordered(here, event_id)
    before = get(here, order_id)
    member = here.context.by(f"member:{before.member_id}")
    ordering.cancel(here.context, member, order_id)
    words = {
        "amount": "1200",
        "currency": "gbp",
        "customer": before.customer_id,
        "payment_method": before.payment_method_id,
        "metadata[pre_order_id]": order_id,
        "confirm": "true",
        "off_session": "true",
    }
    stray = str(here.at_stripe("POST", "payment_intents", **words)["id"])
    for event in news(here, kinds=("payment_intent.succeeded",)):
        told(here, event)
    process(here.context)
    by = here.context.by("staff:kim")
    money.request_refund(
        here.context, by, order_id, reason="nobody wanted it", origin="stray", payment_id=stray
    )
    refunded(here)
    assert get(here, order_id).given_back_minor(stray) == 1200
    order = get(here, order_id)
    order.place_again(here.context.by("member:x"), variant_id="", price_minor=1200, currency="GBP")
    order.save_card(
        here.context.by("provider:stripe"),
        setup_id="seti_again",
        customer_id=before.customer_id,
        payment_method_id=before.payment_method_id,
        expires=203012,
    )
    order.request_capture(here.context.by("system:capture"), "run-1")
    here.system.store.commit(order)
    here.follow()
    # Somebody has begun with it and did not live to say how it went, so Stripe is asked what it has.
    assert here.context.due.claim("capture", 10, 60)
    due_again(here)
    capture_due(here.context, here.context.payments)
    here.follow()
    order = get(here, order_id)
    assert order.status is Status.CONFIRMED
    assert order.payment_id not in {"", stray}
    here.settle()
    assert here.broken() == []


def carded(here: World, order_id: str) -> None:
    """Stripe's news that the member has entered a card."""
    words = {"metadata[pre_order_id]": order_id, "confirm": "true", "payment_method": "pm_card_visa"}
    customer = here.at_stripe("POST", "customers")["id"]
    here.at_stripe("POST", "setup_intents", customer=customer, usage="off_session", **words)
    (event,) = news(here, kinds=("setup_intent.succeeded",))
    told(here, event, f"_{uuid4()}")


@pytest.mark.parametrize("end", ["paid", "cancelled", "failed"])
def test_news_of_a_card_for_what_is_paid_or_over_by_then_are_done_and_alarm_nobody(
    here: World, end: str
) -> None:
    (order_id,) = ordered(here, announced(here))
    if end == "paid":
        captured(here, [order_id])
    else:
        order: PreOrder = get(here, order_id)
        by = here.context.by("system:x")
        if end == "cancelled":
            order.cancel(by)
        else:
            order.give_up(by, "event_begun")
        here.system.store.commit(order)
    before = get(here, order_id)
    carded(here, order_id)
    process(here.context)
    assert states(here) == [("done",)]
    assert here.context.inbox.parked(10) == []
    after = get(here, order_id)
    assert (after.status, after.payment_method_id) == (before.status, before.payment_method_id)
