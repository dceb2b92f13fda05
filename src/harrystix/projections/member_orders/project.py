from pathlib import Path

from harrystix.application.dispatch import Dispatch
from harrystix.domain import pre_order_events as order
from harrystix.projections.base import ReadModel, Tables
from harrystix.projections.changes import Table


class Fold(Tables):
    def __init__(self) -> None:
        self.orders = Table(
            "member_orders",
            {
                "id": "uuid",
                "member_id": "uuid",
                "event_id": "uuid",
                "variant": "text",
                "price_minor": "bigint",
                "currency": "text",
                "status": "text",
                "placed_at": "timestamptz",
                "confirmed_at": "timestamptz",
                "assigned_at": "timestamptz",
                "ticket_variant": "text",
                "delivery": "text",
            },
            "id",
        )


project: Dispatch[Fold, None] = Dispatch()
MODEL = ReadModel("member_orders", Path(__file__).parent, project, Fold, {"member_orders": ()})


@project.on(order.Placed)
def _placed(fold: Fold, _: int, fact: order.Placed) -> None:
    fold.orders.insert(
        str(fact.originator_id),
        member_id=fact.member_id,
        event_id=fact.event_id,
        variant=fact.variant_id,
        price_minor=fact.price_minor,
        currency=fact.currency,
        status="placed",
        placed_at=fact.timestamp,
        confirmed_at=None,
        assigned_at=None,
        ticket_variant=None,
        delivery="",
    )


@project.on(order.PaymentConfirmed)
def _confirmed(fold: Fold, _: int, fact: order.PaymentConfirmed) -> None:
    fold.orders.update(str(fact.originator_id), status="confirmed", confirmed_at=fact.timestamp)


@project.on(order.WaitingForStock)
def _waiting(fold: Fold, _: int, fact: order.WaitingForStock) -> None:
    fold.orders.update(str(fact.originator_id), status="waiting_for_stock")


@project.on(order.TicketAssigned)
def _assigned(fold: Fold, _: int, fact: order.TicketAssigned) -> None:
    fold.orders.update(
        str(fact.originator_id),
        status="assigned",
        assigned_at=fact.timestamp,
        ticket_variant=fact.variant_id,
        delivery="planned",
    )


@project.on(order.AssignmentRevoked)
def _revoked(fold: Fold, _: int, fact: order.AssignmentRevoked) -> None:
    fold.orders.update(
        str(fact.originator_id),
        status="waiting_for_stock",
        assigned_at=None,
        ticket_variant=None,
        delivery="",
    )


@project.on(order.TicketEmailAccepted)
def _mailed(fold: Fold, _: int, fact: order.TicketEmailAccepted) -> None:
    fold.orders.update(str(fact.originator_id), status="fulfilled", delivery="accepted")


@project.on(order.TicketEmailDelivered)
def _delivered(fold: Fold, _: int, fact: order.TicketEmailDelivered) -> None:
    fold.orders.update(str(fact.originator_id), delivery="delivered")


@project.on(order.TicketEmailBounced)
def _bounced(fold: Fold, _: int, fact: order.TicketEmailBounced) -> None:
    fold.orders.update(str(fact.originator_id), delivery="bounced")


@project.on(order.TicketEmailFailed)
def _failed(fold: Fold, _: int, fact: order.TicketEmailFailed) -> None:
    fold.orders.update(str(fact.originator_id), delivery="failed")


@project.on(order.TicketUsed)
def _used(fold: Fold, _: int, fact: order.TicketUsed) -> None:
    fold.orders.update(str(fact.originator_id), status="used")
