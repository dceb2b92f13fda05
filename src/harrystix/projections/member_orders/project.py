from pathlib import Path

from harrystix.application.dispatch import Dispatch
from harrystix.domain import card_events as cards
from harrystix.domain import payment_events as money
from harrystix.domain import pre_order_events as order
from harrystix.domain.declines import CARD_REMOVED, Then
from harrystix.projections.base import ReadModel, Tables
from harrystix.projections.changes import Table


class Fold(Tables):
    def __init__(self) -> None:
        self.orders = Table(
            "member_orders",
            {
                "id": "uuid",
                "position": "bigint",
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
                "needs": "text",
                "card_expires": "int",
                "last_code": "text",
                "queued_at": "bigint",
                "frozen": "boolean",
            },
            "id",
        )


project: Dispatch[Fold, None] = Dispatch()
MODEL = ReadModel("member_orders", Path(__file__).parent, project, Fold, {"member_orders": ()})


@project.on(order.Placed)
def _placed(fold: Fold, position: int, fact: order.Placed) -> None:
    fold.orders.insert(
        str(fact.originator_id),
        position=position,
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
        needs="",
        card_expires=0,
        last_code="",
        queued_at=None,
        frozen=False,
    )


@project.on(order.PaymentConfirmed)
def _confirmed(fold: Fold, position: int, fact: order.PaymentConfirmed) -> None:
    fold.orders.update(
        str(fact.originator_id),
        status="confirmed",
        confirmed_at=fact.timestamp,
        queued_at=position,
        needs="",
    )


@project.on(money.Frozen)
def _frozen(fold: Fold, _: int, fact: money.Frozen) -> None:
    fold.orders.update(str(fact.originator_id), frozen=True)


@project.on(money.CaseClosed)
def _closed(fold: Fold, _: int, fact: money.CaseClosed) -> None:
    if fact.thawed:
        fold.orders.update(str(fact.originator_id), frozen=False)


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
    if not fact.overtaken:
        fold.orders.update(str(fact.originator_id), status="fulfilled")
    if fact.overtaken in {"", "used"}:
        fold.orders.update(str(fact.originator_id), delivery="accepted")


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


@project.on(money.Cancelled)
def _cancelled(fold: Fold, _: int, fact: money.Cancelled) -> None:
    fold.orders.update(str(fact.originator_id), status="cancelled")


@project.on(money.PlacedAgain)
def _again(fold: Fold, position: int, fact: money.PlacedAgain) -> None:
    fold.orders.update(
        str(fact.originator_id),
        position=position,
        variant=fact.variant_id,
        status="placed",
        placed_at=fact.timestamp,
        price_minor=fact.price_minor,
        currency=fact.currency,
        needs="",
        card_expires=0,
        last_code="",
    )


@project.on(money.CaptureGivenUp)
def _given_up(fold: Fold, _: int, fact: money.CaptureGivenUp) -> None:
    fold.orders.update(str(fact.originator_id), status="failed", needs="")


@project.on(money.RefundRequested)
def _refund(fold: Fold, _: int, fact: money.RefundRequested) -> None:
    if fact.full:
        fold.orders.update(str(fact.originator_id), status="refunded")


@project.on(money.CaptureRequested)
def _capturing(fold: Fold, _: int, fact: money.CaptureRequested) -> None:
    fold.orders.update(str(fact.originator_id), status="processing")


@project.on(money.CaptureDeclined)
def _declined(fold: Fold, _: int, fact: money.CaptureDeclined) -> None:
    failed = fact.then == Then.FAILED
    needs = fact.then if fact.then in {Then.AUTHENTICATE, Then.NEW_CARD} else ""
    if fact.code == CARD_REMOVED:
        fold.orders.update(str(fact.originator_id), card_expires=0)
    fold.orders.update(
        str(fact.originator_id),
        status="failed" if failed else "processing",
        needs=needs,
        last_code=fact.decline_code or fact.code,
    )


@project.on(money.CardSaved)
def _card(fold: Fold, _: int, fact: money.CardSaved) -> None:
    fold.orders.update(str(fact.originator_id), card_expires=fact.expires, needs="")


@project.on(cards.CardRemoved)
def _card_removed(fold: Fold, _: int, fact: cards.CardRemoved) -> None:
    fold.orders.update(str(fact.originator_id), card_expires=0, needs=fact.needs)


@project.on(cards.CardUpdated)
def _card_updated(fold: Fold, _: int, fact: cards.CardUpdated) -> None:
    fold.orders.update(str(fact.originator_id), card_expires=fact.expires)


@project.on(order.Erased)
def _erased(fold: Fold, _: int, fact: order.Erased) -> None:
    fold.orders.delete(str(fact.originator_id))
