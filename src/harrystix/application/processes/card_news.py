"""Saved cards that change at the payment provider: removed, with their customer or alone, or issued anew.

A member has to hear of it in time: without a card nothing is taken on the payment day, and there is no ticket.
"""

from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.handlers.cards import NotYet, follow_card
from harrystix.application.inbox_ports import InboxItem

ACTOR = "provider:stripe"
# What the endpoint has to be subscribed to.
SUBSCRIBED = (
    "customer.deleted",
    "payment_method.automatically_updated",
    "payment_method.detached",
    "payment_method.updated",
)


def follow_cards(context: Context, item: InboxItem) -> bool:
    """Each pre-order of that member whose card it is hears of it; False where it is nobody's.

    Raises NotYet until the list of the member's pre-orders is as new as the message.
    """
    customer = str(item.hint.get("customer") or "")
    member = context.customers.member_of(customer) or str(item.hint.get("member_id") or "")
    if not customer or not _is_id(member):
        return False
    orders = context.open_orders.of_member(member, item.received_at)
    if orders is None:
        raise NotYet(1)
    for order_id in orders:
        follow_card(context, context.by(ACTOR, f"{item.kind}/{item.id}/{order_id}"), order_id, customer)
    return True


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
