from dataclasses import dataclass
from datetime import datetime

from harrystix.projections.queries import Reader


@dataclass(frozen=True, slots=True)
class JobRow:
    position: int
    id: str
    kind: str
    reason: str
    state: str
    total: int
    ordered_by: str
    ordered_at: datetime
    ended_at: datetime | None
    left_out: int
    done: int
    refused: int


@dataclass(frozen=True, slots=True)
class ItemRow:
    pre_order_id: str
    why: str


SELECT = (
    "SELECT j.position, j.id::text, j.kind, j.reason, j.state, j.total, j.ordered_by, j.ordered_at, j.ended_at, "
    "j.left_out, coalesce(c.done, 0), coalesce(c.refused, 0) "
    "FROM reporting.bulk_jobs j LEFT JOIN reporting.bulk_counts c ON c.job_id = j.id"
)


def page(read: Reader, limit: int, before: int | None = None, by: str | None = None) -> list[JobRow]:
    """Newest first; `by`: only what that actor ordered."""
    rows = read.all(
        f"{SELECT} WHERE j.position < %s AND (%s::text IS NULL OR j.ordered_by = %s) "
        "ORDER BY j.position DESC LIMIT %s",
        (before or 2**62, by, by, limit),
    )
    return [JobRow(*row) for row in rows]


def one(read: Reader, job_id: str) -> JobRow | None:
    row = read.one(f"{SELECT} WHERE j.id = %s", (job_id,))
    return JobRow(*row) if row else None


def items(read: Reader, job_id: str, limit: int, after: str = "", *, refused: bool = False) -> list[ItemRow]:
    """By pre-order; `refused`: only those of which it could not be done."""
    rows = read.all(
        "SELECT pre_order_id::text, why FROM reporting.bulk_items WHERE job_id = %s "
        "AND pre_order_id > %s AND (NOT %s OR why <> '') ORDER BY pre_order_id LIMIT %s",
        (job_id, after or "00000000-0000-0000-0000-000000000000", refused, limit),
    )
    return [ItemRow(*row) for row in rows]


def refused_ids(read: Reader, job_id: str, limit: int) -> list[str]:
    rows = read.all(
        "SELECT pre_order_id::text FROM reporting.bulk_items WHERE job_id = %s AND why <> '' LIMIT %s",
        (job_id, limit),
    )
    return [row[0] for row in rows]


def reasons(read: Reader, job_id: str) -> list[tuple[str, int]]:
    """Why it could not be done, and how often; the most frequent first."""
    rows = read.all(
        "SELECT why, count(*) FROM reporting.bulk_items WHERE job_id = %s AND why <> '' "
        "GROUP BY why ORDER BY 2 DESC, 1 LIMIT 20",
        (job_id,),
    )
    return [(row[0], row[1]) for row in rows]
