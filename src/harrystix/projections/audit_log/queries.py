"""The audit log, filtered by what people ask about: an order, a ticket, an upload, an event, an actor."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harrystix.projections.queries import Reader

COLUMNS = (
    "position, recorded_at, action, actor, command_id, cause_id, event_id, pre_order_id, ticket_id, "
    "upload_id, details"
)


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


def page(read: Reader, filters: Filters, limit: int, before: int | None = None) -> list[Entry]:
    """Newest first. Of a pre-order or ticket, the bulk facts that touched it are among them."""
    conditions, params = ["position < %s"], [before or 2**62]
    pairs: list[tuple[str, Any]] = [
        ("event_id = %s", filters.event_id),
        ("upload_id = %s", filters.upload_id),
        ("actor = %s", filters.actor),
        ("command_id = %s", filters.command_id),
    ]
    for condition, value in pairs:
        if value is not None:
            conditions.append(condition)
            params.append(value)
    for column, value in (("pre_order_id", filters.pre_order_id), ("ticket_id", filters.ticket_id)):
        if value is not None:
            # Bulk facts are few per event, so the array is only searched within this object's event.
            conditions.append(
                f"({column} = %s OR position IN (SELECT b.position FROM reporting.assignment_logs b "  # noqa: S608
                f"WHERE b.ids IS NOT NULL AND %s::uuid = ANY(b.ids) AND b.event_id = "
                f"{'(SELECT event_id FROM reporting.pre_orders WHERE id = %s)' if column == 'pre_order_id' else '(SELECT event_id FROM reporting.tickets WHERE id = %s)'}))"
            )
            params += [value, value, value]
    rows = read.all(
        f"SELECT {COLUMNS} FROM reporting.assignment_logs WHERE {' AND '.join(conditions)} "  # noqa: S608
        "ORDER BY position DESC LIMIT %s",
        [*params, limit],
    )
    return [Entry(*row[:6], *(str(v) if v else None for v in row[6:10]), row[10]) for row in rows]  # type: ignore[arg-type]
