"""The scheduler process: the sweep, retention, and whatever else happens by the clock."""

import threading

import structlog

from harrystix.application.context import Context
from harrystix.application.handlers.uploads import discard_expired
from harrystix.application.processes.completion import complete_uploads
from harrystix.application.processes.runs import start_due

log = structlog.get_logger()


def sweep(context: Context, older_than_seconds: float) -> int:
    """Nudge whatever is overdue: the queue may have lost everything, and nothing is lost."""
    wanted = {
        ("match", subject) if kind in {"order", "rules", "match"} else (kind, subject)
        for kind, subject in context.due.overdue(older_than_seconds)
    }
    for kind, subject in wanted:
        context.nudge.send(kind, subject)
    context.nudge.send("inbox", "")
    return len(wanted)


def run(context: Context, stopping: threading.Event, sweep_seconds: float) -> None:
    rounds = 0
    while not stopping.is_set():
        nudged = sweep(context, older_than_seconds=min(10.0, sweep_seconds))
        if nudged:
            log.info("scheduler.swept", nudged=nudged)
        complete_uploads(context)
        if run_id := start_due(context, context.schedule):
            log.info("scheduler.capture_run", run_id=run_id)
        if rounds % 20 == 0:
            discard_expired(context)
        rounds += 1
        stopping.wait(sweep_seconds)
