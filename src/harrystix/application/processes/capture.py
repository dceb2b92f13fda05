"""Capture: the attempts are in the log already; batches of them are worked through, one made while one is confirmed."""

import time
from concurrent.futures import Future, ThreadPoolExecutor

from harrystix.application.context import Context
from harrystix.application.payment_ports import (
    FREE,
    Pace,
    PaymentGateway,
)
from harrystix.application.processes.capture_batch import Batch

BATCH = 40
AT_ONCE = 8


def capture_due(
    context: Context, gateway: PaymentGateway, pace: Pace = FREE, *, seconds: float = 20, batch: int = BATCH
) -> int:
    """What is due, in batches, for at most `seconds`; returns how many attempts came to an end.

    While the payments of one batch are confirmed, those of the next are made: two endpoints, each at its pace.
    """
    ended = 0
    deadline = time.monotonic() + seconds
    confirming: Future[int] | None = None
    with (
        ThreadPoolExecutor(AT_ONCE) as makers,
        ThreadPoolExecutor(AT_ONCE) as confirmers,
        ThreadPoolExecutor(1) as behind,
    ):
        while time.monotonic() < deadline and not pace.paused():
            due = context.due.claim("capture", batch, context.payment_lease)
            if not due and confirming is None:
                return ended
            made = Batch(context, gateway, pace, due)
            made.link(makers)
            ended += confirming.result() if confirming else 0
            confirming = behind.submit(made.finish, confirmers) if due else None
        ended += confirming.result() if confirming else 0
    if not pace.paused():
        context.nudge.send("capture", "")
    return ended


def batch_size(rate: float) -> int:
    """Half a second's worth, so that the second step is never far behind the first."""
    return min(100, max(5, int(rate / 2))) if rate else 100
