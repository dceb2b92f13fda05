from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.refunds import MoneyBack
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
    money_back: MoneyBack | None = None

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
    back = _money_back(read, [(str(row[0]), row[3]) for row in rows if row[5] == "refunded"])
    return [MemberOrder(str(row[0]), str(row[1]), *row[2:], money_back=back.get(str(row[0]))) for row in rows]


def _money_back(read: Reader, refunded: Sequence[tuple[str, int]]) -> dict[str, MoneyBack]:
    """By pre-order; who is not known to the books yet is missing. `refunded`: (pre-order, price)."""
    if not refunded:
        return {}
    # A refund that nothing has been heard of yet counts as under way, as in the log.
    rows = read.all(
        "SELECT p.order_id::text, sum(r.amount_minor) FILTER (WHERE r.state = 'succeeded'), "
        "sum(r.amount_minor) FILTER (WHERE r.state IN ('requested', 'pending', 'requires_action')), "
        "bool_or(r.state = 'requires_action') FROM reporting.payments p "
        "JOIN reporting.refunds r ON r.payment_id = p.id WHERE p.order_id = ANY(%b::uuid[]) "
        "AND p.state <> 'stray' GROUP BY 1",
        ([order_id for order_id, _ in refunded],),
    )
    price = dict(refunded)
    return {
        row[0]: MoneyBack.of(price[row[0]], int(row[1] or 0), int(row[2] or 0), bool(row[3])) for row in rows
    }


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
        money_back=order.money_back if order.status is Status.REFUNDED else None,
    )
