"""Jobs over many pre-orders: ordered, released by a second person, stopped."""

from collections.abc import Callable, Sequence
from uuid import UUID

from harrystix.application.context import Context
from harrystix.domain.approval import Approval
from harrystix.domain.bulk_job import BulkJob
from harrystix.domain.errors import NotFound
from harrystix.domain.ids import named
from harrystix.domain.values import By


def job_of(by: By) -> UUID:
    """The one that this command orders."""
    return UUID(named(f"bulk/{by.command_id}"))


def order(
    context: Context, by: By, *, kind: str, order_ids: Sequence[str], reason: str = "", waits: bool = False
) -> str:
    """The job's id; the same command orders one. `waits`: what a second person is asked is saved with it.

    Raises InvalidValue.
    """
    job_id = job_of(by)
    job = BulkJob.order(by, job_id, kind=kind, order_ids=order_ids, reason=reason, waits=waits)
    asked: list[Approval] = []
    if waits:
        asked.append(
            Approval.request(
                by,
                UUID(named(f"approval/{by.command_id}")),
                kind="bulk",
                subject=str(job_id),
                details={"orders": job.total},
                reason=reason,
            )
        )

    def work() -> None:
        if not context.store.get_many(BulkJob, [str(job_id)]):
            context.store.commit(job, *asked)

    context.store.run(by, lambda: [job_id], work)
    return str(job_id)


def get(context: Context, job_id: str) -> BulkJob:
    """Raises NotFound, also for what is no id."""
    try:
        return context.store.get(BulkJob, UUID(job_id))
    except ValueError:
        raise NotFound(f"There is no job {job_id}.") from None


def release(context: Context, by: By, job_id: str) -> None:
    """A second person wants it too. Raises NotFound, IllegalTransition."""
    _change(context, by, job_id, lambda job: job.release(by))


def stop(context: Context, by: By, job_id: str, reason: str) -> None:
    """What is done stays done. Raises NotFound, IllegalTransition, InvalidValue."""
    _change(context, by, job_id, lambda job: job.stop(by, reason))


def _change(context: Context, by: By, job_id: str, act: Callable[[BulkJob], None]) -> None:
    def work() -> None:
        job = get(context, job_id)
        act(job)
        context.store.commit(job)

    context.store.run(by, lambda: [UUID(job_id)], work)
