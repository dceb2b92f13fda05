"""Allocation: queue whom the log confirmed, match in batches, tell those who wait; all in one save."""

import random
import time

from eventsourcing.persistence import RecordConflictError

from harrystix.application.context import Context
from harrystix.domain.errors import DomainError
from harrystix.domain.matching import Match
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticket_pool import TicketPool
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import By

BATCH = 500
ACTOR = "system:allocator"


def allocate(context: Context, event_id: str, cause_id: str = "", *, seconds: float = 20) -> int:
    """Work until nothing more can be matched; returns the number of assignments made here.

    Steps aside where another worker is at it: that one looks again. Stops after `seconds`, nudging itself.
    """
    made = 0
    deadline = time.monotonic() + seconds
    adopt = True
    while True:
        token = context.lock.acquire(event_id)
        if token is None:
            return made
        try:
            progress, count = _step(context, event_id, cause_id, adopt=adopt)
        finally:
            asked = context.lock.release(event_id, token)
        made += count
        adopt = False
        if not progress and not asked:
            return made
        if time.monotonic() > deadline:
            context.nudge.send("match", event_id)
            return made
        if asked:
            # Somebody waits for the pool, an upload perhaps: let it in.
            time.sleep(0.02)


def _step(context: Context, event_id: str, cause_id: str, *, adopt: bool) -> tuple[bool, int]:
    """(whether another step may find more, assignments made). A lost race is just another step."""
    by = context.by(ACTOR, cause_id=cause_id)
    try:
        pool = context.store.check_out(event_id, by)
        if adopt or not pool.rules:
            event = context.store.get(TicketedEvent, event_id)
            pool.adopt_rules(by, event.version, str(event.fallback), event.window_minutes, event.variants)
        due = context.due.queued_orders(event_id, BATCH, pool.last_position)
        pool.queue_orders(
            by,
            [(d.subject, d.details["variant_id"], d.position, d.details["confirmed_ms"]) for d in due],
        )
        more = len(due) == BATCH
        # Before everybody is queued nobody falls back on what an unseen one may want exactly.
        matches = pool.assign(by, BATCH, with_fallback=not more)
        if matches:
            orders, unfit = _hand_out(context, by, pool, matches)
            if unfit:
                _remove(context, by, event_id, unfit)
                return True, 0
        else:
            told = [] if more else pool.settle(by)
            orders = list(context.store.get_many(PreOrder, told).values())
            more = more or bool(told)
            for order in orders:
                order.wait_for_stock(by)
        context.store.commit(pool, *orders)
        context.store.check_in(pool)
    except RecordConflictError:
        time.sleep(random.uniform(0, 0.03))
        return True, 0
    return more or bool(matches), len(matches)


def _hand_out(
    context: Context, by: By, pool: TicketPool, matches: list[Match]
) -> tuple[list[PreOrder], dict[str, str]]:
    """(pre-orders with their tickets, pre-orders that may not have one any more and why)."""
    orders = context.store.get_many(PreOrder, [made.order_id for made in matches])
    unfit: dict[str, str] = {}
    for made in matches:
        try:
            orders[made.order_id].assign_ticket(
                by,
                ticket_id=made.ticket_id,
                assignment_id=pool.assignment_of[made.order_id],
                variant_id=made.variant_id,
                upload_id=str(pool.tickets[made.ticket_id][1]),
                rule=made.rule,
                eligible_at=pool.eligible_at(made.order_id, made.ticket_id),
            )
        except DomainError as error:
            unfit[made.order_id] = error.code
        except KeyError:
            unfit[made.order_id] = "missing"
    return list(orders.values()), unfit


def _remove(context: Context, by: By, event_id: str, unfit: dict[str, str]) -> None:
    pool = context.store.check_out(event_id, by)
    for order_id, why in unfit.items():
        pool.remove_order(by, order_id, why)
    context.store.commit(pool)
    context.store.check_in(pool)
