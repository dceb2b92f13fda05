"""Refunds of a whole event, in queue order: the dry run, the rule after the event, and carrying them out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid5

import structlog

from harrystix.application.context import Context
from harrystix.application.handlers import money
from harrystix.domain.errors import OutOfDate
from harrystix.domain.ids import NAMESPACE
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import By

log = structlog.get_logger()
BATCH = 100
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
        before = order.refunded_minor(order.payment_id) if order.payment_id else 0
        left = order.price_minor - before if order.payment_id else 0
        # Money in dispute is the bank's to decide on, and a used ticket has served its night.
        if left > 0 and not order.frozen and order.status is not Status.USED:
            held = order_id in pool.ticket_of
            lines.append(Line(order_id, order.member_id, left, order.currency, held, before))
    return lines


def order(
    context: Context, by: By, event_id: str, *, scope: str, reason: str, orders: int, amount: int
) -> None:
    """Carry out what a dry run has shown: with other numbers by now it is refused. Raises OutOfDate, NotFound."""
    context.store.get(TicketedEvent, event_id)
    if context.store.knows(UUID(event_id), by.command_id):
        return
    lines = plan(context, event_id, scope)
    if (len(lines), sum(line.amount_minor for line in lines)) != (orders, amount):
        raise OutOfDate(
            f"By now it would be {len(lines)} refunds of {sum(line.amount_minor for line in lines)} minor units "
            "in all: look at the dry run again."
        )
    change(
        context,
        by,
        event_id,
        lambda event: event.order_refunds(
            by, scope=scope, origin="bulk", reason=reason, orders=orders, amount_minor=amount
        ),
    )


def hold(context: Context, by: By, event_id: str, *, held: bool, reason: str) -> None:
    change(context, by, event_id, lambda event: event.hold_refunds(by, held=held, reason=reason))


def apply_rule(context: Context, after: timedelta, notice: timedelta) -> int:
    """Events over for that long with paid pre-orders unserved: planned first, ordered once the notice is over.

    Returns how many events moved.
    """
    now = context.clock.now()
    moved = 0
    for event_id in context.open_orders.unserved(now - after):
        event = context.store.get(TicketedEvent, event_id)
        lines = [
            line for line in plan(context, event_id, "waiting") if line.order_id not in event.refunds_refused
        ]
        total = sum(line.amount_minor for line in lines)
        if not lines or event.refunds_under_way or event.refunds_held:
            continue
        if event.refunds_planned_for is None:
            by = context.by(ACTOR, f"plan/{event_id}/{event.version}")
            event.plan_refunds(by, orders=len(lines), amount_minor=total, not_before=now + notice)
            log.warning("refunds.planned", event_id=event_id, orders=len(lines), amount_minor=total)
        elif event.refunds_planned_for <= now:
            by = context.by(ACTOR, f"order/{event_id}/{event.version}")
            event.order_refunds(
                by, scope="waiting", origin="rule", reason=REASON, orders=len(lines), amount_minor=total
            )
        else:
            continue
        context.store.commit(event)
        moved += 1
    return moved


def carry_out(context: Context) -> int:
    """Ask for the refunds of the events that are ordered to; returns how many. The money moves by itself then."""
    asked = 0
    while due := context.due.claim("refunds", 1, context.payment_lease):
        item = due[0]
        event = context.store.get(TicketedEvent, item.event_id)
        if not event.refunds_under_way:
            # Finished a moment ago; the list is behind.
            return asked
        scope, origin, reason = event.refunds_under_way
        refused: set[str] = set()
        while lines := [x for x in plan(context, item.event_id, scope) if x.order_id not in refused]:
            ids = [line.order_id for line in lines[:BATCH]]
            by = context.by(ACTOR, cause_id=item.cause_id)
            by = replace(by, command_id=str(uuid5(NAMESPACE, f"refunds/{item.cause_id}/{ids}")))
            result = money.request_refunds(context, by, ids, reason=reason, origin=origin)
            refused |= set(ids) - set(result.done)
            asked += len(result.done)
        by = context.by(ACTOR, f"refunds-finished/{item.cause_id}", item.cause_id)
        change(
            context,
            by,
            item.event_id,
            lambda event, by=by, refused=refused: event.finish_refunds(by, sorted(refused)),
        )
        context.due.defer("refunds", [item.subject], context.payment_lease)
    return asked


def change(context: Context, by: By, event_id: str, act: Callable[[TicketedEvent], None]) -> None:
    def work() -> None:
        event = context.store.get(TicketedEvent, event_id)
        act(event)
        context.store.commit(event)

    context.store.run(by, lambda: [UUID(event_id)], work)
