"""Jobs over many pre-orders: carried out in small transactions, each with its results in the job."""

from collections.abc import Callable
from uuid import UUID

from eventsourcing.domain import Aggregate

from harrystix.application.context import Context
from harrystix.application.handlers.money import left_to_refund, with_pool
from harrystix.application.ports import Due
from harrystix.application.processes.work import one
from harrystix.domain.bulk_job import BulkJob
from harrystix.domain.errors import Conflict, DomainError, IllegalTransition
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.values import By

# So many in one transaction; so many transactions before another worker may go on.
TOGETHER, TURNS = 50, 40
LEASE, AGAIN = 60.0, 15.0
Act = Callable[[By, PreOrder, BulkJob], None]


def _refund(by: By, order: PreOrder, job: BulkJob) -> None:
    # Money in dispute is the bank's to decide on, and a used ticket has served its night.
    if order.disputed or order.status is Status.USED:
        raise IllegalTransition(
            "Pre-order", order.id, "in dispute" if order.disputed else "used", "refunding it among many"
        )
    order.request_refund(by, amount_minor=left_to_refund(order), origin=job.origin, reason=job.reason)


ACTS: dict[str, Act] = {
    "resend": lambda by, order, _: order.request_resend(by),
    "used": lambda by, order, _: order.use_ticket(by),
    "refund": _refund,
    "hold": lambda by, order, job: order.hold(by, case_id=str(job.id), reason=job.reason),
    "release": lambda by, order, job: order.release_hold(by, reason=job.reason),
}


def carry_out(context: Context) -> int:
    """Some of the oldest job that nobody works on; returns of how many pre-orders."""
    moved: list[int] = []
    while due := context.due.claim("bulk", 1, LEASE):
        item = due[0]
        more: list[bool] = []
        one(
            context,
            "bulk",
            item.subject,
            lambda item=item, more=more: more.append(_some(context, item, moved)),
        )
        if any(more):
            context.nudge.send("bulk", "")
            break
    return sum(moved)


def _some(context: Context, item: Due, moved: list[int]) -> bool:
    """Some transactions of a job; whether it is to go on at once."""
    try:
        for _ in range(TURNS):
            done = _step(context, item)
            moved.append(done)
            if not done:
                break
        job = context.store.get(BulkJob, item.subject)
    except Conflict:
        context.due.defer("bulk", [item.subject], AGAIN)
        return False
    busy = job.state == "running" and bool(job.left)
    # Where it is over the row goes by itself, once the follower has seen the end.
    context.due.defer("bulk", [item.subject], 0 if busy else LEASE)
    return busy


def _step(context: Context, item: Due) -> int:
    job = context.store.get(BulkJob, item.subject)
    if job.state != "running" or not job.left:
        return 0
    chosen = list(job.left)[:TOGETHER]
    known = context.store.get_many(PreOrder, chosen)
    # Its pool is saved with them, so those of one event go together.
    event_id = known[next(iter(known))].event_id if known else ""
    ids = [order_id for order_id, order in known.items() if order.event_id == event_id]
    unknown = {order_id: "There is no such pre-order." for order_id in chosen if order_id not in known}
    # Always the same command for the same step: saved with an answer that was lost, it is not done twice.
    by = context.by(job.ordered_by, f"bulk/{job.id}/{len(job.left)}", item.cause_id)
    if not ids:
        job.settle(by, [], unknown)
        context.store.run(by, lambda: [UUID(item.subject)], lambda: context.store.commit(job))
        return len(unknown)
    done: list[str] = []
    refused: dict[str, str] = {}

    def act(order: PreOrder) -> None:
        order_id = str(order.id)
        try:
            ACTS[job.kind](by, order, job)
            done.append(order_id)
            refused.pop(order_id, None)
        except DomainError as error:
            refused[order_id] = error.message

    def results() -> list[Aggregate]:
        fresh = context.store.get(BulkJob, item.subject)
        if fresh.state != "running":
            # Stopped a moment ago: nothing of this step happens.
            raise Conflict("The job was stopped.")
        fresh.settle(by, [i for i in dict.fromkeys(done) if i not in refused], refused | unknown)
        return [fresh]

    with_pool(context, by, ids, act, results)
    return len(ids) + len(unknown)
