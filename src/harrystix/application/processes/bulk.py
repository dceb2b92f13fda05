"""Jobs over many pre-orders: carried out in small transactions, each with its results in the job."""

from collections.abc import Callable, Sequence
from uuid import UUID

import structlog
from eventsourcing.domain import Aggregate

from harrystix.application.context import Context
from harrystix.application.handlers.money import left_to_refund, with_pool
from harrystix.application.ports import Due
from harrystix.application.processes.work import code_of, one
from harrystix.domain.bulk_job import BulkJob
from harrystix.domain.errors import Conflict, DomainError, IllegalTransition
from harrystix.domain.pre_order import HOLDS_TICKET, PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import By

log = structlog.get_logger()
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
    bad: set[str] = set()
    known = context.store.get_many(PreOrder, chosen, bad)
    # Its pool is saved with them, so those of one event go together.
    event_id = known[next(iter(known))].event_id if known else ""
    ids = [order_id for order_id, order in known.items() if order.event_id == event_id]
    unknown = {
        order_id: "It can't be read." if order_id in bad else "There is no such pre-order."
        for order_id in chosen
        if order_id not in known
    }
    # Always the same command for the same step: saved with an answer that was lost, it is not done twice.
    by = context.by(job.ordered_by, f"bulk/{job.id}/{len(job.left)}", item.cause_id)
    if not ids:
        job.settle(by, [], unknown)
        context.store.run(by, lambda: [UUID(item.subject)], lambda: context.store.commit(job))
        return len(unknown)
    try:
        _together(context, item, job, by, ids, unknown)
    except Conflict:
        raise
    except Exception as error:
        log.warning("work.batch_failed", kind="bulk", items=len(ids), code=code_of(error))
        # One of them is to blame: by itself each is done, or says why not.
        for order_id in ids:
            _alone(context, item, order_id)
        if unknown:
            _refused(context, item, by, unknown)
    return len(ids) + len(unknown)


def _alone(context: Context, item: Due, order_id: str) -> None:
    job = context.store.get(BulkJob, item.subject)
    by = context.by(job.ordered_by, f"bulk/{job.id}/{order_id}", item.cause_id)
    try:
        _together(context, item, job, by, [order_id], {})
    except Conflict:
        raise
    except Exception as error:
        code = code_of(error)
        log.error("bulk.failed", kind=job.kind, order_id=order_id, code=code)
        _refused(context, item, by, {order_id: f"It could not be done ({code})."})


def _refused(context: Context, item: Due, by: By, refused: dict[str, str]) -> None:
    def work() -> None:
        job = context.store.get(BulkJob, item.subject)
        if job.state == "running":
            job.settle(by, [], refused)
            context.store.commit(job)

    context.store.run(by, lambda: [UUID(item.subject)], work)


def _keeps_tickets(context: Context, job: BulkJob, event_id: str) -> bool:
    """Whether it gives money back to those alone who wait: who was served since the list was made is none of them."""
    under_way = context.store.get(TicketedEvent, event_id).refunds_under_way
    return under_way[:1] == ["waiting"] and under_way[3] == str(job.id)


def _together(
    context: Context, item: Due, job: BulkJob, by: By, ids: Sequence[str], unknown: dict[str, str]
) -> None:
    done: list[str] = []
    refused: dict[str, str] = {}
    event_id = context.store.get(PreOrder, ids[0]).event_id
    waiting_only = job.kind == "refund" and _keeps_tickets(context, job, event_id)

    def act(order: PreOrder) -> None:
        order_id = str(order.id)
        try:
            if waiting_only and order.status in HOLDS_TICKET:
                raise IllegalTransition("Pre-order", order.id, "served by now", "refunding those who wait")
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
