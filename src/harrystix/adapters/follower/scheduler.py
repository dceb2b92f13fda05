"""The scheduler process: the sweep, retention, and whatever else happens by the clock."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from harrystix.adapters.chain.anchors import Unreadable
from harrystix.application.context import Context
from harrystix.application.handlers.uploads import discard_expired
from harrystix.application.payment_ports import Later, Refused, Unknown
from harrystix.application.processes.bulk_refunds import apply_rule
from harrystix.application.processes.completion import complete_uploads
from harrystix.application.processes.expiry import warn_expiring
from harrystix.application.processes.forgetting import forget_due
from harrystix.application.processes.runs import start_due
from harrystix.application.reconcile.books import Books
from harrystix.application.reconcile.run import reconcile_due
from harrystix.domain.errors import DomainError

log = structlog.get_logger()


def sweep(context: Context, older_than_seconds: float) -> int:
    """Nudge whatever is overdue: the queue may have lost everything, and nothing is lost."""
    wanted = {
        ("match", subject) if kind in {"order", "rules", "match"} else (kind, subject)
        for kind, subject in context.due.overdue(older_than_seconds)
    }
    for kind, subject in wanted:
        context.nudge.send(kind, subject)
    if context.push.waiting():
        context.nudge.send("push", "")
    context.nudge.send("inbox", "")
    context.nudge.send("reports", "")
    context.nudge.send("sign_in", "")
    return len(wanted)


@dataclass(frozen=True, slots=True)
class Times:
    """What happens how often and how late."""

    sweep: float
    refund_after: timedelta
    refund_notice: timedelta
    reconcile: timedelta


def run(
    context: Context,
    books: Books,
    stopping: threading.Event,
    times: Times,
    also: Sequence[Callable[[], object]] = (),
) -> None:
    """`also`: what else is looked at every 20 rounds."""
    rounds = 0
    while not stopping.is_set():
        nudged = sweep(context, older_than_seconds=min(10.0, times.sweep))
        if nudged:
            log.info("scheduler.swept", nudged=nudged)
        complete_uploads(context)
        if run_id := start_due(context, context.schedule):
            log.info("scheduler.capture_run", run_id=run_id)
        if rounds % 20 == 0:
            for task in (
                lambda: discard_expired(context),
                lambda: warn_expiring(context),
                lambda: forget_due(context),
                lambda: apply_rule(context, times.refund_after, times.refund_notice),
                lambda: reconcile_due(context, books, times.reconcile),
                *also,
            ):
                _alone(task)
        rounds += 1
        stopping.wait(times.sweep)


def _alone(task: Callable[[], object]) -> None:
    """One that fails is said, and does not keep the others from their turn."""
    try:
        task()
    except (DomainError, Later, Refused, Unknown, Unreadable, OSError) as error:
        log.warning("scheduler.failed", error=type(error).__name__)
