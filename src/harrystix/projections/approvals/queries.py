from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harrystix.projections.queries import Reader


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    position: int
    id: str
    kind: str
    subject: str
    event_id: str
    details: dict[str, Any]
    reason: str
    state: str
    requested_by: str
    requested_at: datetime
    decided_by: str
    decided_at: datetime | None
    outcome: str
    done: int
    refused: int


@dataclass(frozen=True, slots=True)
class ErasureRow:
    position: int
    id: str
    member_id: str
    origin: str
    state: str
    ordered_at: datetime
    completed_at: datetime | None


def page(
    read: Reader, state: str | None, limit: int, before: int | None = None, *, kinds: list[str], asked_by: str
) -> list[ApprovalRow]:
    """Newest first: of these kinds, and what that actor asked for."""
    rows = read.all(
        "SELECT position, id::text, kind, subject, event_id, details, reason, state, requested_by, requested_at, "
        "decided_by, decided_at, outcome, done, refused FROM reporting.approvals "
        "WHERE position < %s AND (%s::text IS NULL OR state = %s) AND (kind = ANY(%s) OR requested_by = %s) "
        "ORDER BY position DESC LIMIT %s",
        (before or 2**62, state, state, kinds, asked_by, limit),
    )
    return [ApprovalRow(*row) for row in rows]


def position(read: Reader, approval_id: str) -> int | None:
    row = read.one("SELECT position FROM reporting.approvals WHERE id = %s", (approval_id,))
    return int(row[0]) if row else None


def erasures(read: Reader, limit: int, before: int | None = None) -> list[ErasureRow]:
    """Newest first."""
    rows = read.all(
        "SELECT position, id::text, member_id::text, origin, state, ordered_at, completed_at FROM reporting.erasures "
        "WHERE position < %s ORDER BY position DESC LIMIT %s",
        (before or 2**62, limit),
    )
    return [ErasureRow(*row) for row in rows]


def open_of(read: Reader, kind: str, subject: str, since: datetime) -> str | None:
    """The approval that still waits for somebody, asked for after that."""
    row = read.one(
        "SELECT id::text FROM reporting.approvals WHERE kind = %s AND subject = %s "
        "AND state IN ('requested', 'granted') AND requested_at > %s ORDER BY position DESC LIMIT 1",
        (kind, subject, since),
    )
    return row[0] if row else None


def count_of(read: Reader, kind: str, subject: str) -> int:
    """How many of them came to an end, or to no end in time."""
    row = read.one(
        "SELECT count(*) FROM reporting.approvals WHERE kind = %s AND subject = %s", (kind, subject)
    )
    return row[0] if row else 0
