"""The audit log, filtered by what people ask about: an order, a ticket, an upload, an event, an actor."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harrystix.projections.queries import Reader

COLUMNS = (
    "position, recorded_at, action, actor, command_id, cause_id, event_id, pre_order_id, ticket_id, "
    "upload_id, details"
)


# Bulk facts are few per event, so their arrays are searched only within the event of this object.
_BULK = (
    "({column} = %s OR position IN (SELECT b.position FROM reporting.assignment_logs b WHERE b.ids IS NOT NULL "
    "AND %s::uuid = ANY(b.ids) AND b.event_id IN (SELECT e.event_id FROM reporting.assignment_logs e "
    "WHERE e.{column} = %s AND e.event_id IS NOT NULL)))"
)
OF_ORDER, OF_TICKET = _BULK.format(column="pre_order_id"), _BULK.format(column="ticket_id")


@dataclass(frozen=True, slots=True)
class Entry:
    position: int
    recorded_at: datetime
    action: str
    actor: str
    command_id: str
    cause_id: str
    event_id: str | None
    pre_order_id: str | None
    ticket_id: str | None
    upload_id: str | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filters:
    event_id: str | None = None
    pre_order_id: str | None = None
    ticket_id: str | None = None
    upload_id: str | None = None
    actor: str | None = None
    command_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    within: list[str] | None = None
    action: str | None = None


def page(read: Reader, filters: Filters, limit: int, before: int | None = None) -> list[Entry]:
    """Newest first. Of a pre-order or ticket, the bulk facts that touched it are among them."""
    conditions: list[str] = ["position < %s"]
    params: list[Any] = [before or 2**62]
    pairs: list[tuple[str, Any]] = [
        ("event_id = %s", filters.event_id),
        ("upload_id = %s", filters.upload_id),
        ("actor = %s", filters.actor),
        ("command_id = %s", filters.command_id),
        ("recorded_at >= %s", filters.since),
        ("recorded_at < %s", filters.until),
        ("event_id = ANY(%s::uuid[])", filters.within),
        # Without an index, which every fact would pay for: the log is read from the newest until a page is full.
        ("action = %s", filters.action),
    ]
    for condition, value in pairs:
        if value is not None:
            conditions.append(condition)
            params.append(value)
    for value, condition in (
        (filters.pre_order_id, OF_ORDER),
        (filters.ticket_id, OF_TICKET),
    ):
        if value is not None:
            conditions.append(condition)
            params += [value, value, value]
    rows = read.all(
        f"SELECT {COLUMNS} FROM reporting.assignment_logs WHERE {' AND '.join(conditions)} "  # noqa: S608
        "ORDER BY position DESC LIMIT %s",
        [*params, limit],
    )
    return [_entry(row) for row in rows]


def of_order(read: Reader, pre_order_id: str, event_id: str, limit: int) -> list[Entry]:
    """As `page` has it for a pre-order whose event is known, newest first: two short looks into two indexes."""
    rows = read.all(
        f"SELECT {COLUMNS} FROM reporting.assignment_logs WHERE pre_order_id = %s "  # noqa: S608
        "ORDER BY position DESC LIMIT %s",
        (pre_order_id, limit),
    )
    bulk = read.all(
        f"SELECT {COLUMNS} FROM reporting.assignment_logs WHERE event_id = %s AND ids IS NOT NULL "  # noqa: S608
        "AND %s::uuid = ANY(ids) ORDER BY position DESC LIMIT %s",
        (event_id, pre_order_id, limit),
    )
    found = {row[0]: row for row in (*rows, *bulk)}
    return [_entry(found[position]) for position in sorted(found, reverse=True)[:limit]]


def firsts(read: Reader, command_ids: list[str]) -> dict[str, tuple[int, str]]:
    """(position, action) of the first fact of each of these commands."""
    rows = read.all(
        "SELECT DISTINCT ON (command_id) command_id::text, position, action FROM reporting.assignment_logs "
        "WHERE command_id = ANY(%s) ORDER BY command_id, position",
        (command_ids,),
    )
    return {command: (position, action) for command, position, action in rows}


def causes(read: Reader, position: int, most: int = 20) -> list[Entry]:
    """A fact, the first fact of the command that caused it, and so on to the one that nothing caused."""
    rows = read.all(
        f"SELECT {COLUMNS} FROM reporting.assignment_logs WHERE position = %s",  # noqa: S608
        (position,),
    )
    found: list[Entry] = []
    while rows and len(found) < most:
        entry = _entry(rows[0])
        found.append(entry)
        if not entry.cause_id:
            break
        rows = read.all(
            f"SELECT {COLUMNS} FROM reporting.assignment_logs WHERE command_id = %s AND position < %s "  # noqa: S608
            "ORDER BY position LIMIT 1",
            (entry.cause_id, entry.position),
        )
    return found


def _entry(row: Any) -> Entry:
    values: Any = (*row[:6], *(str(v) if v else None for v in row[6:10]), row[10])
    return Entry(*values)
