"""Controls: a checker that has never complained proves nothing. Each guard switched off must be noticed."""

from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_DNS as NAMESPACE
from uuid import uuid5

import pytest

from harrystix.application.mail_ports import TicketMail
from harrystix.application.processes import mailing
from harrystix.application.verify.checkers import (
    Accounted,
    Checker,
    LegalTransitions,
    OneMail,
    OnePreOrder,
    OneToOne,
    PaidFirst,
)
from harrystix.application.verify.fifo import Fifo, Stranded
from harrystix.domain import pool_events as pool
from harrystix.domain import pre_order_events as order
from harrystix.domain import upload_events as upload
from harrystix.domain.base import Fact
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticket_pool import TicketPool
from tests.domain.given import NOON, by
from tests.world import World


def fact(kind: Any, **values: Any) -> Fact:
    known = {
        "originator_id": uuid5(NAMESPACE, values.pop("own", "o1")),
        "originator_version": 2,
        "timestamp": NOON,
    }
    return kind(**known, actor="a", command_id="c", cause_id="", **values)


def assigned(own: str = "o1", ticket: str = "t1") -> Fact:
    return fact(
        order.TicketAssigned,
        own=own,
        event_id="e",
        member_id="m",
        ticket_id=ticket,
        assignment_id=f"{own}{ticket}",
        variant_id="",
        upload_id="u",
        rule="exact",
        eligible_at=NOON,
    )


def accepted(intent: str = "i1") -> Fact:
    return fact(
        order.TicketEmailAccepted,
        event_id="e",
        assignment_id="o1t1",
        upload_id="u",
        intent_id=intent,
        number=1,
        after_ms=1,
        overtaken="",
    )


def queued(*orders: str) -> Fact:
    count = len(orders)
    return fact(
        pool.OrdersQueued,
        event_id="e",
        order_ids=list(orders),
        variant_ids=[""] * count,
        positions=list(range(1, count + 1)),
        confirmed_at=[0] * count,
        up_to=count,
    )


def added(*tickets: str) -> Fact:
    return fact(
        pool.TicketsAdded,
        event_id="e",
        upload_id="u",
        ticket_ids=list(tickets),
        variant_ids=[""] * len(tickets),
    )


def matched(order_id: str, ticket: str) -> Fact:
    return fact(
        pool.TicketsAssigned,
        event_id="e",
        order_ids=[order_id],
        ticket_ids=[ticket],
        assignment_ids=["x"],
        wanted_ids=[""],
        variant_ids=[""],
        rules=["exact"],
        reason="",
        uploads={"u": 1},
        fresh_tickets=1,
        fresh_orders=1,
        rule_version=1,
    )


def received(rows: int) -> Fact:
    return fact(
        upload.Received,
        own="u",
        originator_topic="Upload",
        file_name="f",
        sha256="s",
        size_bytes=1,
        form="qr",
        rows=rows,
    )


def committed(count: int) -> Fact:
    return fact(upload.Committed, own="u", tickets={"e": count}, duplicates=0, malformed=0)


BROKEN: list[tuple[Callable[[], Checker], list[Fact]]] = [
    (OneToOne, [assigned("o1"), assigned("o2")]),
    (OneToOne, [assigned("o1", "t1"), assigned("o1", "t2")]),
    (
        OnePreOrder,
        [
            fact(
                order.Placed,
                originator_topic="PreOrder",
                event_id="e",
                member_id="m",
                variant_id="",
                price_minor=1,
                currency="GBP",
            )
        ],
    ),
    (PaidFirst, [added("t1"), assigned()]),
    (Fifo, [queued("o1", "o2"), added("t1"), matched("o2", "t1")]),
    (Accounted, [received(2), added("t1"), committed(1)]),
    (Accounted, [added("t1"), added("t1")]),
    (OneMail, [assigned(), accepted(), accepted()]),
    (OneMail, [accepted()]),
    (LegalTransitions, [assigned()]),
]


@pytest.mark.parametrize(("make", "log"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_log_is_noticed(make: Callable[[], Checker], log: list[Fact]) -> None:
    checker = make()
    for position, one in enumerate(log, 1):
        checker.see(position, one)
    assert checker.broken


def test_somebody_left_behind_is_noticed() -> None:
    fifo = Fifo()
    for position, one in enumerate([queued("o1"), added("t1")], 1):
        fifo.see(position, one)
    stranded = Stranded(fifo)
    stranded.at_rest()
    assert stranded.broken


def test_without_the_pool_s_version_two_allocators_give_one_ticket_twice() -> None:
    """The race that the version fence prevents, run without it."""
    checkers: list[Checker] = [OneToOne()]
    stale: list[TicketPool] = []
    for _ in range(2):
        made = TicketPool.open(by(), "e")
        made.add_tickets(by(), "u", [("t1", "")])
        made.queue_orders(by(), [("o1", "", 1, 0), ("o2", "", 2, 0)])
        stale.append(made)
    stale[1].remove_order(by(), "o1", "the other allocator had it")
    for made in stale:
        for match in made.assign(by()):
            for checker in checkers:
                checker.see(1, assigned(match.order_id, match.ticket_id))
    assert checkers[0].broken


def test_without_the_ledger_a_second_worker_mails_again(here: World) -> None:
    """The guard against double mail, switched off: the test of the guard proves something."""
    event = here.event()
    here.paid(event, 2)
    here.committed(here.file(event, 2))
    here.settle_until_mail()
    due = here.context.due.claim("mail", 10, 0)
    here.context.ledger.begin(str(here.context.ids.new()), due)
    everything = {item.subject for item in due}
    import time

    assert mailing.send(here.context, str(here.context.ids.new()), due, time.monotonic()) == (2, True)
    fresh = here.context.store.get_many(PreOrder, [str(item.details["order_id"]) for item in due])
    assert all(not one.may_send(intent) for one, intent in zip(fresh.values(), everything, strict=False))
    here.context.mailer.send(
        [TicketMail(intent, "b", "m0@uni.example", {"event_name": "again"}) for intent in everything]
    )
    assert len(here.mails()) == 4
    assert here.context.ledger.begin("00000000-0000-0000-0000-000000000001", due) == {}
