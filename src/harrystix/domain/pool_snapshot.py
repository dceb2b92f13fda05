"""The pool as one JSON document."""

from typing import TYPE_CHECKING, Any, cast

from eventsourcing.domain import Snapshot

if TYPE_CHECKING:
    from harrystix.domain.ticket_pool import TicketPool


class PoolSnapshot(Snapshot):
    """JSON knows no tuples: the heaps get them back, or they could not be compared with new entries."""

    def mutate(self, _: None) -> "TicketPool":
        pool = cast("TicketPool", super().mutate(None))
        pool.free = {variant: _tuples(heap) for variant, heap in pool.free.items()}
        pool.waiting = {wanted: _tuples(heap) for wanted, heap in pool.waiting.items()}
        # Snapshots taken before this was noted; then all were counted as made by the rule.
        vars(pool).setdefault("by_hand", [])
        return pool


def _tuples(heap: list[Any]) -> list[tuple[int, str]]:
    return [(entry[0], entry[1]) for entry in heap]
