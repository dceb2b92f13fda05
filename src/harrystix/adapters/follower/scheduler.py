"""The scheduler process: the sweep, retention, and whatever else happens by the clock."""

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from harrystix.application.context import Context
from harrystix.application.handlers.uploads import discard_expired
from harrystix.application.processes.bulk_refunds import apply_rule
from harrystix.application.processes.completion import complete_uploads
from harrystix.application.processes.expiry import give_up_begun, warn_expiring
from harrystix.application.processes.forgetting import forget_due
from harrystix.application.processes.reactions import PIECES
from harrystix.application.processes.runs import start_due
from harrystix.application.processes.unreadable import read_again
from harrystix.application.processes.work import code_of
from harrystix.application.reconcile.books import Books
from harrystix.application.reconcile.mails import mails_due
from harrystix.application.reconcile.run import reconcile_due

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
        tasks: list[tuple[str, Callable[[], object]]] = [
            ("sweep", lambda: _swept(context, times)),
            ("complete", lambda: complete_uploads(context)),
            ("capture_run", lambda: _started(context)),
            ("read_again", lambda: read_again(context)),
            ("forget_settled", lambda: context.failures.forget_settled(PIECES)),
        ]
        if rounds % 20 == 0:
            tasks += [
                ("discard_expired", lambda: discard_expired(context)),
                ("warn_expiring", lambda: warn_expiring(context)),
                ("give_up_begun", lambda: give_up_begun(context)),
                ("forget", lambda: forget_due(context)),
                ("refund_rule", lambda: apply_rule(context, times.refund_after, times.refund_notice)),
                ("reconcile_mails", lambda: mails_due(context, times.reconcile)),
                ("reconcile", lambda: reconcile_due(context, books, times.reconcile)),
                *((getattr(task, "__name__", "task"), task) for task in also),
            ]
        for name, task in tasks:
            _alone(context, name, task)
        rounds += 1
        stopping.wait(times.sweep)


def _swept(context: Context, times: Times) -> None:
    nudged = sweep(context, older_than_seconds=min(10.0, times.sweep))
    if nudged:
        log.info("scheduler.swept", nudged=nudged)


def _started(context: Context) -> None:
    if run_id := start_due(context, context.schedule):
        log.info("scheduler.capture_run", run_id=run_id)


def _alone(context: Context, name: str, task: Callable[[], object]) -> None:
    """Whatever one task fails of is counted and said, and keeps no other from its turn; it comes again by the clock."""
    try:
        task()
    except Exception as error:
        log.error("scheduler.failed", task=name, error=code_of(error))
        with contextlib.suppress(Exception):
            context.failures.add("schedule", name, code_of(error), seconds=0)
    else:
        with contextlib.suppress(Exception):
            context.failures.clear("schedule", [name])
