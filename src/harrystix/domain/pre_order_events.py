"""What can happen to a pre-order, and how each fact evolves it. Fields may be added with an upcast."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from eventsourcing.domain import Aggregate

from harrystix.domain.base import Fact
from harrystix.domain.ids import intent_id

if TYPE_CHECKING:
    from harrystix.domain.pre_order import PreOrder


class Status(StrEnum):
    PLACED = "placed"
    PROCESSING = "processing"
    CONFIRMED = "confirmed"
    WAITING = "waiting_for_stock"
    ASSIGNED = "assigned"
    FULFILLED = "fulfilled"
    USED = "used"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    ERASED = "erased"


class Delivery(StrEnum):
    """Of the newest mail of the live assignment; moves forward only."""

    NONE = ""
    PLANNED = "planned"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"


class Event(Fact):
    TOPIC = "PreOrder.Event"


class Placed(Event, Aggregate.Created):
    TOPIC = "PreOrder.Placed"
    event_id: str
    member_id: str
    variant_id: str
    price_minor: int
    currency: str


class PaymentConfirmed(Event):
    TOPIC = "PreOrder.PaymentConfirmed"
    payment_id: str
    amount_minor: int
    currency: str
    event_id: str
    variant_id: str
    paid_at: datetime

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.payment_id = self.payment_id
        aggregate.payable = [payment for payment in aggregate.payable if payment != self.payment_id]
        aggregate.attempt_open, aggregate.needs = False, ""
        aggregate.status = Status.CONFIRMED
        aggregate.confirmed = (self.originator_version, int(self.timestamp.timestamp() * 1000))


class WaitingForStock(Event):
    TOPIC = "PreOrder.WaitingForStock"

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.status = Status.WAITING


class TicketAssigned(Event):
    """`eligible_at`: when both money and ticket were there; the two-minute promise counts from it."""

    TOPIC = "PreOrder.TicketAssigned"
    event_id: str
    member_id: str
    ticket_id: str
    assignment_id: str
    variant_id: str
    upload_id: str
    rule: str
    eligible_at: datetime

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.status = Status.ASSIGNED
        aggregate.ticket_id = self.ticket_id
        aggregate.ticket_variant = self.variant_id
        aggregate.assignment_id = self.assignment_id
        aggregate.upload_id = self.upload_id
        aggregate.eligible_at = self.eligible_at
        aggregate.mail_number = 1
        aggregate.delivery = Delivery.PLANNED
        aggregate.disclosed = aggregate.mailed = False
        aggregate.assignments_made.append(self.assignment_id)
        aggregate.await_mail()


class AssignmentRevoked(Event):
    """`intent_id`: the mail that was still due and won't be sent, or empty. Version 1 did not say."""

    TOPIC = "PreOrder.AssignmentRevoked"
    class_version = 2
    ticket_id: str
    assignment_id: str
    reason: str
    intent_id: str

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        # Then a ticket could be taken back before its first mail only.
        state["intent_id"] = intent_id(state["assignment_id"], 1)

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.status = Status.WAITING
        aggregate.ticket_id = aggregate.assignment_id = aggregate.ticket_variant = ""
        aggregate.mail_number = 0
        aggregate.delivery = Delivery.NONE
        aggregate.stop_mail(self.intent_id)


class ResendRequested(Event):
    TOPIC = "PreOrder.ResendRequested"
    event_id: str
    assignment_id: str
    number: int

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.mail_number = self.number
        aggregate.resend_command = self.command_id
        aggregate.delivery = Delivery.PLANNED
        aggregate.await_mail()


class TicketEmailAccepted(Event):
    """`overtaken`: the pre-order's state where the mail had left already when its reason ended; else empty.

    Version 1 did not know that: such a mail was not recorded.
    """

    TOPIC = "PreOrder.TicketEmailAccepted"
    class_version = 2
    event_id: str
    assignment_id: str
    upload_id: str
    intent_id: str
    number: int
    after_ms: int
    overtaken: str

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["overtaken"] = ""

    def apply(self, aggregate: "PreOrder") -> None:
        if self.assignment_id == aggregate.assignment_id:
            # Whichever mail with this ticket it is: the member has got it.
            aggregate.mailed = True
        if self.intent_id == aggregate.current_intent:
            aggregate.delivery = Delivery.ACCEPTED
            if aggregate.status is Status.ASSIGNED:
                aggregate.status = Status.FULFILLED
        aggregate.mails.pop(self.intent_id, None)
        aggregate.called_off.pop(self.intent_id, None)


class TicketEmailDelivered(Event):
    TOPIC = "PreOrder.TicketEmailDelivered"
    event_id: str
    assignment_id: str
    upload_id: str
    intent_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.delivery = Delivery.DELIVERED


class TicketEmailOpened(Event):
    """For the first time, by the member or by a program that reads ahead for them: nobody can tell which."""

    TOPIC = "PreOrder.TicketEmailOpened"
    event_id: str
    assignment_id: str
    upload_id: str
    intent_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.opened_intent = self.intent_id


class TicketEmailBounced(Event):
    TOPIC = "PreOrder.TicketEmailBounced"
    event_id: str
    assignment_id: str
    upload_id: str
    intent_id: str
    kind: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.delivery, aggregate.mailed = Delivery.BOUNCED, False


class TicketEmailCancelled(Event):
    """It will not be sent: what it was for has ended. `state`: of the pre-order then."""

    TOPIC = "PreOrder.TicketEmailCancelled"
    event_id: str
    assignment_id: str
    upload_id: str
    intent_id: str
    state: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.stop_mail(self.intent_id)


class TicketEmailFailed(Event):
    TOPIC = "PreOrder.TicketEmailFailed"
    event_id: str
    assignment_id: str
    upload_id: str
    intent_id: str
    number: int
    code: str

    def apply(self, aggregate: "PreOrder") -> None:
        if self.intent_id == aggregate.current_intent:
            aggregate.delivery = Delivery.FAILED
        aggregate.stop_mail(self.intent_id)


class CredentialDisclosed(Event):
    TOPIC = "PreOrder.CredentialDisclosed"
    event_id: str
    ticket_id: str
    role: str
    purpose: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.disclosed = True


class TicketUsed(Event):
    TOPIC = "PreOrder.TicketUsed"
    event_id: str
    ticket_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.status = Status.USED


class Erased(Event):
    """Nobody knows any more whose it was. `ticket_id`: held until now, or empty; `assignment_ids`: all there were.

    `intent_ids`: mails that were still due and won't be sent. Version 1 knew the ticket's only.
    """

    TOPIC = "PreOrder.Erased"
    class_version = 2
    event_id: str
    variant_id: str
    ticket_id: str
    assignment_ids: list[str]
    intent_ids: list[str]
    before: str

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        last = state.pop("intent_id")
        state["intent_ids"] = [last] if last else []

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.status = Status.ERASED
        aggregate.notices.clear()
        for intent in list(aggregate.mails):
            aggregate.stop_mail(intent)
        aggregate.ticket_id = aggregate.assignment_id = aggregate.ticket_variant = ""
        aggregate.mail_number = 0
        aggregate.delivery = Delivery.NONE
