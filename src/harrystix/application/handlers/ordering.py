"""What a member does: order, save a card, confirm at the bank, cancel. Price and window are the event's."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.handlers.cards import follow_card
from harrystix.application.payment_ports import Refused, SavedCard, SetUp
from harrystix.domain.errors import AlreadyTaken, IllegalTransition, NotFound, NotOnSale
from harrystix.domain.ids import pre_order_id
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.schedule import Schedule
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import By

AGAIN = {Status.CANCELLED, Status.FAILED}


def place(
    context: Context, by: By, schedule: Schedule, *, event_id: str, member_id: str, variant_id: str = ""
) -> tuple[PreOrder, bool]:
    """(the pre-order, whether this made it). The same wish again is the same pre-order.

    Raises NotFound, UnknownVariant, NotOnSale; AlreadyTaken where another one of this member lives.
    """
    order_id = pre_order_id(event_id, member_id)

    def work() -> tuple[PreOrder, bool]:
        event = context.store.get(TicketedEvent, event_id)
        event.variant_name(variant_id)
        order = context.store.get_many(PreOrder, [str(order_id)]).get(str(order_id))
        if order is not None and order.status not in AGAIN:
            if order.status is Status.PLACED and order.variant_id == variant_id:
                return order, False
            raise AlreadyTaken("You have a pre-order for this event already.", id=str(order_id))
        _on_sale(event, schedule, by.at)
        price, currency = event.price_minor, event.currency
        if order is None:
            order = PreOrder.place(
                by,
                event_id=event_id,
                member_id=member_id,
                variant_id=variant_id,
                price_minor=price,
                currency=currency,
            )
        else:
            order.place_again(by, variant_id=variant_id, price_minor=price, currency=currency)
        context.store.commit(order)
        return order, True

    return context.store.run(by, lambda: [order_id], work) or (context.store.get(PreOrder, order_id), False)


def _on_sale(event: TicketedEvent, schedule: Schedule, now: datetime) -> None:
    if event.sales_open_at and now < event.sales_open_at:
        raise NotOnSale(f"{event.name} is not on sale yet.", opens_at=event.sales_open_at.isoformat())
    if event.all_refunded:
        raise NotOnSale(f"Everybody gets the money for {event.name} back: it is no longer on sale.")
    if not event.on_sale(now):
        raise NotOnSale(f"{event.name} is no longer on sale.")
    if schedule.next(now) >= event.starts_at:
        raise NotOnSale(f"{event.name} begins before the next payment day: it is no longer on sale.")


def start_card(context: Context, by: By, order: PreOrder, back: str, away: str) -> SetUp:
    """The provider's page where the member enters a card; no card data touches us. Raises IllegalTransition."""
    if order.status not in {Status.PLACED, Status.PROCESSING} or order.attempt_open:
        raise IllegalTransition("Pre-order", order.id, order.status, "saving a card")
    customer = context.customers.find(order.member_id) or _customer(context, order.member_id)
    try:
        return context.payments.start_set_up(by.command_id, customer, str(order.id), back, away)
    except Refused:
        if not context.payments.customer_deleted(customer):
            raise
    another = _customer(context, order.member_id, instead_of=customer)
    return context.payments.start_set_up(by.command_id, another, str(order.id), back, away)


def _customer(context: Context, member_id: str, instead_of: str = "") -> str:
    """One for this member at the provider; `instead_of`: another, as that was deleted there. Raises NotFound."""
    made = context.payments.new_customer(member_id, instead_of)
    kept = (
        context.customers.replace(member_id, instead_of, made)
        if instead_of
        else context.customers.keep(member_id, made)
    )
    if kept is None:
        # Erased while the provider thought: nothing of it stays there either.
        context.payments.forget_customer(made)
        raise NotFound("There is no such member any more.")
    return kept


def save_card(context: Context, by: By, order_id: str, card: SavedCard) -> None:
    """What the provider says was saved. Who was asked for another card is not kept waiting until next week."""

    def act(order: PreOrder) -> None:
        if order.status not in {Status.PLACED, Status.PROCESSING}:
            # Paid, cancelled or over by the time that the news comes: there is nothing to charge a card for.
            return
        asked = bool(order.needs)
        order.save_card(
            by,
            setup_id=card.setup_id,
            customer_id=card.customer_id,
            payment_method_id=card.payment_method_id,
            expires=card.expires,
            entered_at=int(card.entered_at.timestamp()) if card.entered_at else 0,
        )
        if asked and not order.needs and context.store.get(TicketedEvent, order.event_id).sales_end > by.at:
            order.request_capture(by, f"card/{card.setup_id}")

    _change(context, by, order_id, act)


def authenticate(context: Context, by: By, order: PreOrder, back: str) -> str:
    """The bank's page for the payment that it wants to be confirmed; empty where it was content at once.

    Raises IllegalTransition where nothing is to be confirmed, NotOnSale once the night has begun; Refused, Later and
    Unknown of the provider.
    """
    if order.needs != "authenticate":
        raise IllegalTransition("Pre-order", order.id, order.status, "confirming a payment")
    event = context.store.get(TicketedEvent, order.event_id)
    if event.starts_at <= by.at or event.all_refunded:
        raise NotOnSale(f"{event.name} can't be paid for any more.")
    try:
        return context.payments.authenticate(
            by.command_id, order.attempt_payment_id, order.payment_method_id, back
        )
    except Refused:
        # Where the card is gone the page asks for another one, instead of sending the member there for ever.
        follow_card(context, by, str(order.id), order.customer_id)
        raise


def cancel(context: Context, by: By, order_id: str) -> None:
    """Before the capture only. Raises NotFound, IllegalTransition."""
    _change(context, by, order_id, lambda order: order.cancel(by))


def own(context: Context, member_id: str, order_id: str) -> PreOrder:
    """Raises NotFound, also for somebody else's."""
    order = context.store.get(PreOrder, order_id)
    if order.member_id != member_id:
        raise NotFound(f"There is no PreOrder {order_id}.", id=order_id)
    return order


def _change(context: Context, by: By, order_id: str, act: Callable[[PreOrder], None]) -> None:
    def work() -> None:
        order = context.store.get(PreOrder, order_id)
        act(order)
        context.store.commit(order)

    context.store.run(by, lambda: [UUID(order_id)], work)
