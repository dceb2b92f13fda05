"""Money goes back to whom it is due, once, whatever comes first."""

from typing import Any

import pytest

from harrystix.application.handlers import money
from harrystix.application.processes import bulk
from harrystix.application.processes.inbox import process
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent
from tests.application.processes.test_bulk_refunds import carried_out, order_all
from tests.application.processes.test_looking import paid_in_a_life_that_the_log_forgot
from tests.application.processes.test_refunding import ask
from tests.application.processes.test_work import again, poisoned
from tests.money import announced, captured, get, news, ordered, paid, refunded, told
from tests.world import World


def test_who_was_served_since_the_list_was_made_keeps_the_ticket(here: World) -> None:
    event_id = announced(here)
    ids = ordered(here, event_id, 2)
    captured(here, ids)
    here.settle()
    order_all(here, event_id, "waiting", 2, 2400)
    here.committed(here.file(here.system.store.get(TicketedEvent, event_id), 1))
    here.settle()
    assert get(here, ids[0]).status is Status.FULFILLED
    carried_out(here)
    assert [get(here, one).status for one in ids] == [Status.FULFILLED, Status.REFUNDED]


def test_nine_of_an_event_get_their_money_back_where_the_third_is_poison(here: World) -> None:
    event_id = announced(here)
    ids = ordered(here, event_id, 10)
    captured(here, ids)
    here.settle()
    order_all(here, event_id, "all", 10, 12000)
    real = bulk.ACTS["refund"]
    bulk.ACTS["refund"] = poisoned(real, ids[2])
    try:
        for _ in range(3):
            carried_out(here)
            again(here)
    finally:
        bulk.ACTS["refund"] = real
    states = [get(here, one).status for one in ids]
    assert states.count(Status.REFUNDED) == 9


def test_a_warning_of_fraud_is_no_dispute_and_the_money_can_go_back_before_it_is_one(here: World) -> None:
    (order_id,) = paid(here)
    by = here.context.by("provider:stripe")
    money.freeze(here.context, by, order_id, case_id="issfr_1", kind="fraud_warning", reason="r")
    ask(here, order_id)
    refunded(here)
    order = get(here, order_id)
    assert (order.status, order.refunded_minor(order.payment_id)) == (Status.REFUNDED, 1200)


def test_a_lost_dispute_and_an_earlier_refund_end_alike_whichever_news_come_first(here: World) -> None:
    ends: list[tuple[Status, int]] = []
    for number, backwards in enumerate((False, True)):
        (order_id,) = ordered(here, announced(here, code=f"N{number}"), 1, start=number)
        captured(here, [order_id], f"run-{number}")
        payment = get(here, order_id).payment_id
        before = {event["id"] for event in news(here)}
        here.at_stripe("POST", "refunds", payment_intent=payment, amount="500")
        with here.stripe.store.guard:
            charge = here.stripe.store.page("charge", {"payment_intent": payment, "limit": "5"})[0][0]
            here.stripe.machine._dispute(charge, "dispute")
        dispute = here.at_stripe("GET", "disputes")["data"][0]
        here.at_stripe("POST", f"disputes/{dispute['id']}/close")
        fresh: list[dict[str, Any]] = [event for event in news(here) if event["id"] not in before]
        for event in reversed(fresh) if backwards else fresh:
            told(here, event)
            process(here.context)
        order = get(here, order_id)
        ends.append((order.status, order.refunded_minor(payment)))
    here.settle()
    assert ends == [(Status.REFUNDED, 1200)] * 2
    assert [line for line in here.broken() if "gets back more" in line] == []


@pytest.mark.parametrize("told_of_it", [False, True])
def test_news_of_a_refund_are_followed_once_a_capture_knows_the_payment(
    here: World, told_of_it: bool
) -> None:
    (order_id,) = ordered(here, announced(here))
    made = paid_in_a_life_that_the_log_forgot(here, order_id)
    here.at_stripe("POST", "refunds", payment_intent=made)
    for event in news(here):
        if event["type"].startswith(("charge.refunded", "refund.")):
            told(here, event)
    for _ in range(25):
        process(here.context)
        here.system.database.execute("UPDATE app.inbox SET not_before = now()")
    assert here.system.database.all("SELECT DISTINCT state FROM app.inbox") == [("parked",)]
    captured(here, [order_id])
    for event in news(here, kinds=("payment_intent.succeeded",)) if told_of_it else []:
        told(here, event)
    for _ in range(3):
        process(here.context)
    assert get(here, order_id).status is Status.REFUNDED
