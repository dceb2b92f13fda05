"""What the next capture run would do, by what is known here alone: nobody is asked, nothing is touched."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from harrystix.projections.queries import Reader

# What the next run would do with each open pre-order; the run itself decides by the same rules in the domain.
FATE = """
CASE WHEN e.starts_at <= %(at)s THEN 'over'
     WHEN m.status = 'processing' AND least(e.sales_close_at, e.starts_at) <= %(at)s THEN 'over'
     WHEN m.card_expires = 0 THEN 'no_card'
     WHEN m.needs <> '' THEN 'needs_member'
     WHEN m.card_expires < %(month)s THEN 'expired_card'
     ELSE 'charge' END
"""
OPEN = (
    "FROM reporting.member_orders m JOIN reporting.events e ON e.id = m.event_id "
    "LEFT JOIN reporting.variants v ON v.id = m.variant "
    "WHERE m.status IN ('placed', 'processing') AND m.placed_at < %(at)s"
)


@dataclass(frozen=True, slots=True)
class Line:
    position: int
    order_id: str
    member_id: str
    event_id: str
    event: str
    variant_id: str
    variant: str
    amount_minor: int
    currency: str
    fate: str


@dataclass(frozen=True, slots=True)
class Shortfall:
    """`demand`: who waits already and who would pay; `supply`: tickets that nobody holds yet, before any fallback."""

    event_id: str
    event: str
    variant_id: str
    variant: str
    demand: int
    supply: int

    @property
    def short(self) -> int:
        return max(0, self.demand - self.supply)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`orders`: by what would happen to them; `amounts`: minor units that would be asked for, by currency."""

    at: datetime
    orders: dict[str, int] = field(default_factory=dict[str, int])
    amounts: dict[str, int] = field(default_factory=dict[str, int])
    shortfall: list[Shortfall] = field(default_factory=list[Shortfall])


def rehearse(read: Reader, at: datetime, event_id: str | None = None) -> Rehearsal:
    """Of one event, or of all. A card that has expired is tried all the same: banks renew cards. It is shown apart."""
    found = Rehearsal(at)
    open_ones, words = (f"{OPEN} AND m.event_id = %(event)s" if event_id else OPEN), _words(at, event_id)
    rows = read.all(
        f"SELECT {FATE}, m.currency, count(*), sum(m.price_minor)::bigint {open_ones} GROUP BY 1, 2", words
    )
    for fate, currency, count, amount in rows:
        found.orders[fate] = found.orders.get(fate, 0) + count
        if fate in {"charge", "expired_card"}:
            found.amounts[currency] = found.amounts.get(currency, 0) + amount
    if "charge" not in found.orders:
        return found
    rows = read.all(
        "WITH wanted AS (SELECT m.event_id, m.variant, count(*) AS orders "  # noqa: S608  our own words
        f"{open_ones} AND ({FATE}) = 'charge' GROUP BY 1, 2), events AS (SELECT DISTINCT event_id FROM wanted), "
        "stock AS (SELECT event_id, variant_id AS variant, ordered - served AS waiting, uploaded - assigned AS free "
        "FROM reporting.variant_matrix WHERE event_id IN (SELECT event_id FROM events)) "
        "SELECT e.id::text, e.name, variant, coalesce(v.name, ''), "
        "coalesce(w.orders, 0) + coalesce(s.waiting, 0), coalesce(s.free, 0) "
        "FROM wanted w FULL JOIN stock s USING (event_id, variant) JOIN reporting.events e ON e.id = event_id "
        "LEFT JOIN reporting.variants v ON v.id = variant ORDER BY e.name, e.id, v.rank NULLS LAST",
        words,
    )
    for one in dict.fromkeys(row[0] for row in rows):
        found.shortfall.extend(_of_event([Shortfall(*row) for row in rows if row[0] == one]))
    found.shortfall.sort(key=lambda line: -line.short)
    return found


def _of_event(variants: list[Shortfall]) -> list[Shortfall]:
    """Whoever has no preference takes what nobody wants exactly; their own line has that as its supply."""
    exact = [line for line in variants if line.variant_id]
    left = sum(max(0, line.supply - line.demand) for line in exact)
    loose = [replace(line, supply=line.supply + left) for line in variants if not line.variant_id]
    return [line for line in (*exact, *loose) if line.demand]


def lines(read: Reader, at: datetime, limit: int, after: int = 0) -> list[Line]:
    """In the order of placement, which is that of the run."""
    rows = read.all(
        f"SELECT m.position, m.id::text, m.member_id::text, m.event_id::text, e.name, m.variant, "
        f"coalesce(v.name, ''), m.price_minor, m.currency, {FATE} "
        f"{OPEN} AND m.position > %(after)s ORDER BY m.position LIMIT %(limit)s",
        {**_words(at), "after": after, "limit": limit},
    )
    return [Line(*row) for row in rows]


def _words(at: datetime, event_id: str | None = None) -> dict[str, datetime | int | str | None]:
    return {"at": at, "month": at.year * 100 + at.month, "event": event_id}
