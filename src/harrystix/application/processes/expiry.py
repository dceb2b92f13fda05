"""What time brings to an end: cards, of which their members are told before, and payments of nights that have begun."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.processes.work import many
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.values import By

BATCH = 200
AHEAD = timedelta(days=3)
ACTOR = "system:scheduler"


def warn_expiring(context: Context) -> int:
    """In the days before a run; returns how many pre-orders were looked at."""
    now = context.clock.now()
    run = context.schedule.next(now)
    if run - now > AHEAD:
        return 0
    month, seen, after = run.year * 100 + run.month, 0, ""

    def warn(by: By, order: PreOrder) -> None:
        order.warn_of_expiry(by, month)

    while ids := context.open_orders.expiring(month, BATCH, after):
        many(context, "warn_expiring", ids, lambda few: _change(context, few, warn))
        seen, after = seen + len(ids), ids[-1]
    return seen


def give_up_begun(context: Context) -> int:
    """Nobody pays for a night that has begun, also at a page of the bank's that was opened before; how many."""
    seen, after = 0, ""
    while ids := context.open_orders.begun(context.clock.now(), BATCH, after):
        many(
            context,
            "give_up",
            ids,
            lambda few: give_up(context, few, "event_begun"),
        )
        seen, after = seen + len(ids), ids[-1]
    return seen


def give_up(context: Context, ids: Sequence[str], reason: str) -> None:
    """What is left of their payments can't be paid any more."""
    _change(context, ids, lambda by, order: order.give_up(by, reason))


def _change(context: Context, ids: Sequence[str], act: Callable[[By, PreOrder], None]) -> None:
    by = context.by(ACTOR)

    def work() -> None:
        orders = context.store.get_many(PreOrder, ids)
        for order in orders.values():
            act(by, order)
        context.store.commit(*orders.values())

    context.store.run(by, lambda: [UUID(ids[0])], work)
