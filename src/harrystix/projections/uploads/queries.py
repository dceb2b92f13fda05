from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harrystix.projections.queries import Reader


@dataclass(frozen=True, slots=True)
class UploadRow:
    id: str
    position: int
    file_name: str
    form: str
    rows: int
    size_bytes: int
    actor: str
    received_at: datetime
    state: str
    committed_at: datetime | None
    tickets: int
    duplicates: int
    malformed: int
    recalled: int
    left_out: int
    assigned: int
    mailed: int
    delivered: int
    undelivered: int


@dataclass(frozen=True, slots=True)
class Own:
    """Only files that this actor brought, or that hold tickets of these events; of no others, as their pages ask."""

    actor: str
    events: list[str]


SELECT = (
    "SELECT u.id, u.position, u.file_name, u.form, u.rows, u.size_bytes, u.actor, u.received_at, u.state, "
    "u.committed_at, u.tickets, u.duplicates, u.malformed, u.recalled, u.left_out, "
    "coalesce(p.assigned, 0), coalesce(p.mailed, 0), coalesce(p.delivered, 0), coalesce(p.undelivered, 0) "
    "FROM reporting.uploads u LEFT JOIN reporting.upload_progress p ON p.upload_id = u.id"
)


def one(read: Reader, upload_id: str) -> UploadRow | None:
    row = read.one(f"{SELECT} WHERE u.id = %s", (upload_id,))
    return UploadRow(str(row[0]), *row[1:]) if row else None


def page(
    read: Reader, limit: int, before: int | None = None, event_id: str | None = None, own: Own | None = None
) -> list[UploadRow]:
    """Newest first."""
    where, params = "u.position < %s", [before or 2**62]
    if event_id:
        where += " AND u.id IN (SELECT upload_id FROM reporting.upload_events WHERE event_id = %s)"
        params.append(event_id)  # type: ignore[arg-type]
    if own is not None:
        where += (
            " AND (u.actor = %s OR u.id IN (SELECT upload_id FROM reporting.upload_events "
            "WHERE event_id = ANY(%s::uuid[]))) AND NOT EXISTS (SELECT FROM reporting.upload_events f "
            "WHERE f.upload_id = u.id AND f.event_id <> ALL(%s::uuid[]))"
        )
        params += [own.actor, own.events, own.events]  # type: ignore[list-item]
    values: list[Any] = [*params, limit]
    rows = read.all(f"{SELECT} WHERE {where} ORDER BY u.position DESC LIMIT %s", values)
    return [UploadRow(str(row[0]), *row[1:]) for row in rows]
