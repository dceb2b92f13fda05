"""PreOrder: one member's paid reservation. No ticket without a succeeded payment, ever (I3)."""

from datetime import datetime
from uuid import UUID

from harrystix.domain import card_events as cards
from harrystix.domain import notice_events as notices
from harrystix.domain import payment_events as money
from harrystix.domain import pre_order_events as facts
from harrystix.domain.errors import IllegalTransition, NotPaid
from harrystix.domain.ids import pre_order_id
from harrystix.domain.payments import Payments
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticket_mails import HOLDS_TICKET
from harrystix.domain.values import By

__all__ = ["HOLDS_TICKET", "QUEUED", "PreOrder"]
QUEUED = {Status.CONFIRMED, Status.WAITING}


class PreOrder(Payments):
    TOPIC = "PreOrder"
    Event = facts.Event
    Placed = facts.Placed
    PaymentConfirmed = facts.PaymentConfirmed
    WaitingForStock = facts.WaitingForStock
    TicketAssigned = facts.TicketAssigned
    AssignmentRevoked = facts.AssignmentRevoked
    ResendRequested = facts.ResendRequested
    TicketEmailAccepted = facts.TicketEmailAccepted
    TicketEmailDelivered = facts.TicketEmailDelivered
    TicketEmailOpened = facts.TicketEmailOpened
    TicketEmailBounced = facts.TicketEmailBounced
    TicketEmailCancelled = facts.TicketEmailCancelled
    TicketEmailFailed = facts.TicketEmailFailed
    CredentialDisclosed = facts.CredentialDisclosed
    TicketUsed = facts.TicketUsed
    Erased = facts.Erased
    CardSaved = money.CardSaved
    CardRemoved = cards.CardRemoved
    CardUpdated = cards.CardUpdated
    Cancelled = money.Cancelled
    PlacedAgain = money.PlacedAgain
    CaptureRequested = money.CaptureRequested
    PaymentIntentLinked = money.PaymentIntentLinked
    CaptureDeclined = money.CaptureDeclined
    CaptureGivenUp = money.CaptureGivenUp
    PaymentsAbandoned = money.PaymentsAbandoned
    PaymentsEnded = money.PaymentsEnded
    StrayPaymentFound = money.StrayPaymentFound
    RefundRequested = money.RefundRequested
    RefundMoved = money.RefundMoved
    Frozen = money.Frozen
    CaseClosed = money.CaseClosed
    CardExpiring = notices.CardExpiring
    NoticeSent = notices.NoticeSent
    NoticeFailed = notices.NoticeFailed

    @classmethod
    def place(
        cls, by: By, *, event_id: str, member_id: str, variant_id: str, price_minor: int, currency: str
    ) -> "PreOrder":
        return cls._create(
            facts.Placed,
            id=pre_order_id(event_id, member_id),
            timestamp=by.at,
            event_id=event_id,
            member_id=member_id,
            variant_id=variant_id,
            price_minor=price_minor,
            currency=currency,
            actor=by.actor,
            command_id=by.command_id,
            cause_id=by.cause_id,
        )

    @staticmethod
    def create_id(event_id: str, member_id: str) -> UUID:
        return pre_order_id(event_id, member_id)

    def __init__(
        self, event_id: str, member_id: str, variant_id: str, price_minor: int, currency: str, actor: str
    ) -> None:
        self.placed_by = actor
        self.event_id = event_id
        self.member_id = member_id
        self.variant_id = variant_id
        self.price_minor = price_minor
        self.currency = currency
        self.status = Status.PLACED
        self.payment_id = ""
        # (version of the fact that says so, epoch ms); its position in the log is the place in the queue.
        self.confirmed: tuple[int, int] | None = None
        self.ticket_id = ""
        self.ticket_variant = ""
        self.upload_id = ""
        self.assignment_id = ""
        self.assignments_made: list[str] = []
        self.eligible_at: datetime | None = None
        self.no_mail_yet()
        self.disclosed = False
        self.no_money_yet()

    def wait_for_stock(self, by: By) -> None:
        if self.status is Status.CONFIRMED:
            self.record(by, facts.WaitingForStock)

    @property
    def unfit(self) -> str:
        """Why it may not have a ticket now; empty: it waits for one."""
        if not self.payment_id:
            return "not_paid"
        if self.frozen:
            return "frozen"
        return "" if self.status in QUEUED else str(self.status)

    def assign_ticket(
        self,
        by: By,
        *,
        ticket_id: str,
        assignment_id: str,
        variant_id: str,
        upload_id: str,
        rule: str,
        eligible_at: datetime,
    ) -> None:
        if self.assignment_id == assignment_id:
            return
        if not self.payment_id:
            raise NotPaid(f"Pre-order {self.id} is not paid: it cannot hold a ticket.", id=str(self.id))
        if self.unfit:
            raise IllegalTransition("Pre-order", self.id, self.unfit, "assigning a ticket")
        self.record(
            by,
            facts.TicketAssigned,
            event_id=self.event_id,
            member_id=self.member_id,
            ticket_id=ticket_id,
            assignment_id=assignment_id,
            variant_id=variant_id,
            upload_id=upload_id,
            rule=rule,
            eligible_at=eligible_at,
        )

    def revoke_assignment(self, by: By, *, assignment_id: str, reason: str) -> None:
        """The ticket is taken back; the pre-order waits again, at its original place."""
        if self.assignment_id != assignment_id:
            return
        if self.status not in HOLDS_TICKET:
            raise IllegalTransition("Pre-order", self.id, self.status, "revoking the assignment")
        self.record(
            by,
            facts.AssignmentRevoked,
            ticket_id=self.ticket_id,
            assignment_id=assignment_id,
            reason=reason,
            intent_id=self.due_intent,
        )

    def give_ticket_back(self, by: By) -> None:
        if self.status in HOLDS_TICKET:
            self.revoke_assignment(by, assignment_id=self.assignment_id, reason="refunded")

    def disclose_credential(self, by: By, *, role: str, purpose: str) -> None:
        """Recorded before the bytes leave (I16)."""
        if not self.payment_id or self.frozen or self.status not in HOLDS_TICKET | {Status.USED}:
            state = "on hold" if self.frozen else self.status
            raise IllegalTransition("Pre-order", self.id, state, "showing the ticket")
        self.record(
            by,
            facts.CredentialDisclosed,
            event_id=self.event_id,
            ticket_id=self.ticket_id,
            role=role,
            purpose=purpose,
        )

    def use_ticket(self, by: By) -> None:
        if self.status is Status.USED:
            return
        if self.status not in HOLDS_TICKET:
            raise IllegalTransition("Pre-order", self.id, self.status, "marking the ticket used")
        self.record(by, facts.TicketUsed, event_id=self.event_id, ticket_id=self.ticket_id)

    def erase(self, by: By) -> None:
        """For good. Raises IllegalTransition while a payment or a dispute is under way."""
        if self.status is Status.ERASED:
            return
        if self.attempt_open or self.disputed:
            state = "in dispute" if self.disputed else "being paid"
            raise IllegalTransition("Pre-order", self.id, state, "erasing")
        self.record(
            by,
            facts.Erased,
            event_id=self.event_id,
            variant_id=self.variant_id,
            ticket_id=self.ticket_id,
            assignment_ids=list(self.assignments_made),
            intent_ids=self.open_intents,
            before=str(self.status),
        )
        self.abandon_payments(by)
