from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from harrystix.projections.queries import Reader


@dataclass(frozen=True, slots=True)
class VariantRow:
    id: str
    event_id: str
    name: str
    starts_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class EventRow:
    id: str
    name: str
    code: str
    venue: str
    starts_at: datetime
    time_zone: str
    price_minor: int
    currency: str
    fallback: str
    window_minutes: int
    version: int
    sales_open_at: datetime | None = None
    sales_close_at: datetime | None = None
    allocation_ends_at: datetime | None = None
    picture: str = ""
    variants: list[VariantRow] = field(default_factory=list[VariantRow])


# The first value says whether with variants: in the same round trip, as lists of the same length.
SELECT = (
    "SELECT id::text, name, code, venue, starts_at, time_zone, price_minor, currency, fallback, window_minutes, "
    "version, sales_open_at, sales_close_at, allocation_ends_at, picture, v.* FROM reporting.events e, LATERAL (SELECT "
    "array_agg(v.id ORDER BY rank, name), array_agg(v.name ORDER BY rank, name), "
    "array_agg(v.starts_at ORDER BY rank, name), array_agg(v.ends_at ORDER BY rank, name) "
    "FROM reporting.variants v WHERE %s AND v.event_id = e.id) v"
)


def page(
    read: Reader,
    limit: int,
    after: tuple[datetime, str] | None = None,
    within: list[str] | None = None,
    *,
    variants: bool = True,
) -> list[EventRow]:
    """By start. `after`: (start, id) of the last one seen. `within`: only these. Lists of names need no `variants`."""
    where = "WHERE (starts_at, e.id) > (%s, %s)" if after else "WHERE true"
    only = "AND e.id = ANY(%s::uuid[])" if within is not None else ""
    params = [variants, *(after or ()), *([within] if within is not None else []), limit]
    return list(map(_row, read.all(f"{SELECT} {where} {only} ORDER BY starts_at, e.id LIMIT %s", params)))


def coming(
    read: Reader, limit: int, after: tuple[datetime, str], within: list[str] | None = None
) -> list[tuple[str, str]]:
    """(id, name) of those that start after it, by start."""
    return read.all(
        "SELECT id::text, name FROM reporting.events WHERE (starts_at, id) > (%s, %s) "
        "AND (%s::uuid[] IS NULL OR id = ANY(%s::uuid[])) ORDER BY starts_at, id LIMIT %s",
        (*after, within, within, limit),
    )


def lately(now: datetime) -> tuple[datetime, str]:
    """For `page`: what is over for more than a day comes before it."""
    return now - timedelta(days=1), str(UUID(int=0))


def on_sale(
    read: Reader,
    now: datetime,
    capture_at: datetime,
    limit: int,
    after: tuple[datetime, str] | None = None,
) -> list[EventRow]:
    """Those that a member may order now and pay at the next capture, by start."""
    more = "AND (starts_at, e.id) > (%s, %s)" if after else ""
    rows = read.all(
        f"{SELECT} WHERE coalesce(sales_open_at, %s) <= %s AND least(sales_close_at, starts_at) > %s "
        f"AND starts_at > %s {more} ORDER BY starts_at, e.id LIMIT %s",
        [True, now, now, now, capture_at, *(after or ()), limit],
    )
    return list(map(_row, rows))


def names(read: Reader, event_ids: list[str]) -> dict[str, str]:
    """Of those that are known, by id."""
    rows = read.all("SELECT id::text, name FROM reporting.events WHERE id = ANY(%s::uuid[])", (event_ids,))
    return dict(rows)


def some(read: Reader, event_ids: list[str]) -> dict[str, EventRow]:
    found = map(_row, read.all(f"{SELECT} WHERE e.id = ANY(%s::uuid[])", (True, event_ids)))
    return {event.id: event for event in found}


def by_code(read: Reader, code: str) -> str | None:
    """The id of the event with this code, in whatever letters."""
    row = read.one(
        "SELECT id::text FROM reporting.events WHERE lower(code) = lower(%s) ORDER BY starts_at DESC LIMIT 1",
        (code,),
    )
    return row[0] if row else None


def like(
    read: Reader,
    words: str,
    limit: int,
    since: datetime,
    within: list[str] | None = None,
    *,
    names: bool = True,
) -> list[tuple[str, str, str]]:
    """(id, name, code) of events whose code begins so, or whose name has it; those that come next are first."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return read.all(
        "SELECT id::text, name, code FROM reporting.events WHERE (code ILIKE %s OR (%s AND name ILIKE %s)) "
        "AND (%s::uuid[] IS NULL OR id = ANY(%s::uuid[])) ORDER BY starts_at < %s, starts_at, id LIMIT %s",
        (f"{escaped}%", names, f"%{escaped}%", within, within, since, limit),
    )


def _row(row: tuple[Any, ...]) -> EventRow:
    event = EventRow(*row[:15])
    lists = [values or () for values in row[15:]]
    event.variants.extend(VariantRow(of[0], event.id, *of[1:]) for of in zip(*lists, strict=True))
    return event
