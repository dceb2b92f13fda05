from dataclasses import dataclass
from datetime import datetime

from harrystix.domain.pre_order import PreOrder
from harrystix.projections.queries import Reader

SHOWN = {
    "placed": "Pre-ordered",
    "processing": "Payment pending",
    "confirmed": "Processing",
    "waiting_for_stock": "Waiting for ticket",
    "assigned": "Processing",
    "fulfilled": "Fulfilled",
    "used": "Fulfilled",
    "failed": "Payment failed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
}


@dataclass(frozen=True, slots=True)
class MemberOrder:
    id: str
    event_id: str
    variant_id: str
    price_minor: int
    currency: str
    status: str
    placed_at: datetime
    confirmed_at: datetime | None
    assigned_at: datetime | None
    ticket_variant_id: str | None
    delivery: str
    needs: str = ""
    card_expires: int = 0
    frozen: bool = False

    @property
    def shown(self) -> str:
        """The one word that a member sees."""
        return SHOWN.get(self.status, "Processing")


def of_member(read: Reader, member_id: str) -> list[MemberOrder]:
    rows = read.all(
        "SELECT id, event_id, variant, price_minor, currency, status, placed_at, confirmed_at, assigned_at, "
        "ticket_variant, delivery, needs, card_expires, frozen FROM reporting.member_orders "
        "WHERE member_id = %s ORDER BY placed_at DESC",
        (member_id,),
    )
    return [MemberOrder(str(row[0]), str(row[1]), *row[2:]) for row in rows]


def live(order: PreOrder) -> MemberOrder:
    """From the log itself: the list may be a moment behind."""
    return MemberOrder(
        id=str(order.id),
        event_id=order.event_id,
        variant_id=order.variant_id,
        price_minor=order.price_minor,
        currency=order.currency,
        status=str(order.status),
        placed_at=order.created_on,
        confirmed_at=None,
        assigned_at=None,
        ticket_variant_id=order.ticket_variant or None,
        delivery=str(order.delivery),
        needs=order.needs,
        card_expires=order.card_expires,
        frozen=order.frozen,
    )
