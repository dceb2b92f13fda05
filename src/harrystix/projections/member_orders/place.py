"""The queue of an event as the read model has it: who is first, and where somebody stands."""

from dataclasses import dataclass
from datetime import datetime

from harrystix.projections.queries import Reader

# So many served say how fast it goes; more are not counted.
ENOUGH = 5_000


@dataclass(frozen=True, slots=True)
class Place:
    """Among those who can be served: without those under a case.

    `before`: earlier ones who still wait for the same. `waiting`: all who do, with this one.
    `served`: how many who wanted the same got a ticket since this one was paid, ENOUGH at most.
    """

    before: int
    waiting: int
    served: int

    @property
    def number(self) -> int:
        return self.before + 1


@dataclass(frozen=True, slots=True)
class Waiting:
    order_id: str
    variant_id: str
    confirmed_at: datetime


def place(read: Reader, order_id: str) -> Place | None:
    """None for who does not wait. First come is whose payment is first in the log."""
    row = read.one(
        "SELECT count(*) FILTER (WHERE o.queued_at < m.queued_at), count(*), "
        "(SELECT count(*) FROM (SELECT FROM reporting.member_orders s WHERE s.event_id = m.event_id "
        "AND s.variant = m.variant AND s.assigned_at >= m.confirmed_at LIMIT %s) AS lately) "
        "FROM reporting.member_orders m JOIN reporting.member_orders o ON o.event_id = m.event_id "
        "AND o.variant = m.variant AND o.status IN ('confirmed', 'waiting_for_stock') AND NOT o.frozen "
        "WHERE m.id = %s AND m.status IN ('confirmed', 'waiting_for_stock') AND NOT m.frozen "
        "GROUP BY m.id",
        (ENOUGH, order_id),
    )
    return Place(*row) if row else None


def first(read: Reader, event_id: str, limit: int) -> list[Waiting]:
    """Who waits for the event, in queue order."""
    rows = read.all(
        "SELECT id::text, variant, confirmed_at FROM reporting.member_orders "
        "WHERE event_id = %s AND status IN ('confirmed', 'waiting_for_stock') AND NOT frozen "
        "ORDER BY queued_at LIMIT %s",
        (event_id, limit),
    )
    return [Waiting(*row) for row in rows]
