"""The outbox as the desk sees it: mails that wait, and mails that could not be sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harrystix.adapters.postgres.database import Database

WAITING = (
    "SELECT d.position, d.subject, d.details->>'order_id', d.event_id, d.since, d.details, "
    "coalesce(m.state, 'planned'), coalesce(m.attempt, 0), coalesce(m.error_code, '') "
    "FROM reporting.due_work d LEFT JOIN app.mail_ledger m ON m.intent_id = d.subject::uuid "
    "WHERE d.kind = 'mail'"
)
FAILED = "state = 'failed' AND error_code <> 'recalled'"


@dataclass(frozen=True, slots=True)
class MailRow:
    """`details`: what the due work says of it; empty for one that is over."""

    position: int
    intent_id: str
    order_id: str
    event_id: str
    since: datetime
    details: dict[str, Any]
    state: str
    attempts: int
    code: str

    @property
    def kind(self) -> str:
        """A notice about money, or the ticket."""
        return str(self.details.get("notice") or "ticket")


class Outbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, limit: int, after: int = 0) -> list[MailRow]:
        """Longest first."""
        rows = self._database.all(
            f"{WAITING} AND d.position > %s ORDER BY d.position LIMIT %s", (after, limit)
        )
        return [MailRow(*row) for row in rows]

    def one(self, intent_id: str) -> MailRow | None:
        """That waits."""
        row = self._database.one(f"{WAITING} AND d.subject = %s", (intent_id,))
        return MailRow(*row) if row else None

    def failed(self, limit: int, before: tuple[str, str] | None = None) -> list[MailRow]:
        """Newest first; `before`: (time, intent) of the last one seen."""
        rows = self._database.all(
            "SELECT 0, intent_id::text, order_id::text, event_id::text, settled_at, '{}'::jsonb, state, attempt, "  # noqa: S608
            f"error_code FROM app.mail_ledger WHERE {FAILED} AND (%s::timestamptz IS NULL "
            "OR (settled_at, intent_id) < (%s::timestamptz, %s::uuid)) "
            "ORDER BY settled_at DESC, intent_id DESC LIMIT %s",
            (before and before[0], before and before[0], before and before[1], limit),
        )
        return [MailRow(*row) for row in rows]

    def counts(self) -> tuple[int, int]:
        """(waiting, failed)."""
        row = self._database.one(
            "SELECT (SELECT count(*) FROM reporting.due_work WHERE kind = 'mail'), "  # noqa: S608
            f"(SELECT count(*) FROM app.mail_ledger WHERE {FAILED})"
        ) or (0, 0)
        return row[0], row[1]
