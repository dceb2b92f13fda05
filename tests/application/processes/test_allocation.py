"""Everybody who can be served is served, whatever happens to others, and nobody gets what somebody else has."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from harrystix.application.handlers import erasing, money, moves, uploads
from harrystix.application.processes.allocation import allocate
from harrystix.application.processes.mailing import send_due
from harrystix.domain.errors import OverRefund
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent
from tests.world import World


def orders_of(here: World, event: TicketedEvent) -> list[PreOrder]:
    """In the order in which they paid."""
    rows = here.system.database.all(
        "SELECT id::text FROM reporting.pre_orders WHERE event_id = %s", (str(event.id),)
    )
    found = here.system.store.get_many(PreOrder, [row[0] for row in rows]).values()
    return sorted(found, key=lambda order: here.system.store.place(order)[2])


def overview(here: World, event: TicketedEvent) -> dict[str, int]:
    row = here.system.database.one(
        "SELECT orders, waiting, assigned FROM reporting.overview WHERE event_id = %s", (str(event.id),)
    )
    assert row
    return dict(zip(("orders", "waiting", "assigned"), row, strict=True))


def by(here: World, key: str = "") -> Any:
    return here.context.by("staff:test", key)


def test_a_ticket_given_by_hand_and_taken_back_goes_to_one_member(here: World) -> None:
    event = here.event(variants=("A", "B"))
    here.paid(event, 1, "A", prefix="a")
    here.settle()
    here.committed(here.file(event, 3, "B"))
    here.settle()
    pool = here.system.store.pool(str(event.id))
    assert pool
    second, (order,) = pool.free_tickets()[1], orders_of(here, event)
    moves.move(here.context, by(here), str(event.id), ticket_id=second, order_id=str(order.id), reason="r")
    moves.take_back(here.context, by(here), str(event.id), second, str(order.id))
    here.paid(event, 3, "B", prefix="b")
    here.settle()
    assert len({order.ticket_id for order in orders_of(here, event)[-3:]}) == 3
    assert here.broken() == []


@pytest.mark.parametrize("index", [0, 1, 2])
def test_who_got_a_ticket_by_hand_and_lost_it_gets_one_and_so_do_the_others(here: World, index: int) -> None:
    event = here.event(variants=("A", "B"))
    here.paid(event, 3, "A")
    here.settle()
    upload = here.committed(here.file(event, 1, "B"))
    here.settle()
    order = orders_of(here, event)[index]
    pool = here.system.store.pool(str(event.id))
    assert pool
    (ticket,) = pool.free_tickets()
    moves.move(here.context, by(here), str(event.id), ticket_id=ticket, order_id=str(order.id), reason="r")
    uploads.withdraw(here.context, by(here), str(upload.id), "wrong file")
    here.committed(here.file(event, 3, "A", start=10))
    here.settle()
    assert {order.status for order in orders_of(here, event)} == {Status.FULFILLED}
    assert overview(here, event) == {"orders": 3, "waiting": 0, "assigned": 3}
    assert here.broken() == []


def _refund(here: World, order_id: str) -> None:
    money.request_refund(here.context, by(here), order_id, reason="r")


def _freeze(here: World, order_id: str) -> None:
    money.freeze(here.context, by(here), order_id, case_id="dp_1", kind="dispute", reason="fraudulent")


def _hold(here: World, order_id: str) -> None:
    money.with_pool(here.context, by(here), [order_id], lambda o: o.hold(by(here), case_id="h", reason="r"))


def _give_back(here: World, order_id: str) -> None:
    money.give_back(here.context, by(here), order_id)


def _erase(here: World, order_id: str) -> None:
    erasing.erase_order(here.context, by(here), order_id)


ENDS = [_refund, _freeze, _hold, _give_back, _erase]


@pytest.mark.parametrize("end", ENDS)
def test_who_leaves_before_joining_the_queue_keeps_nobody_waiting(
    here: World, end: Callable[[World, str], None]
) -> None:
    event = here.event()
    here.committed(here.file(event, 3))
    here.settle()
    here.paid(event, 5)
    here.follow()
    left = orders_of(here, event)[1]
    end(here, str(left.id))
    here.settle()
    served = [order for order in orders_of(here, event) if order.ticket_id]
    assert len(served) == 3
    assert str(left.id) not in {str(order.id) for order in served}
    assert overview(here, event) == {"orders": 4, "waiting": 1, "assigned": 3}
    assert here.broken() == []


@pytest.mark.parametrize("end", ENDS)
def test_a_pre_order_that_ends_between_two_looks_of_the_allocator_is_passed_over(
    here: World, end: Callable[[World, str], None]
) -> None:
    """The list of who is to join was read a moment before."""
    event = here.event()
    here.committed(here.file(event, 2))
    here.settle()
    here.paid(event, 3)
    here.follow()
    victim = orders_of(here, event)[0]
    real = here.context.due.queued_orders

    def late(*args: Any) -> Any:
        found = real(*args)
        if found and victim.status is Status.CONFIRMED and not ended:
            ended.append(True)
            end(here, str(victim.id))
        return found

    ended: list[bool] = []
    here.context.due.queued_orders = late
    allocate(here.context, str(event.id))
    del here.context.due.queued_orders
    here.settle()
    assert ended
    assert [bool(order.ticket_id) for order in orders_of(here, event)][1:] == [True, True]
    assert here.broken() == []


def test_who_was_frozen_before_joining_stands_at_the_old_place_afterwards(here: World) -> None:
    event = here.event()
    here.paid(event, 3)
    here.follow()
    first = str(orders_of(here, event)[0].id)
    _freeze(here, first)
    here.settle()
    money.close_case(here.context, by(here), first, case_id="dp_1", outcome="won")
    here.committed(here.file(event, 1))
    here.settle()
    assert [bool(order.ticket_id) for order in orders_of(here, event)] == [True, False, False]
    assert here.broken() == []


def test_others_who_paid_earlier_join_although_a_later_one_has_left_already(here: World) -> None:
    event = here.event()
    here.paid(event, 4)
    here.follow()
    _refund(here, str(orders_of(here, event)[3].id))
    here.committed(here.file(event, 4))
    here.settle()
    assert [bool(order.ticket_id) for order in orders_of(here, event)] == [True, True, True, False]
    assert overview(here, event) == {"orders": 3, "waiting": 0, "assigned": 3}


def test_two_refunds_at_the_same_moment_are_one_refund_and_one_refusal(here: World) -> None:
    event = here.event()
    here.paid(event, 1)
    here.committed(here.file(event, 1))
    here.settle()
    order_id = str(orders_of(here, event)[0].id)
    real = here.system.store.check_out
    raced: list[bool] = []

    def check_out(event_id: str, who: Any) -> Any:
        if not raced:
            raced.append(True)
            _refund(here, order_id)
        return real(event_id, who)

    here.system.store.check_out = check_out  # type: ignore[method-assign]
    with pytest.raises(OverRefund):
        _refund(here, order_id)
    del here.system.store.check_out  # type: ignore[method-assign]
    here.settle()
    assert orders_of(here, event)[0].status is Status.REFUNDED


def test_two_allocators_without_a_lock_serve_everybody_once(here: World) -> None:
    event = here.event()
    here.paid(event, 60)
    here.committed(here.file(event, 50))
    here.follow()
    object.__setattr__(here.context, "lock", _Open())
    made: list[int] = []
    threads = [
        threading.Thread(target=lambda: made.append(allocate(here.context, str(event.id)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4 and sum(made) == 50
    here.settle()
    assert here.broken() == []


class _Open:
    """Lets everybody pass: what remains is the pool's version."""

    def acquire(self, name: str, wait_seconds: float = 0) -> str:
        return "none"

    def release(self, name: str, token: str) -> bool:
        return False


def test_a_pool_that_came_from_a_snapshot_derives_what_it_keeps_at_hand(here: World) -> None:
    event = here.event()
    here.paid(event, 3)
    here.committed(here.file(event, 2))
    here.settle()
    pool = here.system.store.pool(str(event.id))
    assert pool
    again = type(pool).Snapshot.take(pool).mutate(None)
    assert again.indexes.told() == pool.indexes.told()
    assert again.differences() == []


def test_mails_of_others_leave_while_one_waits(here: World) -> None:
    event = here.event()
    here.paid(event, 2)
    here.committed(here.file(event, 2))
    here.settle_until_mail()
    assert send_due(here.context) == 2
