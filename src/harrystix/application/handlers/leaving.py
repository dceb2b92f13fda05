"""Mails that are leaving at this moment, or may have left: what depends on that is decided with it known."""

from collections.abc import Sequence

from harrystix.application.context import Context
from harrystix.domain.pre_order import PreOrder


def note_what_leaves(context: Context, orders: Sequence[PreOrder]) -> None:
    """Tell pre-orders which of their mails are leaving now, and whether one with their ticket may have left before:

    also one that was called off since, as nobody knows more of it for that.
    """
    states = context.ledger.states([intent for order in orders for intent in order.mails])
    doubts = context.ledger.in_doubt([intent for order in orders for intent in order.ticket_intents])
    for order in orders:
        order.leaving = frozenset(intent for intent in order.mails if states.get(intent) == "sending")
        order.in_doubt = not doubts.isdisjoint(order.ticket_intents)
