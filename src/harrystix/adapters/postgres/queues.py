"""Everything that waits for workers, whatever table it waits in: one definition for page, metrics and doctor."""

from dataclasses import dataclass
from datetime import datetime

from harrystix.adapters.postgres.database import Database

WAITING = (
    "SELECT kind, count(*), min(since), max(attempts) FROM reporting.due_work GROUP BY kind "
    "UNION ALL SELECT CASE provider WHEN 'stripe' THEN 'inbox' ELSE 'reports' END, count(*), min(received_at), "
    "max(attempts) FROM app.inbox WHERE state = 'pending' GROUP BY 1 "
    "UNION ALL SELECT 'sign_in', count(*), min(requested_at), 0 FROM vault.sign_in_requests HAVING count(*) > 0 "
    "UNION ALL SELECT 'push', count(*), min(created_at), max(attempts) FROM app.push_due HAVING count(*) > 0 "
    "ORDER BY 1"
)


@dataclass(frozen=True, slots=True)
class Queue:
    """`since`: of its oldest item; `attempts`: of the item that was tried most."""

    kind: str
    items: int
    since: datetime
    attempts: int

    def age_seconds(self, now: datetime) -> float:
        return max(0.0, (now - self.since).total_seconds())


def queues(database: Database) -> list[Queue]:
    """Those in which something waits, by kind."""
    return [Queue(*row) for row in database.all(WAITING)]
