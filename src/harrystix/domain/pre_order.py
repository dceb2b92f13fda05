"""PreOrder: one member's paid reservation. No ticket without a succeeded payment, ever (I3)."""

from datetime import datetime
from uuid import UUID

from harrystix.domain import notice_events as notices
from harrystix.domain import payment_events as money
from harrystix.domain import pre_order_events as facts
from harrystix.domain.errors import IllegalTransition, NotPaid
from harrystix.domain.ids import intent_id, pre_order_id
from harrystix.domain.payments import Payments
from harrystix.domain.pre_order_events import Delivery, Status
from harrystix.domain.values import By

QUEUED = {Status.CONFIRMED, Status.WAITING}
HOLDS_TICKET = {Status.ASSIGNED, Status.FULFILLED}


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
    TicketEmailFailed = facts.TicketEmailFailed
    CredentialDisclosed = facts.CredentialDisclosed
    TicketUsed = facts.TicketUsed
    Erased = facts.Erased
    CardSaved = money.CardSaved
    Cancelled = money.Cancelled
    PlacedAgain = money.PlacedAgain
    CaptureRequested = money.CaptureRequested
    PaymentIntentLinked = money.PaymentIntentLinked
    CaptureDeclined = money.CaptureDeclined
    CaptureGivenUp = money.CaptureGivenUp
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
        self.mail_number = 0
        self.resend_command = ""
        self.delivery = Delivery.NONE
        self.opened_intent = ""
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

    def request_resend(self, by: By) -> None:
        """A new dispatch intent. While one is still on its way, another is not made."""
        if self.status not in HOLDS_TICKET or self.frozen:
            raise IllegalTransition("Pre-order", self.id, self.status, "resending the mail")
        if self.delivery is not Delivery.PLANNED and self.resend_command != by.command_id:
            self._next_mail(by)

    @property
    def current_intent(self) -> str:
        """The dispatch intent that counts now; empty without an assignment."""
        return intent_id(self.assignment_id, self.mail_number) if self.assignment_id else ""

    @property
    def due_intent(self) -> str:
        return self.current_intent if self.delivery is Delivery.PLANNED else ""

    @property
    def open_intents(self) -> list[str]:
        """Every mail that is still to go out: of the ticket, and about money."""
        return [intent for intent in (self.due_intent, *self.notices) if intent]

    def renew_mail(self, by: By) -> None:
        """The mail that a freeze held back is due again, as a new intent: the old one was called off."""
        if self.status in HOLDS_TICKET and self.delivery is Delivery.PLANNED and not self.frozen:
            self._next_mail(by)

    def may_send(self, intent: str) -> bool:
        """Checked again just before a mail goes out: paid, assigned, this very intent still due (I3, I6)."""
        if intent in self.notices:
            return self.may_notify(intent)
        holds = self.status in HOLDS_TICKET | {Status.USED}
        return bool(self.payment_id) and holds and not self.frozen and self._awaits(intent)

    def record_mail_accepted(self, by: By, intent: str) -> None:
        if self.record_notice(by, intent) or not self._awaits(intent):
            return
        waited = by.at - (self.eligible_at or by.at)
        self.record(
            by,
            facts.TicketEmailAccepted,
            **self._mail(intent),
            number=self.mail_number,
            after_ms=max(0, int(waited.total_seconds() * 1000)),
        )

    def record_mail_failed(self, by: By, intent: str, code: str) -> None:
        """`code`: the provider's error code or `gave_up`. Somebody has to look at it."""
        if not self.record_notice(by, intent, code) and self._awaits(intent):
            self.record(by, facts.TicketEmailFailed, **self._mail(intent), number=self.mail_number, code=code)

    def record_delivered(self, by: By, intent: str) -> None:
        if intent == self.current_intent and self.delivery is Delivery.ACCEPTED:
            self.record(by, facts.TicketEmailDelivered, **self._mail(intent))

    def record_opened(self, by: By, intent: str) -> None:
        """Once a mail. Whoever has opened it has got it, also where the report of its delivery was lost."""
        if intent == self.current_intent and intent != self.opened_intent:
            self.record_delivered(by, intent)
            if self.delivery is Delivery.DELIVERED:
                self.record(by, facts.TicketEmailOpened, **self._mail(intent))

    def record_bounced(self, by: By, intent: str, kind: str) -> None:
        """A bounce may follow a delivery report, never the other way round."""
        if intent == self.current_intent and self.delivery in {Delivery.ACCEPTED, Delivery.DELIVERED}:
            self.record(by, facts.TicketEmailBounced, **self._mail(intent), kind=kind)

    def disclose_credential(self, by: By, *, role: str, purpose: str) -> None:
        """Recorded before the bytes leave (I16)."""
        if not self.payment_id or self.frozen or self.status not in HOLDS_TICKET | {Status.USED}:
            raise IllegalTransition("Pre-order", self.id, self.status, "showing the ticket")
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

    def _next_mail(self, by: By) -> None:
        self.record(
            by,
            facts.ResendRequested,
            event_id=self.event_id,
            assignment_id=self.assignment_id,
            number=self.mail_number + 1,
        )

    def _awaits(self, intent: str) -> bool:
        return self.delivery is Delivery.PLANNED and intent == self.current_intent

    def _mail(self, intent: str) -> dict[str, str]:
        return {
            "event_id": self.event_id,
            "assignment_id": self.assignment_id,
            "upload_id": self.upload_id,
            "intent_id": intent,
        }
