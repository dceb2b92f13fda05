from pathlib import Path

from harrystix.application.dispatch import Dispatch
from harrystix.domain import payment_events as money
from harrystix.domain import pool_events as pool
from harrystix.domain import pre_order_events as order
from harrystix.domain.declines import Then
from harrystix.projections.base import ReadModel, Tables
from harrystix.projections.changes import Table

NOBODY = "00000000-0000-0000-0000-000000000000"


class Fold(Tables):
    def __init__(self) -> None:
        self.tickets = Table(
            "tickets",
            {
                "id": "uuid",
                "event_id": "uuid",
                "variant": "text",
                "status": "text",
                "assigned_user_id": "uuid",
                "assigned_at": "timestamptz",
                "created_at": "timestamptz",
                "upload_id": "uuid",
            },
            "id",
        )
        self.assignments = Table(
            "ticket_assignments",
            {
                "id": "uuid",
                "ticket_id": "uuid",
                "pre_order_id": "uuid",
                "status": "text",
                "created_at": "timestamptz",
                "position": "bigint",
                "event_id": "uuid",
                "member_id": "uuid",
                "variant": "text",
                "rule": "text",
                "upload_id": "uuid",
                "delivery_status": "text",
                "mailed_at": "timestamptz",
            },
            "id",
        )
        self.orders = Table(
            "pre_orders",
            {
                "id": "uuid",
                "event_id": "uuid",
                "member_id": "uuid",
                "variant": "text",
                "status": "text",
                "placed_at": "timestamptz",
                "confirmed_at": "timestamptz",
                "position": "bigint",
                "assignment_id": "uuid",
            },
            "id",
        )
        self.trouble = Table(
            "delivery_trouble",
            {"assignment_id": "uuid", "event_id": "uuid", "pre_order_id": "uuid"},
            "assignment_id",
        )


project: Dispatch[Fold, None] = Dispatch()
MODEL = ReadModel(
    "assignments",
    Path(__file__).parent,
    project,
    Fold,
    {"tickets": (), "ticket_assignments": (), "pre_orders": (), "delivery_trouble": ()},
    version=2,
)


@project.on(order.Placed)
def _placed(fold: Fold, position: int, fact: order.Placed) -> None:
    fold.orders.insert(
        str(fact.originator_id),
        event_id=fact.event_id,
        member_id=fact.member_id,
        variant=fact.variant_id,
        status="placed",
        placed_at=fact.timestamp,
        confirmed_at=None,
        position=position,
        assignment_id=None,
    )


@project.on(order.PaymentConfirmed)
def _confirmed(fold: Fold, _: int, fact: order.PaymentConfirmed) -> None:
    fold.orders.update(str(fact.originator_id), status="confirmed", confirmed_at=fact.timestamp)


@project.on(order.WaitingForStock)
def _waiting(fold: Fold, _: int, fact: order.WaitingForStock) -> None:
    fold.orders.update(str(fact.originator_id), status="waiting_for_stock")


@project.on(order.TicketAssigned)
def _assigned(fold: Fold, position: int, fact: order.TicketAssigned) -> None:
    order_id = str(fact.originator_id)
    fold.orders.update(order_id, status="assigned", assignment_id=fact.assignment_id)
    fold.tickets.update(
        fact.ticket_id, status="assigned", assigned_user_id=fact.member_id, assigned_at=fact.timestamp
    )
    fold.assignments.insert(
        fact.assignment_id,
        ticket_id=fact.ticket_id,
        pre_order_id=order_id,
        status="pending",
        created_at=fact.timestamp,
        position=position,
        event_id=fact.event_id,
        member_id=fact.member_id,
        variant=fact.variant_id,
        rule=fact.rule,
        upload_id=fact.upload_id,
        delivery_status="planned",
        mailed_at=None,
    )


@project.on(order.AssignmentRevoked)
def _revoked(fold: Fold, _: int, fact: order.AssignmentRevoked) -> None:
    fold.orders.update(str(fact.originator_id), status="waiting_for_stock", assignment_id=None)
    fold.assignments.update(fact.assignment_id, status="revoked")
    fold.trouble.delete(fact.assignment_id)


@project.on(order.ResendRequested)
def _resend(fold: Fold, _: int, fact: order.ResendRequested) -> None:
    fold.assignments.update(fact.assignment_id, delivery_status="planned")
    fold.trouble.delete(fact.assignment_id)


@project.on(order.TicketEmailAccepted)
def _mailed(fold: Fold, _: int, fact: order.TicketEmailAccepted) -> None:
    if not fact.overtaken:
        fold.orders.update(str(fact.originator_id), status="fulfilled")
    if fact.overtaken in {"", "used"}:
        fold.assignments.update(fact.assignment_id, status="sent")
    fold.assignments.update(fact.assignment_id, delivery_status="accepted", mailed_at=fact.timestamp)


@project.on(order.TicketEmailDelivered)
def _delivered(fold: Fold, _: int, fact: order.TicketEmailDelivered) -> None:
    fold.assignments.update(fact.assignment_id, delivery_status="delivered")


@project.on(order.TicketEmailBounced)
def _bounced(fold: Fold, _: int, fact: order.TicketEmailBounced) -> None:
    fold.assignments.update(fact.assignment_id, status="delivery_failed", delivery_status="bounced")
    fold.trouble.insert(fact.assignment_id, event_id=fact.event_id, pre_order_id=str(fact.originator_id))


@project.on(order.TicketEmailFailed)
def _failed(fold: Fold, _: int, fact: order.TicketEmailFailed) -> None:
    fold.assignments.update(fact.assignment_id, status="delivery_failed", delivery_status="failed")
    fold.trouble.insert(fact.assignment_id, event_id=fact.event_id, pre_order_id=str(fact.originator_id))


@project.on(order.TicketUsed)
def _order_used(fold: Fold, _: int, fact: order.TicketUsed) -> None:
    fold.orders.update(str(fact.originator_id), status="used")


@project.on(order.Erased)
def _erased(fold: Fold, _: int, fact: order.Erased) -> None:
    """What is left is that there was one: no ticket, no assignment, nobody."""
    fold.orders.update(str(fact.originator_id), status="erased", member_id=NOBODY, assignment_id=None)
    if fact.ticket_id:
        fold.tickets.delete(fact.ticket_id)
    for assignment in fact.assignment_ids:
        fold.assignments.delete(assignment)
        fold.trouble.delete(assignment)


@project.on(pool.TicketsAdded)
def _added(fold: Fold, _: int, fact: pool.TicketsAdded) -> None:
    for ticket, variant in zip(fact.ticket_ids, fact.variant_ids, strict=True):
        fold.tickets.insert(
            ticket,
            event_id=fact.event_id,
            variant=variant,
            status="unassigned",
            assigned_user_id=None,
            assigned_at=None,
            created_at=fact.timestamp,
            upload_id=fact.upload_id,
        )


@project.on(pool.TicketsMarkedUnmatched)
def _unmatched(fold: Fold, _: int, fact: pool.TicketsMarkedUnmatched) -> None:
    fold.tickets.update_many(fact.ticket_ids, status="unmatched")


@project.on(pool.AssignmentsRevoked)
def _tickets_free(fold: Fold, _: int, fact: pool.AssignmentsRevoked) -> None:
    free = [ticket for ticket in fact.ticket_ids if ticket not in fact.still_held]
    fold.tickets.update_many(free, status="unassigned", assigned_user_id=None, assigned_at=None)


@project.on(pool.TicketsVoided)
def _voided(fold: Fold, _: int, fact: pool.TicketsVoided) -> None:
    fold.tickets.update_many(fact.ticket_ids, status="void")


@project.on(pool.TicketUsed)
def _used(fold: Fold, _: int, fact: pool.TicketUsed) -> None:
    fold.tickets.update(fact.ticket_id, status="used")


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
    )


@project.on(money.CaptureGivenUp)
def _given_up(fold: Fold, _: int, fact: money.CaptureGivenUp) -> None:
    fold.orders.update(str(fact.originator_id), status="failed")


@project.on(money.RefundRequested)
def _refund(fold: Fold, _: int, fact: money.RefundRequested) -> None:
    if fact.full:
        fold.orders.update(str(fact.originator_id), status="refunded")


@project.on(money.CaptureRequested)
def _capturing(fold: Fold, _: int, fact: money.CaptureRequested) -> None:
    fold.orders.update(str(fact.originator_id), status="processing")


@project.on(money.CaptureDeclined)
def _declined(fold: Fold, _: int, fact: money.CaptureDeclined) -> None:
    if fact.then == Then.FAILED:
        fold.orders.update(str(fact.originator_id), status="failed")
