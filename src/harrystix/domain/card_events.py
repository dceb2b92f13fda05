"""What happens to a saved card at the payment provider, without the member and without us."""

from typing import TYPE_CHECKING

from harrystix.domain.notice_events import Notice, Notifying
from harrystix.domain.pre_order_events import Event

if TYPE_CHECKING:
    from harrystix.domain.pre_order import PreOrder


def forget_card(aggregate: "PreOrder") -> None:
    """Nothing can be charged until another card is saved."""
    aggregate.customer_id = aggregate.payment_method_id = aggregate.setup_id = ""
    aggregate.card_expires = 0


class CardRemoved(Notifying):
    """The saved card can't be charged any more: it was removed at the provider, alone or with its customer.

    `needs`: new_card where a payment was tried already, so that another card is tried at once; else empty.
    """

    TOPIC = "PreOrder.CardRemoved"
    payment_method_id: str
    needs: str
    event_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        forget_card(aggregate)
        aggregate.needs = self.needs
        self.ask(aggregate)

    @property
    def notice(self) -> str:
        return Notice.CARD_REMOVED


class CardUpdated(Event):
    """The bank has issued the card anew, or its end was put right. `expires`: year * 100 + month."""

    TOPIC = "PreOrder.CardUpdated"
    payment_method_id: str
    expires: int
    event_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.card_expires = self.expires
        aggregate.expiry_warned = False
