"""The pool as one JSON document: the truth alone, what can be derived is derived again."""

from typing import TYPE_CHECKING, Any, cast

from eventsourcing.domain import Snapshot

from harrystix.domain.pool_indexes import Indexes

if TYPE_CHECKING:
    from harrystix.domain.ticket_pool import TicketPool

# Indexes that snapshots held until they were derived; some had entries twice.
FORMER = ("free", "waiting", "order_of", "untried_tickets", "untried_orders")


class PoolSnapshot(Snapshot):
    @classmethod
    def take(cls, aggregate: Any) -> "PoolSnapshot":
        made = super().take(aggregate)
        del made.state["indexes"]
        return made

    def mutate(self, _: None) -> "TicketPool":
        pool = cast("TicketPool", super().mutate(None))
        state = vars(pool)
        for name in FORMER:
            state.pop(name, None)
        # Snapshots taken before this was noted; then all were counted as made by the rule.
        state.setdefault("by_hand", [])
        state.setdefault("left_behind", [])
        pool.indexes = Indexes.of(pool.tickets, pool.orders, pool.ticket_of)
        return pool
