"""The overview: one row for all events, and a page of events, worst first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from harrystix.projections.overview.project import ALL
from harrystix.projections.queries import Reader

COLUMNS = "orders, tickets, assigned, automatic, waiting, unmatched, mailed, undelivered"


@dataclass(frozen=True, slots=True)
class Numbers:
    event_id: str
    orders: int = 0
    tickets: int = 0
    assigned: int = 0
    automatic: int = 0
    waiting: int = 0
    unmatched: int = 0
    mailed: int = 0
    undelivered: int = 0

    @property
    def fulfilment(self) -> float | None:
        """Share of paid pre-orders that hold a ticket."""
        return self.assigned / self.orders if self.orders else None

    @property
    def automatic_share(self) -> float | None:
        return self.automatic / self.assigned if self.assigned else None

    @property
    def delivery_failure(self) -> float | None:
        return self.undelivered / self.mailed if self.mailed else None


def totals(read: Reader, event_id: str = ALL) -> Numbers:
    row = read.one(f"SELECT event_id, {COLUMNS} FROM reporting.overview WHERE event_id = %s", (event_id,))  # noqa: S608
    return Numbers(str(row[0]), *row[1:]) if row else Numbers(event_id)


def some(read: Reader, event_ids: list[str]) -> dict[str, Numbers]:
    """By event; also of one that nothing was ordered or uploaded for."""
    rows = read.all(
        f"SELECT event_id, {COLUMNS} FROM reporting.overview WHERE event_id = ANY(%s::uuid[])",  # noqa: S608
        (event_ids,),
    )
    found = {str(row[0]): Numbers(str(row[0]), *row[1:]) for row in rows}
    return {event_id: found.get(event_id, Numbers(event_id)) for event_id in event_ids}


@dataclass(frozen=True, slots=True)
class Grown:
    """What came in some days."""

    orders: int = 0
    tickets: int = 0
    assigned: int = 0
    mailed: int = 0


def since(read: Reader, day: date, event_ids: list[str] | None = None) -> Grown:
    """From that day (UTC) on; of these events together, or of all."""
    row = read.one(
        "SELECT coalesce(sum(orders), 0)::bigint, coalesce(sum(tickets), 0)::bigint, "
        "coalesce(sum(assigned), 0)::bigint, coalesce(sum(mailed), 0)::bigint FROM reporting.overview_daily "
        "WHERE event_id = ANY(%s::uuid[]) AND day >= %s",
        (event_ids if event_ids is not None else [ALL], day),
    )
    return Grown(*row) if row else Grown()


@dataclass(frozen=True, slots=True)
class OfEvent:
    """What the page of one event begins with. `latencies`: as `latencies` has them, to the mail."""

    numbers: Numbers
    today: Grown
    latencies: list[tuple[int, int]]
    troubled: int


def of_event(read: Reader, event_id: str, day: date) -> OfEvent:
    """In one round trip. `day` (UTC): of `today`. `troubled`: how many have a last mail that did not arrive."""
    row = read.one(
        f"SELECT o.event_id, {', '.join(f'o.{name}' for name in COLUMNS.split(', '))}, "  # noqa: S608  our own words
        "coalesce(d.orders, 0), coalesce(d.tickets, 0), coalesce(d.assigned, 0), coalesce(d.mailed, 0), "
        "(SELECT array_agg(ARRAY[bucket, orders] ORDER BY bucket) FROM reporting.overview_latency l "
        "WHERE l.event_id = o.event_id AND kind = 'mailed'), "
        "(SELECT count(*) FROM reporting.delivery_trouble t WHERE t.event_id = o.event_id) "
        "FROM reporting.overview o LEFT JOIN reporting.overview_daily d ON d.event_id = o.event_id AND d.day = %s "
        "WHERE o.event_id = %s",
        (day, event_id),
    )
    if row is None:
        return OfEvent(Numbers(event_id), Grown(), [], 0)
    pairs: list[list[int]] = row[13] or []
    took = [(bucket, orders) for bucket, orders in pairs]
    return OfEvent(Numbers(str(row[0]), *row[1:9]), Grown(*row[9:13]), took, row[14])


def median_ms(read: Reader, event_id: str = ALL) -> int | None:
    """Median milliseconds from ticket and money being there to the mail being accepted, within 5 %."""
    return median_of(latencies(read, "mailed", event_id))


def median_of(rows: Sequence[tuple[int, int]]) -> int | None:
    """Of `latencies`; None where there are none."""
    half = sum(orders for _, orders in rows) / 2
    seen = 0
    for bucket, orders in rows:
        seen += orders
        if seen >= half:
            return round(1.1 ** (bucket + 0.5))
    return None


def latencies(read: Reader, kind: str, *event_ids: str) -> list[tuple[int, int]]:
    """(bucket, pre-orders), of these events together or of all; bucket n is 1.1^n milliseconds.

    `kind`: `assigned` or `mailed`.
    """
    rows = read.all(
        "SELECT bucket, sum(orders)::bigint FROM reporting.overview_latency WHERE event_id = ANY(%s::uuid[]) "
        "AND kind = %s GROUP BY bucket ORDER BY bucket",
        (list(event_ids or (ALL,)), kind),
    )
    return [(row[0], row[1]) for row in rows]


def days(read: Reader, last: int) -> list[tuple[date, int, int]]:
    """(day in UTC, median milliseconds to the mail, mails) of the last days on which any left, oldest first."""
    rows = read.all(
        "SELECT day, bucket, orders FROM reporting.overview_days WHERE day IN "
        "(SELECT DISTINCT day FROM reporting.overview_days ORDER BY day DESC LIMIT %s) ORDER BY day, bucket",
        (last,),
    )
    found: list[tuple[date, int, int]] = []
    for day, group in groupby(rows, key=lambda row: row[0]):
        buckets = [(row[1], row[2]) for row in group]
        found.append((day, median_of(buckets) or 0, sum(orders for _, orders in buckets)))
    return found


def sums(read: Reader, within: list[str]) -> Numbers:
    """All numbers of some events together."""
    summed = ", ".join(f"coalesce(sum({column}), 0)::bigint" for column in COLUMNS.split(", "))
    row = read.one(f"SELECT {summed} FROM reporting.overview WHERE event_id = ANY(%s::uuid[])", (within,))  # noqa: S608
    return Numbers(ALL, *(row or ()))


def worst(
    read: Reader, limit: int, after: tuple[int, str] | None = None, within: list[str] | None = None
) -> list[Numbers]:
    """Events with the most unmatched tickets first; `after`: (unmatched, event id) of the last one seen."""
    condition: Any = "AND (-unmatched, event_id) > (%s, %s)" if after else ""
    only = "AND event_id = ANY(%s::uuid[])" if within is not None else ""
    params: list[Any] = [
        ALL,
        *((-after[0], after[1]) if after else ()),
        *([within] if within is not None else []),
        limit,
    ]
    rows = read.all(
        f"SELECT event_id, {COLUMNS} FROM reporting.overview WHERE event_id <> %s {condition} {only} "  # noqa: S608
        "ORDER BY -unmatched, event_id LIMIT %s",
        params,
    )
    return [Numbers(str(row[0]), *row[1:]) for row in rows]


def open_events(read: Reader, limit: int = 1000) -> list[tuple[str, int, int, datetime | None]]:
    """(event id, unmatched, paid pre-orders, last upload) of events with tickets, for metrics."""
    rows = read.all(
        "SELECT o.event_id, o.unmatched, o.orders, u.last_upload_at FROM reporting.overview o "
        "JOIN reporting.overview_uploads u USING (event_id) ORDER BY u.last_upload_at DESC LIMIT %s",
        (limit,),
    )
    return [(str(row[0]), row[1], row[2], row[3]) for row in rows]
