"""A saved card as the payment provider has it now: it may have been removed there, or issued anew."""

from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.payment_ports import PaymentGateway, Refused
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.values import By

WAIT = 60.0


class NotYet(Exception):
    """Something of ours comes first: the provider has answered. Again in `after` seconds."""

    def __init__(self, after: float) -> None:
        super().__init__("not yet")
        self.after = after


def follow_card(context: Context, by: By, order_id: str, customer_id: str) -> None:
    """Bring the card of that pre-order up to date; quiet where it is another's. Raises NotYet, Later, Refused."""

    def work() -> None:
        order = context.store.get(PreOrder, order_id)
        card = order.payment_method_id
        if not card or order.customer_id != customer_id:
            return
        ends = context.payments.card_ends(customer_id, card)
        if ends is None and order.attempt_open:
            # The attempt under way may find out by itself, or have been in time.
            raise NotYet(WAIT)
        if ends is None:
            order.remove_card(by, card)
        else:
            order.update_card(by, card, ends)
        context.store.commit(order)

    context.store.run(by, lambda: [UUID(order_id)], work)


def is_removed(gateway: PaymentGateway, order: PreOrder) -> bool:
    """Whether a refusal is for want of the card, by the provider's own word. Raises Later."""
    try:
        return gateway.card_ends(order.customer_id, order.payment_method_id) is None
    except Refused:
        # It knows neither, so that nothing is proved: the keys may be another account's.
        return False
