"""Telling members' devices that their ticket is there. No credential and no address leaves this way."""

from harrystix.application.context import Context
from harrystix.domain.pre_order import HOLDS_TICKET, PreOrder
from harrystix.domain.ticketed_event import TicketedEvent

BATCH, LEASE, TRIES = 50, 60.0, 4


def push_due(context: Context) -> int:
    """Whatever is due; returns how many were taken by a push service."""
    sent = 0
    while due := context.push.claim(BATCH, LEASE):
        orders = context.store.get_many(PreOrder, {item.order_id for item in due})
        events = context.store.get_many(TicketedEvent, {order.event_id for order in orders.values()})
        over: list[str] = []
        for item in due:
            order = orders.get(item.order_id)
            # Taken back or erased meanwhile: then there is nothing to tell.
            if order is None or order.status not in HOLDS_TICKET or order.frozen:
                over.append(item.push_id)
                continue
            words = {
                "title": "Your ticket is there",
                "body": events[order.event_id].name,
                "url": f"/me/orders/{item.order_id}/ticket",
            }
            match context.pusher.send(item.device, words):
                case "sent":
                    sent += 1
                    over.append(item.push_id)
                case "gone":
                    context.push.gone(item.subscription_id)
                case "later" if item.attempts < TRIES:
                    context.push.later(item.push_id, 5.0 * 4**item.attempts)
                case _:
                    over.append(item.push_id)
        context.push.done(over)
    return sent
