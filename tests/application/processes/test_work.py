"""One bad item is one bad item, of every kind of work: of ten the third is poison, and nine are done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from harrystix.adapters.worker.actors import register
from harrystix.application.handlers import bulk as jobs
from harrystix.application.handlers import erasing, money
from harrystix.application.payment_ports import Later
from harrystix.application.ports import Due
from harrystix.application.processes import approved, bulk, capture, completion, refunding
from harrystix.application.processes.erasing import erase_due
from harrystix.application.processes.inbox import process
from harrystix.application.processes.work import each, together
from harrystix.application.work import KINDS
from harrystix.domain.approval import Approval
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from tests.money import announced, captured, get, members, news, ordered, told
from tests.world import World

TEN, POISON = 10, 2


class Poison(Exception):
    """What nobody expects."""


def poisoned(real: Callable[..., Any], poison: str) -> Callable[..., Any]:
    """As ever, but for one item: by its id, or that of what it is about."""

    def call(*args: Any, **more: Any) -> Any:
        for one in args:
            names = (one, *(getattr(one, name, "") for name in ("order_id", "subject", "id")))
            if poison in map(str, names):
                raise Poison
        return real(*args, **more)

    return call


def failing(here: World) -> list[tuple[str, str]]:
    rows = here.system.database.all("SELECT kind, code FROM app.failed_work ORDER BY 1, 2")
    return [(row[0], row[1]) for row in rows]


def again(here: World) -> None:
    """Leases and delays are over."""
    here.system.database.execute("UPDATE app.failed_work SET next_try_at = now()")
    here.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
    here.follow()


def asked(here: World, ids: list[str]) -> None:
    orders = here.system.store.get_many(PreOrder, ids)
    for order in orders.values():
        order.request_capture(here.context.by("system:capture"), "run-1")
    here.system.store.commit(*orders.values())
    here.follow()


def test_nine_payments_are_taken_where_the_third_is_poison_and_the_third_as_well_once_it_is_none(
    here: World,
) -> None:
    ids = ordered(here, announced(here), TEN)
    asked(here, ids)
    real = here.context.payments.create
    here.context.payments.create = poisoned(real, ids[POISON])
    capture.capture_due(here.context, here.context.payments)
    here.follow()
    assert [get(here, order_id).status is Status.CONFIRMED for order_id in ids].count(True) == TEN - 1
    assert failing(here) == [("capture", "Poison")]
    here.context.payments.create = real
    again(here)
    capture.capture_due(here.context, here.context.payments)
    here.follow()
    assert get(here, ids[POISON]).status is Status.CONFIRMED
    assert failing(here) == []


def test_nine_refunds_are_made_and_recorded_where_the_third_is_poison(here: World) -> None:
    ids = ordered(here, announced(here), TEN)
    captured(here, ids)
    here.settle()
    money.request_refunds(here.context, here.context.by("staff:kim"), ids, reason="r", origin="bulk")
    here.follow()
    real = here.context.payments.refund
    third = next(iter(get(here, ids[POISON]).refunds))
    here.context.payments.refund = poisoned(real, third)
    refunding.refund_due(here.context)
    here.follow()
    rows = here.system.database.all("SELECT state, count(*) FROM reporting.refunds GROUP BY 1 ORDER BY 1")
    assert rows == [("requested", 1), ("succeeded", 9)]
    here.context.payments.refund = real
    again(here)
    refunding.refund_due(here.context)
    here.settle()
    assert here.broken() == []


def test_nine_messages_are_worked_on_where_the_third_is_poison(here: World) -> None:
    event_id = announced(here)
    ids = ordered(here, event_id, TEN)
    for order_id in ids:
        here.charged(order_id)
    for event in news(here):
        if event["type"] == "payment_intent.succeeded":
            told(here, event)
    real = here.context.payments.payment
    third = here.system.database.one(
        "SELECT hint->>'payment_intent' FROM app.inbox ORDER BY id OFFSET 2 LIMIT 1"
    )
    assert third
    here.context.payments.payment = poisoned(real, third[0])
    process(here.context)
    assert here.system.database.all("SELECT state, count(*) FROM app.inbox GROUP BY 1 ORDER BY 1") == [
        ("done", 9),
        ("pending", 1),
    ]
    here.context.payments.payment = real
    here.system.database.execute("UPDATE app.inbox SET not_before = now()")
    process(here.context)
    assert here.system.database.all("SELECT DISTINCT state FROM app.inbox") == [("done",)]


def test_an_outage_costs_a_message_no_patience(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    here.charged(order_id)
    for event in news(here):
        if event["type"] == "payment_intent.succeeded":
            told(here, event)
    real = here.context.payments.payment

    def away(_: str) -> None:
        raise Later(1)

    here.context.payments.payment = away
    for _ in range(60):
        process(here.context)
        here.system.database.execute("UPDATE app.inbox SET not_before = now()")
    here.context.payments.payment = real
    # The pause is over.
    here.context.pace.resume()
    process(here.context)
    assert get(here, order_id).status is Status.CONFIRMED


def test_nine_erasures_come_to_their_end_where_the_third_waits(here: World) -> None:
    event_id = announced(here)
    ids = ordered(here, event_id, TEN)
    people = members(here, TEN)
    asked(here, [ids[POISON]])
    for member in people:
        erasing.order(here.context, here.context.by("staff:kim"), member, origin="desk")
    here.follow()
    # Each waits for the lists between its steps.
    for _ in range(40):
        erase_due(here.context)
        again(here)
    erased = [get(here, order_id).status is Status.ERASED for order_id in ids]
    assert erased.count(True) == TEN - 1 and not erased[POISON]


def test_nine_approvals_are_carried_out_where_the_third_is_poison(here: World) -> None:
    people = members(here, TEN)
    made: list[Approval] = []
    for member in people:
        approval = Approval.request(
            here.context.by("staff:one"), uuid4(), kind="erasure", subject=member, details={}, reason="r"
        )
        approval.grant(here.context.by("staff:two"))
        made.append(approval)
    here.system.store.commit(*made)
    here.follow()
    real = approved.ACTS["erasure"]
    approved.ACTS["erasure"] = poisoned(real, people[POISON])
    try:
        assert approved.carry_out(here.context) == TEN - 1
    finally:
        approved.ACTS["erasure"] = real
    assert failing(here) == [("approved", "Poison")]
    again(here)
    approved.carry_out(here.context)
    here.follow()
    assert here.system.store.get(Approval, made[POISON].id).state == "done"


def test_nine_jobs_run_where_the_third_is_poison(here: World) -> None:
    event_id = announced(here)
    ids = ordered(here, event_id, TEN)
    captured(here, ids)
    here.settle()
    made = [
        jobs.order(here.context, here.context.by("staff:kim"), kind="hold", order_ids=[one], reason="r")
        for one in ids
    ]
    here.follow()
    real = bulk.ACTS["hold"]

    bulk.ACTS["hold"] = poisoned(real, ids[POISON])
    try:
        bulk.carry_out(here.context)
    finally:
        bulk.ACTS["hold"] = real
    assert [get(here, order_id).frozen for order_id in ids].count(True) == TEN - 1
    again(here)
    bulk.carry_out(here.context)
    assert {jobs.get(here.context, job).state for job in made} == {"finished"}


def test_nine_uploads_are_completed_where_the_third_is_poison(here: World) -> None:
    event = here.event()
    uploads = [str(here.committed(here.file(event, 1, start=n)).id) for n in range(TEN)]
    here.follow()
    from harrystix.application.processes.allocation import allocate

    allocate(here.context, str(event.id))
    here.follow()
    real = here.context.due.completable
    here.context.due.completable = lambda: [*real(), "no upload at all"]
    assert completion.complete_uploads(here.context) == TEN
    assert len(uploads) == TEN and [kind for kind, _ in failing(here)] == ["complete"]


@dataclass
class Seen:
    done: list[str] = field(default_factory=list[str])

    def batch(self, items: Any) -> None:
        if any(item.subject == "2" for item in items):
            raise Poison
        self.done += [item.subject for item in items]


def ten() -> list[Due]:
    return [Due("complete", str(number), "") for number in range(TEN)]


def test_a_batch_that_fails_as_a_whole_is_done_one_by_one(here: World) -> None:
    seen = Seen()
    assert together(here.context, "complete", ten(), seen.batch) == TEN - 1
    assert seen.done == [str(n) for n in range(TEN) if n != POISON]


def test_what_fails_waits_longer_each_time_and_is_parked_after_the_last_try(here: World) -> None:
    delays: list[float] = []

    def fail(_: Due) -> None:
        raise Poison

    for _ in range(8):
        each(here.context, "complete", [ten()[POISON]], fail)
        row = here.system.database.one("SELECT extract(epoch FROM next_try_at - now()) FROM app.failed_work")
        assert row
        delays.append(round(float(row[0])))
    assert delays == [2, 8, 32, 128, 512, 2048, 3600, 3600]
    (parked,) = here.context.failures.parked(10)
    assert (parked.kind, parked.subject, parked.code, parked.tries) == ("complete", "2", "Poison", 8)
    assert here.context.failures.retry("complete", "2") and here.context.failures.parked(10) == []


def test_what_is_parked_is_not_claimed_and_keeps_nothing_else_from_it(here: World) -> None:
    ids = ordered(here, announced(here), 3)
    asked(here, ids)
    for _ in range(8):
        here.context.failures.add("capture", ids[0], "Poison")
    assert [due.subject for due in here.context.due.claim("capture", 10, 1)] == ids[1:]


def test_every_kind_of_work_has_its_actor_and_its_queue(here: World) -> None:
    register(here.system.broker, here.context)
    for name, kind in KINDS.items():
        assert here.system.broker.get_actor(name).queue_name == kind.queue  # pyright: ignore


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.share])
def test_no_housekeeping_takes_more_than_its_share(kind: str) -> None:
    assert KINDS[kind].share <= 2
