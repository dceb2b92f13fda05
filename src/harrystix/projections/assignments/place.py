"""Where somebody stands in the queue, as the read model has it."""

from dataclasses import dataclass

from harrystix.projections.queries import Reader


@dataclass(frozen=True, slots=True)
class Place:
    """`before`: earlier ones who still wait for the same; `waiting`: all who do, with this one."""

    before: int
    waiting: int

    @property
    def number(self) -> int:
        return self.before + 1


def place(read: Reader, order_id: str) -> Place | None:
    """None for who does not wait. First come is who paid first; of one moment, who ordered first."""
    row = read.one(
        "SELECT count(*) FILTER (WHERE (o.confirmed_at, o.position) < (m.confirmed_at, m.position)), count(*) "
        "FROM reporting.pre_orders m JOIN reporting.pre_orders o ON o.event_id = m.event_id AND o.variant = m.variant "
        "AND o.status IN ('confirmed', 'waiting_for_stock') "
        "WHERE m.id = %s AND m.status IN ('confirmed', 'waiting_for_stock')",
        (order_id,),
    )
    return Place(*row) if row and row[1] else None
