"""Refunds of a whole event, in queue order: the dry run, the rule after the event, and carrying them out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import structlog

from harrystix.application.context import Context
from harrystix.application.ports import Due
from harrystix.application.processes.expiry import BATCH, give_up
from harrystix.application.processes.work import many, one
from harrystix.domain.bulk_job import BulkJob
from harrystix.domain.errors import OutOfDate
from harrystix.domain.ids import named
from harrystix.domain.pre_order import HOLDS_TICKET, QUEUED, PreOrder
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import By

log = structlog.get_logger()
# How often an event looks after its job.
LOOK_AGAIN = 2.0
ACTOR = "system:refunds"
REASON = "paid, and still without a ticket after the event"


@dataclass(frozen=True, slots=True)
class Line:
    """Who would get how much back; `has_ticket`: it would be taken away; `before`: what was given back already."""

    order_id: str
    member_id: str
    amount_minor: int
    currency: str
    has_ticket: bool
    before_minor: int = 0


def plan(context: Context, event_id: str, scope: str) -> list[Line]:
    """In queue order. `scope`: waiting, without a ticket; or all. Changes nothing. Raises NotFound."""
    context.store.get(TicketedEvent, event_id)
    pool = context.store.pool(event_id)
    if pool is None:
        return []
    queue = sorted(pool.orders, key=lambda order_id: (int(pool.orders[order_id][0]), order_id))
    wanted = [order_id for order_id in queue if scope == "all" or order_id not in pool.ticket_of]
    orders = context.store.get_many(PreOrder, wanted)
    lines: list[Line] = []
    for order_id in wanted:
        order = orders[order_id]
        left = order.price_minor - order.refunded_minor(order.payment_id) if order.payment_id else 0
        # Money in dispute is the bank's to decide on; a used ticket has served its night, as has an erased
        # holder's. A refund that failed is for a person, never asked for again by itself.
        if left > 0 and order.status in QUEUED | HOLDS_TICKET and not order.frozen:
            held = order_id in pool.ticket_of
            before = order.refunded_minor(order.payment_id)
            lines.append(Line(order_id, order.member_id, left, order.currency, held, before))
    return lines


def fingerprint(lines: Sequence[Line]) -> str:
    """Of these people and amounts: another list, however like it in numbers, has another one."""
    words = "\n".join(f"{line.order_id} {line.amount_minor}" for line in lines)
    return sha256(words.encode()).hexdigest()[:32]


def order(
    context: Context,
    by: By,
    event_id: str,
    *,
    scope: str,
    reason: str,
    orders: int,
    amount: int,
    fingerprint: str,
) -> None:
    """Carry out what a dry run has shown; for other people or amounts by now it is refused.

    Raises OutOfDate, NotFound.
    """
    context.store.get(TicketedEvent, event_id)
    if context.store.knows(UUID(event_id), by.command_id):
        return
    lines = plan(context, event_id, scope)
    as_shown(lines, orders=orders, amount=amount, fingerprint=fingerprint)
    context.store.run(
        by,
        lambda: [UUID(event_id)],
        lambda: _begin(context, by, event_id, lines, scope=scope, origin="bulk", reason=reason),
    )


def as_shown(lines: Sequence[Line], *, orders: int, amount: int, fingerprint: str) -> None:
    """Raises OutOfDate where it is not any more what somebody has looked at."""
    now = (len(lines), sum(line.amount_minor for line in lines))
    if (*now, _fingerprint(lines)) != (orders, amount, fingerprint):
        raise OutOfDate(
            f"By now it would be {now[0]} refunds of {now[1]} minor units in all, or of other people: "
            "look at the dry run again."
        )


_fingerprint = fingerprint


def _begin(
    context: Context,
    by: By,
    event_id: str,
    lines: Sequence[Line],
    *,
    scope: str,
    origin: str,
    reason: str,
) -> None:
    """The event says that it is refunded, and a job has the list; in one transaction."""
    event = context.store.get(TicketedEvent, event_id)
    job = _job(by, f"refunds/{event_id}/{event.version}", lines, origin, reason)
    event.order_refunds(
        by,
        scope=scope,
        origin=origin,
        reason=reason,
        orders=len(lines),
        amount_minor=sum(line.amount_minor for line in lines),
        job_id=str(job.id),
    )
    context.store.commit(job, event)


def _job(by: By, key: str, lines: Sequence[Line], origin: str, reason: str) -> BulkJob:
    ids = [line.order_id for line in lines]
    job_id = UUID(named(key))
    return BulkJob.order(
        by, job_id, kind="refund", order_ids=ids, reason=reason, origin=origin, most=len(ids)
    )


def hold(context: Context, by: By, event_id: str, *, held: bool, reason: str) -> None:
    change(context, by, event_id, lambda event: event.hold_refunds(by, held=held, reason=reason))


def apply_rule(context: Context, after: timedelta, notice: timedelta) -> int:
    """Events over for that long with paid pre-orders unserved: planned first, ordered once the notice is over.

    Returns how many events moved.
    """
    now = context.clock.now()
    moved: list[str] = []
    for event_id in context.open_orders.unserved(now - after):
        # A conflict, or whatever else is wrong with one event, keeps no later one from its refunds.
        one(
            context,
            "rule",
            event_id,
            lambda event_id=event_id: (
                moved.append(event_id) if _apply(context, event_id, now, notice) else None
            ),
        )
    return len(moved)


def _apply(context: Context, event_id: str, now: datetime, notice: timedelta) -> bool:
    event = context.store.get(TicketedEvent, event_id)
    tried = {*event.refunds_refused}
    for job in context.store.get_many(BulkJob, event.refund_jobs).values():
        tried |= set(job.refused)
    lines = [line for line in plan(context, event_id, "waiting") if line.order_id not in tried]
    total = sum(line.amount_minor for line in lines)
    if not lines or event.refunds_under_way or event.refunds_held:
        return False
    if event.refunds_planned_for is None:
        by = context.by(ACTOR, f"plan/{event_id}/{event.version}")
        event.plan_refunds(by, orders=len(lines), amount_minor=total, not_before=now + notice)
        context.store.commit(event)
        log.warning("refunds.planned", event_id=event_id, orders=len(lines), amount_minor=total)
        return True
    if event.refunds_planned_for <= now:
        by = context.by(ACTOR, f"order/{event_id}/{event.version}")
        _begin(context, by, event_id, lines, scope="waiting", origin="rule", reason=REASON)
        return True
    return False


def carry_out(context: Context) -> int:
    """See to the events that are being refunded: their jobs do it; returns how many came to an end."""
    ended = 0
    while due := context.due.claim("refunds", 10, context.payment_lease):
        for item in due:
            one(context, "refunds", item.subject, lambda item=item: _see_to(context, item))
        ended += len(due)
    return ended


def _see_to(context: Context, item: Due) -> None:
    event = context.store.get(TicketedEvent, item.event_id)
    if not event.refunds_under_way:
        # Finished a moment ago; the list is behind.
        return
    scope, origin, reason, own = event.refunds_under_way
    if scope == "all":
        _nobody_pays(context, item.event_id)
    key = f"refunds/{item.cause_id}"
    job_id = own or named(key)
    job = context.store.get_many(BulkJob, [job_id]).get(job_id)
    by = context.by(ACTOR, f"refunds-finished/{item.cause_id}", item.cause_id)
    if job is None:
        # Ordered by an older version, which had no list.
        lines = plan(context, item.event_id, scope)
        if lines:
            job = _job(context.by(ACTOR, key, item.cause_id), key, lines, origin, reason)
            context.store.commit(job)
    if job is None or job.state in {"finished", "stopped"}:
        refused = sorted(job.refused) if job else []
        change(context, by, item.event_id, lambda event: event.finish_refunds(by, refused))
    else:
        context.nudge.send("bulk", "")
        context.due.defer("refunds", [item.subject], LOOK_AGAIN)


def _nobody_pays(context: Context, event_id: str) -> None:
    """Whose payment waits at a page of the bank's need not agree to it any more."""
    after = ""
    while ids := context.open_orders.processing(event_id, BATCH, after):
        many(context, "give_up", ids, lambda few: give_up(context, few, "refunded"))
        after = ids[-1]


def change(context: Context, by: By, event_id: str, act: Callable[[TicketedEvent], None]) -> None:
    def work() -> None:
        event = context.store.get(TicketedEvent, event_id)
        act(event)
        context.store.commit(event)

    context.store.run(by, lambda: [UUID(event_id)], work)
