"""Telling members' devices that their ticket is there. No credential and no address leaves this way."""

import time

import structlog

from harrystix.application.context import Context
from harrystix.application.push_ports import PushDue
from harrystix.domain.pre_order import HOLDS_TICKET, PreOrder
from harrystix.domain.ticketed_event import TicketedEvent

log = structlog.get_logger()
# Few at once: a service that does not answer takes seconds for each.
BATCH, LEASE, TRIES = 5, 60.0, 4


def push_due(context: Context, *, seconds: float = 20) -> int:
    """Whatever is due, for at most `seconds`; returns how many were taken by a push service."""
    sent = 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        due = context.push.claim(BATCH, LEASE)
        if not due:
            return sent
        orders = context.store.get_many(PreOrder, {item.order_id for item in due})
        events = context.store.get_many(TicketedEvent, {order.event_id for order in orders.values()})
        for item in due:
            order = orders.get(item.order_id)
            # Taken back or erased meanwhile: then there is nothing to tell.
            if order is None or order.status not in HOLDS_TICKET or order.frozen:
                context.push.done([item.push_id])
                continue
            try:
                sent += _tell(context, item, events[order.event_id].name)
            except Exception as error:
                log.error("push.failed", error=type(error).__name__)
                context.push.later(item.push_id, 5.0 * 4 ** min(item.attempts, 5))
    context.nudge.send("push", "")
    return sent


def _tell(context: Context, item: PushDue, night: str) -> bool:
    """Settled at once: what was sent is not sent again because another one was slow."""
    words = {"title": "Your ticket is there", "body": night, "url": f"/me#{item.order_id}"}
    answer = context.pusher.send(item.device, words)
    if answer == "gone":
        context.push.gone(item.subscription_id)
    elif answer == "later" and item.attempts < TRIES:
        context.push.later(item.push_id, 5.0 * 4**item.attempts)
    else:
        context.push.done([item.push_id])
    return answer == "sent"
