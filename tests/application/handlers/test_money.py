"""What money that goes back, or is in doubt, does to place and ticket: on a real log, pool and ledger."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harrystix.application.handlers import money
from harrystix.application.processes.mailing import send_due
from harrystix.domain.errors import OverRefund
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent
from tests.world import World


def orders_of(here: World, event: TicketedEvent) -> list[str]:
    """Pre-orders in the order of the queue."""
    rows = here.system.database.all(
        "SELECT id::text FROM reporting.pre_orders WHERE event_id = %s ORDER BY position", (str(event.id),)
    )
    return [row[0] for row in rows]


def refund(here: World, order_id: str, key: str = "c1", amount_minor: int = 0) -> str:
    by = here.context.by("staff:support", key)
    return money.request_refund(
        here.context, by, order_id, reason="the member is ill", amount_minor=amount_minor
    )


def status(here: World, order_id: str) -> Status:
    return here.system.store.get(PreOrder, order_id).status


def test_a_refund_in_the_queue_gives_the_place_to_the_next(here: World) -> None:
    event = here.event()
    here.paid(event, 3)
    here.settle()
    first, second, third = orders_of(here, event)
    refund(here, first)
    here.committed(here.file(event, 1))
    here.settle()
    states = [status(here, order) for order in (first, second, third)]
    assert states == [Status.REFUNDED, Status.FULFILLED, Status.WAITING]
    assert not [line for line in here.broken() if "due work" not in line.lower()]


def test_a_ticket_that_nobody_has_seen_goes_to_the_next_in_the_queue(here: World) -> None:
    event = here.event()
    here.paid(event, 2)
    here.committed(here.file(event, 1))
    here.settle_until_mail()
    first, second = orders_of(here, event)
    refund(here, first)
    here.settle()
    assert [status(here, first), status(here, second)] == [Status.REFUNDED, Status.FULFILLED]
    assert [mail["Recipients"] for mail in here.mails()] == [["m1@uni.example"]]


def test_a_ticket_that_was_mailed_is_void_when_its_money_goes_back(here: World) -> None:
    event = here.event()
    here.paid(event, 2)
    here.committed(here.file(event, 1))
    here.settle()
    first, second = orders_of(here, event)
    refund(here, first)
    here.settle()
    assert [status(here, first), status(here, second)] == [Status.REFUNDED, Status.WAITING]
    assert here.system.database.all("SELECT status FROM reporting.tickets") == [("void",)]


def test_a_ticket_whose_mail_may_have_left_is_void_when_its_money_goes_back(here: World) -> None:
    event = here.event()
    here.paid(event, 2)
    here.committed(here.file(event, 1))
    here.settle_until_mail()
    first, second = orders_of(here, event)
    intent = here.system.store.get(PreOrder, first).due_intent
    here.system.database.execute(
        "INSERT INTO app.mail_ledger (intent_id, order_id, event_id, state, may_have_left) "
        "VALUES (%s, %s, %s, 'planned', true)",
        (intent, first, str(event.id)),
    )
    refund(here, first)
    here.settle()
    assert [status(here, first), status(here, second)] == [Status.REFUNDED, Status.WAITING]
    assert here.system.database.all("SELECT status FROM reporting.tickets") == [("void",)]
    assert here.mails() == []


def test_a_part_given_back_leaves_ticket_and_mail_alone(here: World) -> None:
    event = here.event()
    here.paid(event, 1)
    here.committed(here.file(event, 1))
    here.settle_until_mail()
    (order,) = orders_of(here, event)
    refund(here, order, amount_minor=500)
    here.settle()
    assert status(here, order) is Status.FULFILLED
    with pytest.raises(OverRefund):
        refund(here, order, "c2", amount_minor=701)


def test_a_refund_clicked_twenty_times_at_once_is_one(here: World) -> None:
    event = here.event()
    here.paid(event, 1)
    here.settle()
    (order,) = orders_of(here, event)
    with ThreadPoolExecutor(20) as pool:
        futures = [pool.submit(refund, here, order) for _ in range(20)]
        asked = [future.result() for future in futures]
    found = here.system.store.get(PreOrder, order)
    assert set(found.refunds) == {word for word in asked if word}
    assert found.refunded_minor(found.payment_id) == 1200
    here.follow()
    assert here.system.database.all("SELECT count(*) FROM reporting.due_work WHERE kind = 'refund'") == [(1,)]


def test_a_frozen_pre_order_keeps_its_place_and_gets_it_back(here: World) -> None:
    event = here.event()
    here.paid(event, 3)
    here.settle()
    first, second, third = orders_of(here, event)
    by = here.context.by("provider:stripe", "dispute/dp_1")
    money.freeze(here.context, by, first, case_id="dp_1", kind="dispute", reason="fraudulent")
    here.committed(here.file(event, 1))
    here.settle()
    assert status(here, second) is Status.FULFILLED
    by = here.context.by("provider:stripe", "dispute/dp_1/won")
    money.close_case(here.context, by, first, case_id="dp_1", outcome="won")
    here.committed(here.file(event, 1, start=1))
    here.settle()
    assert [status(here, first), status(here, third)] == [Status.FULFILLED, Status.WAITING]
    assert here.broken() == []


def test_a_mail_held_back_by_a_dispute_goes_out_once_it_is_won(here: World) -> None:
    event = here.event()
    here.paid(event, 1)
    here.committed(here.file(event, 1))
    here.settle_until_mail()
    (order,) = orders_of(here, event)
    by = here.context.by("provider:stripe", "dispute/dp_1")
    money.freeze(here.context, by, order, case_id="dp_1", kind="dispute", reason="fraudulent")
    send_due(here.context)
    here.settle()
    assert here.mails() == []
    by = here.context.by("provider:stripe", "dispute/dp_1/won")
    money.close_case(here.context, by, order, case_id="dp_1", outcome="won")
    here.settle()
    assert len(here.mails()) == 1
    assert here.broken() == []
