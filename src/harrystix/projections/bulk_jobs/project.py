from pathlib import Path

from harrystix.application.dispatch import Dispatch
from harrystix.domain import bulk_job_events as jobs
from harrystix.projections.base import ReadModel, Tables
from harrystix.projections.changes import Counters, Cursor, Table


class Fold(Tables):
    def __init__(self) -> None:
        self.jobs = Table(
            "bulk_jobs",
            {
                "id": "uuid",
                "position": "bigint",
                "kind": "text",
                "reason": "text",
                "state": "text",
                "total": "bigint",
                "ordered_by": "text",
                "ordered_at": "timestamptz",
                "ended_at": "timestamptz",
                "left_out": "bigint",
            },
            "id",
        )
        self.counts = Counters("bulk_counts", {"job_id": "uuid"}, ("done", "refused"))
        # (job, pre-order, position, why not; empty where it was done)
        self.items: list[tuple[str, str, int, str]] = []

    def flush(self, cursor: Cursor) -> None:
        super().flush(cursor)
        if self.items:
            cursor.execute(
                "INSERT INTO bulk_items (job_id, pre_order_id, position, why) "
                "SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::bigint[], %b::text[]) ON CONFLICT DO NOTHING",
                [list(column) for column in zip(*self.items, strict=True)],
            )


project: Dispatch[Fold, None] = Dispatch()
MODEL = ReadModel(
    "bulk_jobs",
    Path(__file__).parent,
    project,
    Fold,
    {"bulk_jobs": (), "bulk_counts": (), "bulk_items": ()},
)


@project.on(jobs.Ordered)
def _ordered(fold: Fold, position: int, fact: jobs.Ordered) -> None:
    fold.jobs.insert(
        str(fact.originator_id),
        position=position,
        kind=fact.kind,
        reason=fact.reason,
        state="waiting" if fact.waits else "running",
        total=fact.total,
        ordered_by=fact.actor,
        ordered_at=fact.timestamp,
    )


@project.on(jobs.Released)
def _released(fold: Fold, _: int, fact: jobs.Released) -> None:
    fold.jobs.update(str(fact.originator_id), state="running")


@project.on(jobs.ItemsSettled)
def _settled(fold: Fold, position: int, fact: jobs.ItemsSettled) -> None:
    job_id = str(fact.originator_id)
    fold.counts.add(job_id, done=len(fact.order_ids), refused=len(fact.refusals))
    fold.items += [(job_id, order_id, position, "") for order_id in fact.order_ids]
    fold.items += [(job_id, order_id, position, why) for order_id, why in fact.refusals.items()]


@project.on(jobs.Finished)
def _finished(fold: Fold, _: int, fact: jobs.Finished) -> None:
    fold.jobs.update(str(fact.originator_id), state="finished", ended_at=fact.timestamp)


@project.on(jobs.Stopped)
def _stopped(fold: Fold, _: int, fact: jobs.Stopped) -> None:
    fold.jobs.update(str(fact.originator_id), state="stopped", ended_at=fact.timestamp, left_out=fact.left)
