"""Cards that end before the next capture: their members are told in time, once a card."""

from datetime import timedelta
from uuid import UUID

from harrystix.application.context import Context
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
    while ids := context.open_orders.expiring(month, BATCH, after):
        by = context.by(ACTOR)

        def work(ids: list[str] = ids, by: By = by) -> None:
            orders = context.store.get_many(PreOrder, ids)
            for order in orders.values():
                order.warn_of_expiry(by, month)
            context.store.commit(*orders.values())

        context.store.run(by, lambda ids=ids: [UUID(ids[0])], work)
        seen, after = seen + len(ids), ids[-1]
    return seen
