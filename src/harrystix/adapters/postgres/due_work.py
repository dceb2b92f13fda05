"""Due work as the workers see it: claim with a lease, put off, find what nobody took."""

import time
from collections.abc import Sequence
from typing import Any

from harrystix.adapters.postgres.database import Database
from harrystix.application.ports import Due

LOOK_BACK = 1.0
COLUMNS = "kind, subject, event_id, position, since, cause_id, details, attempts"


class DueWork:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._reached: dict[str, tuple[int, float]] = {}

    def queued_orders(self, event_id: str, limit: int, after: int = 0) -> list[Due]:
        rows = self._database.all(
            f"SELECT {COLUMNS} FROM reporting.due_work "  # noqa: S608  a constant of ours
            "WHERE kind = 'order' AND event_id = %s AND position > %s ORDER BY position LIMIT %s",
            (event_id, after, limit),
        )
        return [_due(row) for row in rows]

    def claim(self, kind: str, limit: int, lease_seconds: float) -> list[Due]:
        """The oldest that nobody holds. Every second the whole queue is looked at, else only beyond the last claim:

        what is claimed already lies in front, by the thousand, and walking over it would cost more than the rest.
        """
        after, until = self._reached.get(kind, (0, 0.0))
        looking_back = time.monotonic() > until
        claimed = self._claim(kind, limit, lease_seconds, 0 if looking_back else after)
        if len(claimed) < limit and not looking_back:
            claimed += self._claim(kind, limit - len(claimed), lease_seconds, 0)
        if looking_back:
            until = time.monotonic() + LOOK_BACK
        if claimed:
            after = max(after, *(due.position for due in claimed))
        self._reached[kind] = (after, until)
        return sorted(claimed, key=lambda due: due.position)

    def _claim(self, kind: str, limit: int, lease_seconds: float, after: int) -> list[Due]:
        rows = self._database.all(
            "UPDATE reporting.due_work d SET leased_until = now() + make_interval(secs => %s), "
            "attempts = attempts + 1 WHERE ctid = ANY(ARRAY(SELECT ctid FROM reporting.due_work "
            "WHERE kind = %s AND position > %s AND leased_until < now() "
            "AND NOT EXISTS (SELECT 1 FROM app.failed_work f WHERE f.kind = due_work.kind "
            "AND f.subject = due_work.subject AND (f.parked OR f.next_try_at > now())) "
            "ORDER BY position LIMIT %s FOR UPDATE SKIP LOCKED)) "
            "RETURNING d.kind, d.subject, d.event_id, d.position, d.since, d.cause_id, d.details, d.attempts",
            (lease_seconds, kind, after, limit),
        )
        return [_due(row) for row in rows]

    def defer(self, kind: str, subjects: Sequence[str], seconds: float) -> None:
        self._database.execute(
            "UPDATE reporting.due_work SET leased_until = now() + make_interval(secs => %s) "
            "WHERE kind = %s AND subject = ANY(%s)",
            (seconds, kind, list(subjects)),
        )

    def completable(self) -> list[str]:
        rows = self._database.all(
            "SELECT c.subject FROM reporting.due_work c WHERE c.kind = 'complete' AND NOT EXISTS ("
            "SELECT 1 FROM reporting.due_work m WHERE m.kind = 'match' "
            "AND m.subject IN (SELECT jsonb_array_elements_text(c.details -> 'events'))) LIMIT 500"
        )
        return [row[0] for row in rows]

    def overdue(self, older_than_seconds: float) -> list[tuple[str, str]]:
        rows = self._database.all(
            "SELECT DISTINCT kind, CASE WHEN kind IN ('order', 'rules', 'match') THEN event_id ELSE '' END "
            "FROM reporting.due_work WHERE leased_until < now() "
            "AND since < now() - make_interval(secs => %s)",
            (older_than_seconds,),
        )
        return [(row[0], row[1]) for row in rows]


def _due(row: tuple[Any, ...]) -> Due:
    return Due(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7])
