"""Looking before paying: what the provider has of our pre-orders, read there and never deduced (I7).

A restore, or a failover that lost something, sets our log back, and a key that was used more than a day ago protects
nothing. So payments are read from where they were last read to, for everybody at once, before any is made.
"""

import time
from datetime import timedelta
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.payment_ports import Attempt, Later, PaymentGateway, Unknown
from harrystix.application.ports import Due
from harrystix.application.processes.payment_news import follow_payment
from harrystix.application.processes.work import each
from harrystix.domain.pre_order import PreOrder

ACTOR, WAIT = "system:capture", 10.0
# Between two looks of a run; what is made meanwhile is made by us, and linked before it is confirmed.
FRESH = timedelta(minutes=5)
# Lists of the provider's are not quite up to the second, and clocks differ.
OVERLAP = timedelta(minutes=10)


def look(context: Context, gateway: PaymentGateway) -> int:
    """How many payments were read; 0 where somebody has looked a moment ago. Raises Later, Refused, Unknown."""
    now = context.clock.now()
    until = context.provider_payments.read_until()
    if until is not None and timedelta(0) <= now - until < FRESH:
        return 0
    since = until - OVERLAP if until else context.open_orders.oldest() or now
    found = list(gateway.payments_since(min(since, now)))
    context.provider_payments.add(found, now)
    return len(found)


def end_payments(context: Context, *, seconds: float = 20) -> int:
    """What ended attempts have left at the provider is ended there too, so that nobody pays it any more."""
    done = 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not context.pace.paused():
        due = context.due.claim("end_payment", 40, context.payment_lease)
        if not due:
            return done
        done += each(context, "end_payment", due, lambda item: _end(context, item))
    context.nudge.send("end_payment", "")
    return done


def _end(context: Context, item: Due) -> None:
    order = context.store.get(PreOrder, item.subject)
    ended: list[str] = []
    try:
        if order.customer_id and order.payment_ids:
            for payment in context.payments.payments_of(order.customer_id, item.subject):
                if payment.status not in {"canceled", "succeeded"} and not order.attempt_open:
                    found = context.payments.cancel(payment.payment_id)
                    ended.append(payment.payment_id)
                    if found.succeeded:
                        follow_payment(context, context.by(ACTOR, f"late/{payment.payment_id}"), found)
    except (Later, Unknown) as error:
        context.due.defer("end_payment", [item.subject], max(WAIT, getattr(error, "after", 0)))
        return
    by = context.by(ACTOR, f"ended/{item.subject}/{item.position}", item.cause_id)

    def work() -> None:
        current = context.store.get(PreOrder, item.subject)
        current.end_payments(by, ended)
        context.store.commit(current)

    context.store.run(by, lambda: [UUID(item.subject)], work)


def attempt_of(order: PreOrder) -> Attempt:
    """The try that is open, in the words of the provider's port."""
    return Attempt(
        str(order.id),
        order.attempt,
        order.price_minor,
        order.currency,
        order.customer_id,
        order.payment_method_id,
    )
