"""Capture runs: who starts one does not matter, it is one; whoever goes on with it begins where the log says."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog
from eventsourcing.persistence import RecordConflictError

from harrystix.application.context import Context
from harrystix.application.points import point
from harrystix.application.processes.looking import over
from harrystix.application.processes.work import many, one
from harrystix.domain.capture_run import NOW, CaptureRun
from harrystix.domain.ids import named
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.schedule import Schedule
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import By

log = structlog.get_logger()
BATCH = 500
ACTOR = "system:scheduler"


def start_due(context: Context, schedule: Schedule) -> str | None:
    """Start the run that should have begun by now, unless somebody did; its id where it was us."""
    day = schedule.due(context.clock.now())
    if day is None:
        return None
    run_id = CaptureRun.id_of(schedule.name, day)
    if run_id in context.store.repository:
        return None
    by = context.by(ACTOR, f"capture-run/{schedule.name}/{day}")
    try:
        context.store.commit(CaptureRun.start(by, schedule.name, day, schedule.moment(day)))
    except RecordConflictError:
        return None
    return str(run_id)


def start_now(context: Context, by: By, schedule: Schedule) -> str:
    """A run on demand, by a named person. The same command starts one. Raises InvalidValue."""
    run = CaptureRun.start(by, schedule.name, by.at.date(), by.at, NOW)
    with contextlib.suppress(RecordConflictError):
        context.store.commit(run)
    return str(run.id)


def started(context: Context, by: By, schedule: Schedule) -> str:
    """The run that this very command has started already; empty if none."""
    run_id = str(CaptureRun.start(by, schedule.name, by.at.date(), by.at, NOW).id)
    return run_id if context.store.get_many(CaptureRun, [run_id]) else ""


def enumerate_due(context: Context) -> int:
    """Ask for the money of everybody whom an open run concerns, by placement; returns how many were looked at."""
    seen = 0
    while due := context.due.claim("run", 1, context.payment_lease):
        item = due[0]
        if context.open_orders.position() < item.position:
            # The list of pre-orders is a moment behind the log: the last to order would be forgotten.
            context.due.defer("run", [item.subject], 0.5)
            context.nudge.send("run", "")
            return seen
        counted: list[int] = []
        one(
            context,
            "run",
            item.subject,
            lambda item=item, counted=counted: counted.append(
                _enumerate(context, context.store.get(CaptureRun, item.subject), item.cause_id)
            ),
        )
        seen += sum(counted)
    return seen


def _enumerate(context: Context, run: CaptureRun, cause_id: str) -> int:
    seen = after = no_card = needs_member = 0
    while page := context.open_orders.page(run.until, after, BATCH):
        after = page[-1][0]
        ids = [order_id for _, order_id in page]
        counted: list[tuple[int, int]] = []
        many(
            context,
            "ask",
            ids,
            lambda few, counted=counted: counted.append(_page(context, run, few, cause_id)),
        )
        no_card += sum(without for without, _ in counted)
        needs_member += sum(waiting for _, waiting in counted)
        seen += len(ids)
    by = context.by(ACTOR, f"enumerated/{run.id}", cause_id)

    def finish() -> None:
        current = context.store.get(CaptureRun, run.id)
        current.finish_enumeration(by, no_card=no_card, needs_member=needs_member)
        context.store.commit(current)

    context.store.run(by, lambda: [run.id], finish)
    return seen


def _page(context: Context, run: CaptureRun, ids: Sequence[str], cause_id: str) -> tuple[int, int]:
    """(without a card, waiting for their member)."""
    # A command of its own for each page: a page that was saved is recognised, whoever saved it.
    by = context.by(ACTOR)
    by = replace(by, command_id=named(f"page/{run.id}/{list(ids)}"), cause_id=cause_id)
    found = context.store.run(by, lambda: [UUID(ids[0])], lambda: _ask(context, by, run, ids))
    return found or (0, 0)


def _ask(context: Context, by: By, run: CaptureRun, ids: Sequence[str]) -> tuple[int, int]:
    """(without a card, waiting for their member)."""
    orders = context.store.get_many(PreOrder, ids)
    events = context.store.get_many(TicketedEvent, {order.event_id for order in orders.values()})
    no_card = needs_member = 0
    for order_id in ids:
        order = orders[order_id]
        event = events.get(order.event_id)
        if event is None:
            log.error("capture.no_event", order_id=order_id)
            continue
        if reason := _over(order, event, by.at):
            order.give_up(by, reason)
            continue
        order.request_capture(by, str(run.id))
        if order.status is Status.PLACED and not order.payment_method_id:
            no_card += 1
        elif order.needs:
            needs_member += 1
    context.store.commit(*(orders[order_id] for order_id in ids))
    point("cap.after_requested")
    return no_card, needs_member


def _over(order: PreOrder, event: TicketedEvent, now: datetime) -> str:
    """Why nobody tries any more: a first attempt may be after the sales, a retry not, and nothing after the start."""
    if why := over(event, now):
        return why
    if order.status is Status.PROCESSING and event.sales_end <= now and not order.attempt_open:
        return "sales_over"
    return ""
