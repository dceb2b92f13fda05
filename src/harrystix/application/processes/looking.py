"""Looking before paying: what the provider has of our pre-orders, read there and never deduced (I7).

A restore, or a failover that lost something, sets our log back, and a key that was used more than a day ago protects
nothing. So payments are read from where they were last read to, for everybody at once, before any is made.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from harrystix.application.context import Context
from harrystix.application.payment_ports import (
    MISSING,
    Attempt,
    Later,
    Payment,
    PaymentGateway,
    Refund,
    Refused,
    Unknown,
)
from harrystix.application.ports import Due
from harrystix.application.processes.payment_news import follow_payment, too_late
from harrystix.application.processes.work import each
from harrystix.domain.declines import Then
from harrystix.domain.errors import PaymentMismatch
from harrystix.domain.payment_events import LOST
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent

log = structlog.get_logger()
ACTOR, WAIT = "system:capture", 10.0
# Between two looks of a run; what is made meanwhile is made by us, and linked before it is confirmed.
FRESH = timedelta(minutes=5)
# Lists of the provider's are not quite up to the second, and clocks differ.
OVERLAP = timedelta(minutes=10)


def look(context: Context, gateway: PaymentGateway) -> int:
    """How many payments were read; 0 where somebody has looked a moment ago. Raises Later, Refused, Unknown."""
    now = context.clock.now()
    until = context.provider_payments.read_until()
    if until is not None and until > now:
        # Somebody's clock was ahead: what was said of that time is not known.
        until = None
    if until is not None and now - until < FRESH:
        return 0
    since = until - OVERLAP if until else context.open_orders.oldest() or now
    found = list(gateway.payments_since(min(since, now)))
    context.provider_payments.add(found, now)
    return len(found)


def of_another_life(context: Context, gateway: PaymentGateway, orders: Sequence[PreOrder]) -> set[str]:
    """Pre-orders of which the provider has payments that the log does not know. Raises Later, Refused, Unknown."""
    look(context, gateway)
    there = context.provider_payments.of([str(order.id) for order in orders])
    return {
        str(order.id)
        for order in orders
        if there.get(str(order.id), set()).difference(order.payment_ids, order.strays)
    }


def over(event: TicketedEvent, now: datetime) -> str:
    """Why nobody pays for this night any more; empty where it is still to be paid."""
    if event.all_refunded:
        return "refunded"
    return "event_begun" if event.starts_at <= now else ""


def payments_of(context: Context, gateway: PaymentGateway, order: PreOrder) -> list[Payment]:
    """All payments of a pre-order, newest first: the customer that they were made for may be gone by now."""
    order_id = str(order.id)
    found: list[Payment] = []
    try:
        if order.customer_id:
            found = gateway.payments_of(order.customer_id, order_id)
    except Refused as refused:
        if refused.code != MISSING:
            raise
    known = context.provider_payments.of([order_id]).get(order_id, set()).union(order.payment_ids)
    more = known.difference(payment.payment_id for payment in found)
    found += [gateway.payment(payment_id) for payment_id in more]
    return sorted(found, key=lambda payment: payment.created, reverse=True)


def made_before(context: Context, gateway: PaymentGateway, order: PreOrder) -> tuple[Payment | None, int]:
    """(the payment of this attempt that is there already, how many others of its number are of no use).

    It is one that succeeded, whatever its attempt, else one of this very card and price; all others are ended.
    """
    found = payments_of(context, gateway, order)
    # Money that nobody wanted was told apart before, and goes back: it pays nothing.
    if paid := [p for p in found if p.succeeded and p.payment_id not in order.strays]:
        return paid[0], 0
    spoilt = 0
    usable: Payment | None = None
    for payment in found:
        if usable is None and _fits(payment, order):
            usable = payment
            continue
        spoilt += payment.attempt == order.attempt and not payment.succeeded
        if payment.status not in {"canceled", "succeeded"}:
            ended = gateway.cancel(payment.payment_id)
            if ended.succeeded:
                return ended, 0
            if ended.status != "canceled":
                raise Later(WAIT)
    return usable, spoilt


def _fits(payment: Payment, order: PreOrder) -> bool:
    """Made for what would be asked now, and nothing has been asked yet."""
    ours = (
        order.attempt,
        "requires_confirmation",
        order.price_minor,
        order.currency,
        order.payment_method_id,
    )
    theirs = (
        payment.attempt,
        payment.status,
        payment.amount_minor,
        payment.currency,
        payment.payment_method_id,
    )
    return theirs == ours


def ended_now(context: Context, gateway: PaymentGateway, order: PreOrder) -> Payment | None:
    """Nobody can pay any payment of it any more; the one that was paid already, if there is one. Raises Later."""
    for payment in payments_of(context, gateway, order):
        if payment.status == "canceled" or payment.payment_id in order.strays:
            continue
        ended = payment if payment.succeeded else gateway.cancel(payment.payment_id)
        if ended.succeeded:
            return ended
        if ended.status != "canceled":
            raise Later(WAIT)
    return None


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
        for payment in payments_of(context, context.payments, order) if order.payment_ids else []:
            if payment.status == "canceled" or payment.payment_id in {order.payment_id, *order.strays}:
                continue
            if _wanted_still(order) and payment.attempt == order.attempt:
                continue
            found = payment if payment.succeeded else context.payments.cancel(payment.payment_id)
            ended.append(payment.payment_id)
            if found.succeeded:
                _paid_late(context, found)
    except (Later, Unknown) as error:
        context.due.defer("end_payment", [item.subject], max(WAIT, getattr(error, "after", 0)))
        return
    by = context.by(ACTOR, f"ended/{item.subject}/{item.position}", item.cause_id)

    def work() -> None:
        current = context.store.get(PreOrder, item.subject)
        current.end_payments(by, ended)
        context.store.commit(current)

    context.store.run(by, lambda: [UUID(item.subject)], work)


def _wanted_still(order: PreOrder) -> bool:
    """The payment of the latest attempt: under way, or its member is asked to agree to it."""
    asked = order.status is Status.PROCESSING and order.needs == Then.AUTHENTICATE
    return order.attempt_open or asked


def _paid_late(context: Context, payment: Payment) -> None:
    try:
        follow_payment(context, context.by(ACTOR, f"late/{payment.payment_id}"), payment)
    except PaymentMismatch:
        # Another amount stays another amount: reconciliation shows it to a person, and the others are ended still.
        log.error("payments.mismatch", order_id=payment.order_id, payment_id=payment.payment_id)


def before_us(
    context: Context, gateway: PaymentGateway, paid: Mapping[str, Payment]
) -> tuple[dict[str, list[Refund]], set[str], set[str]]:
    """Of payments that were found and not just made, by pre-order: (what went back, which came too late, unknown)."""
    back: dict[str, list[Refund]] = {}
    late: set[str] = set()
    unsure: set[str] = set()
    for order_id, payment in paid.items():
        try:
            back[order_id] = gateway.refunds_of(payment.payment_id)
            if too_late(context, order_id, payment):
                late.add(order_id)
        except (Later, Unknown, Refused):
            unsure.add(order_id)
    return back, late, unsure


def gone(refunds: Iterable[Refund]) -> int:
    """Minor units that have gone back, or are on their way."""
    return sum(refund.amount_minor for refund in refunds if refund.state not in LOST)


def other_amount(order: PreOrder, payment: Payment) -> bool:
    return (payment.amount_minor, payment.currency) != (order.price_minor, order.currency)


def attempt_of(order: PreOrder, spoilt: int = 0) -> Attempt:
    """The try that is open, in the words of the provider's port."""
    return Attempt(
        str(order.id),
        order.attempt,
        order.price_minor,
        order.currency,
        order.customer_id,
        order.payment_method_id,
        spoilt,
    )
