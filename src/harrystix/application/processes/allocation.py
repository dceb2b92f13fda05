"""Allocation: queue whom the log confirmed, match in batches, tell those who wait; all in one save."""

import random
import time
from collections.abc import Sequence

import structlog
from eventsourcing.persistence import RecordConflictError

from harrystix.application.context import Context
from harrystix.application.processes.unreadable import KIND, note
from harrystix.domain.matching import Match
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticket_pool import TicketPool
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import By

log = structlog.get_logger()
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
    bad: set[str] = set()
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
        matches, orders = _fitting(context, by, pool, bad, with_fallback=not more)
        if matches:
            _hand_out(by, pool, matches, orders)
        else:
            told = [] if more else pool.settle(by)
            more = more or bool(told)
            orders, unreadable = _read(context, told, bad)
            _tell_to_wait(by, pool, told, orders, unreadable)
        context.store.commit(pool, *orders.values())
        context.store.check_in(pool)
    except RecordConflictError:
        time.sleep(random.uniform(0, 0.03))
        return True, 0
    # Once a step that was saved: a lost race is no failure of theirs.
    note(context, bad)
    return more or bool(matches), len(matches)


def _fitting(
    context: Context, by: By, pool: TicketPool, bad: set[str], *, with_fallback: bool
) -> tuple[list[Match], dict[str, PreOrder]]:
    """(matches that every pre-order in them can take, those pre-orders).

    Who may not have a ticket any more leaves the queue of this very pool, in the same save, and the next one is asked:
    each round makes the queue shorter, so it comes to an end.
    """
    while True:
        matches = pool.propose(BATCH, with_fallback=with_fallback)
        orders, unreadable = _read(context, [made.order_id for made in matches], bad)
        unfit = {made.order_id: why for made in matches if (why := _unfit(orders.get(made.order_id)))}
        if not unfit:
            return matches, orders
        _leave(by, pool, unfit | unreadable)


def _hand_out(by: By, pool: TicketPool, matches: list[Match], orders: dict[str, PreOrder]) -> None:
    pool.record_matches(by, matches)
    for made in matches:
        orders[made.order_id].assign_ticket(
            by,
            ticket_id=made.ticket_id,
            assignment_id=pool.assignment_of[made.order_id],
            variant_id=made.variant_id,
            upload_id=str(pool.tickets[made.ticket_id][1]),
            rule=made.rule,
            eligible_at=pool.eligible_at(made.order_id, made.ticket_id),
        )


def _read(
    context: Context, order_ids: Sequence[str], bad: set[str]
) -> tuple[dict[str, PreOrder], dict[str, str]]:
    """(pre-orders, those that can't be read and why): the others of the event don't wait for them."""
    found: set[str] = set()
    orders = context.store.get_many(PreOrder, order_ids, found)
    bad.update(found)
    return orders, dict.fromkeys(found, KIND)


def _tell_to_wait(
    by: By, pool: TicketPool, told: list[str], orders: dict[str, PreOrder], unreadable: dict[str, str]
) -> None:
    unfit = {order_id: why for order_id in told if (why := _unfit(orders.get(order_id)))} | unreadable
    _leave(by, pool, unfit)
    for order_id, order in orders.items():
        if order_id not in unfit:
            order.wait_for_stock(by)


def _leave(by: By, pool: TicketPool, unfit: dict[str, str]) -> None:
    for order_id, why in unfit.items():
        log.warning("allocation.unfit", order_id=order_id, why=why)
        pool.remove_order(by, order_id, why)


def _unfit(order: PreOrder | None) -> str:
    return order.unfit if order else "missing"
