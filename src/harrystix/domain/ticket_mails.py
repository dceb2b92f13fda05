"""The mails of a pre-order's ticket: which are asked for, which may leave, and what became of each (I6).

A mail that is leaving can't be called off: whatever happens to its reason meanwhile, what becomes of it is recorded.
"""

from abc import abstractmethod
from datetime import datetime

from harrystix.domain import pre_order_events as facts
from harrystix.domain.errors import IllegalTransition
from harrystix.domain.ids import intent_id
from harrystix.domain.notices import Notices
from harrystix.domain.pre_order_events import Delivery, Status
from harrystix.domain.values import By

HOLDS_TICKET = {Status.ASSIGNED, Status.FULFILLED}
NOTHING_LEAVES: frozenset[str] = frozenset()


class TicketMails(Notices):
    """A part of PreOrder; it has no stream of its own."""

    payment_id: str
    assignment_id: str
    upload_id: str
    eligible_at: datetime | None
    disclosed: bool

    @property
    @abstractmethod
    def frozen(self) -> bool:
        """Under a dispute or a fraud warning, or held by a person."""

    def no_mail_yet(self) -> None:
        """The state before anything happened; called once, when the pre-order is made."""
        self.mail_number = 0
        self.resend_command = ""
        self.delivery = Delivery.NONE
        self.opened_intent = ""
        # A mail with the present ticket was taken, and has not come back.
        self.mailed = False
        # Asked for, and without an outcome: intent -> [assignment, number, upload, when it could be sent at first].
        self.mails: dict[str, list[str | int]] = {}
        # Asked for and called off since, in the same words: one of them may have left all the same.
        self.called_off: dict[str, list[str | int]] = {}
        # Known to whoever decides, and no part of the state: mails of which nobody knows yet whether they have left,
        # and whether any mail with the present ticket may have left unseen.
        self.leaving = NOTHING_LEAVES
        self.in_doubt = False

    def await_mail(self) -> None:
        """The current mail has no outcome yet; part of evolving."""
        since = self.eligible_at.isoformat() if self.eligible_at else ""
        self.mails[self.current_intent] = [self.assignment_id, self.mail_number, self.upload_id, since]

    def stop_mail(self, intent: str) -> None:
        """It is called off; part of evolving."""
        if intent in self.mails:
            self.called_off[intent] = self.mails.pop(intent)

    @property
    def current_intent(self) -> str:
        """The dispatch intent that counts now; empty without an assignment."""
        return intent_id(self.assignment_id, self.mail_number) if self.assignment_id else ""

    @property
    def ticket_intents(self) -> list[str]:
        """Every mail that was ever asked for with the present ticket."""
        return [intent_id(self.assignment_id, number + 1) for number in range(self.mail_number)]

    @property
    def due_intent(self) -> str:
        """That can still be called off: asked for, and not leaving."""
        intent = self.current_intent
        waits = self.delivery is Delivery.PLANNED and intent in self.mails
        return intent if waits and intent not in self.leaving else ""

    @property
    def open_intents(self) -> list[str]:
        """Every mail without an outcome: of the ticket, and about money."""
        return [*self.mails, *self.notices]

    @property
    def served(self) -> bool:
        """The member has got the ticket, as far as anybody can know."""
        return self.status is Status.USED or (self.status in HOLDS_TICKET and (self.disclosed or self.mailed))

    @property
    def unseen(self) -> bool:
        """Nobody can know the ticket: it was not shown, and its first mail has not begun to leave."""
        first = self.delivery is Delivery.PLANNED and self.mail_number == 1
        unsent = first and not self.leaving and not self.in_doubt
        return self.status in HOLDS_TICKET and not self.disclosed and unsent

    def request_resend(self, by: By) -> None:
        """A new dispatch intent. One not begun to leave will do; one that is leaving may go to an old address."""
        if self.status not in HOLDS_TICKET or self.frozen:
            state = "on hold" if self.frozen else self.status
            raise IllegalTransition("Pre-order", self.id, state, "resending the mail")
        if self.current_intent in self.leaving and self.resend_command != by.command_id:
            raise IllegalTransition("Pre-order", self.id, "being mailed right now", "resending the mail")
        if self.delivery is not Delivery.PLANNED and self.resend_command != by.command_id:
            self._next_mail(by)

    def renew_mail(self, by: By) -> None:
        """The mail that a freeze held back is due again, as a new intent: the old one was called off."""
        called_off = self.delivery is Delivery.PLANNED and self.current_intent not in self.mails
        if self.status in HOLDS_TICKET and called_off and not self.frozen:
            self._next_mail(by)

    def may_send(self, intent: str) -> bool:
        """Checked again just before a mail goes out: paid, assigned, this very intent still due (I3, I6)."""
        if intent in self.notices:
            return self.may_notify(intent)
        current = intent == self.current_intent and intent in self.mails and self.delivery is Delivery.PLANNED
        return (
            bool(self.payment_id)
            and self.status in HOLDS_TICKET | {Status.USED}
            and current
            and not self.frozen
        )

    def record_mail_accepted(self, by: By, intent: str) -> None:
        """Also where its reason has ended meanwhile: it has left. Once a mail; of others quiet."""
        asked = self.mails.get(intent) or self.called_off.get(intent)
        if self.record_notice(by, intent) or asked is None:
            return
        current = intent == self.current_intent and (intent in self.mails or not self.frozen)
        since = str(asked[3])
        waited = by.at - (datetime.fromisoformat(since) if since else by.at)
        state = "frozen" if self.frozen else str(self.status)
        self.record(
            by,
            facts.TicketEmailAccepted,
            **self._mail(intent),
            number=int(asked[1]),
            after_ms=max(0, int(waited.total_seconds() * 1000)),
            overtaken="" if current and self.status in HOLDS_TICKET else state,
        )

    def record_mail_failed(self, by: By, intent: str, code: str) -> None:
        """`code`: the provider's error code or `gave_up`. Somebody has to look at it."""
        if not self.record_notice(by, intent, code) and intent in self.mails:
            number = int(self.mails[intent][1])
            self.record(by, facts.TicketEmailFailed, **self._mail(intent), number=number, code=code)

    def cancel_mail(self, by: By, intent: str) -> None:
        """It has not left and won't: what it was for has ended. A notice is superseded; of others quiet."""
        if not self.record_notice(by, intent, "superseded") and intent in self.mails:
            state = "frozen" if self.frozen else str(self.status)
            self.record(by, facts.TicketEmailCancelled, **self._mail(intent), state=state)

    def record_delivered(self, by: By, intent: str) -> None:
        if intent == self.current_intent and self.delivery is Delivery.ACCEPTED:
            self.record(by, facts.TicketEmailDelivered, **self._current_mail())

    def record_opened(self, by: By, intent: str) -> None:
        """Once a mail. Whoever has opened it has got it, also where the report of its delivery was lost."""
        if intent == self.current_intent and intent != self.opened_intent:
            self.record_delivered(by, intent)
            if self.delivery is Delivery.DELIVERED:
                self.record(by, facts.TicketEmailOpened, **self._current_mail())

    def record_bounced(self, by: By, intent: str, kind: str) -> None:
        """A bounce may follow a delivery report, never the other way round."""
        if intent == self.current_intent and self.delivery in {Delivery.ACCEPTED, Delivery.DELIVERED}:
            self.record(by, facts.TicketEmailBounced, **self._current_mail(), kind=kind)

    def _next_mail(self, by: By) -> None:
        self.record(
            by,
            facts.ResendRequested,
            event_id=self.event_id,
            assignment_id=self.assignment_id,
            number=self.mail_number + 1,
        )

    def _mail(self, intent: str) -> dict[str, str]:
        assignment, _, upload, _ = self.mails.get(intent) or self.called_off[intent]
        return {
            "event_id": self.event_id,
            "assignment_id": str(assignment),
            "upload_id": str(upload),
            "intent_id": intent,
        }

    def _current_mail(self) -> dict[str, str]:
        return {
            "event_id": self.event_id,
            "assignment_id": self.assignment_id,
            "upload_id": self.upload_id,
            "intent_id": self.current_intent,
        }
