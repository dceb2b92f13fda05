"""The money of a pre-order once it is paid: refunds, strays, disputes. Never more goes back than came (I7)."""

from abc import abstractmethod
from enum import StrEnum

from harrystix.domain import payment_events as facts
from harrystix.domain.errors import (
    IllegalTransition,
    InvalidValue,
    NeedsSecond,
    NotFound,
    OverRefund,
)
from harrystix.domain.ids import named
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticket_mails import TicketMails
from harrystix.domain.values import By, reason_given

ON_ITS_WAY = 1
RANK = {
    "requested": 0,
    "pending": ON_ITS_WAY,
    facts.REQUIRES_ACTION: ON_ITS_WAY,
    facts.SUCCEEDED: 2,
    "failed": 3,
    "canceled": 3,
}
OPEN, HOLD = "open", "hold-"
# Who waits for a ticket, or has one that was not used.
HELD_STATES = {Status.CONFIRMED, Status.WAITING, Status.ASSIGNED, Status.FULFILLED}


class MoneyBack(StrEnum):
    """How far the price of a pre-order that was refunded in full has come on its way back."""

    UNDER_WAY = "under_way"
    GIVEN_BACK = "given_back"
    NEEDS_MEMBER = "needs_member"
    FAILED = "failed"

    @classmethod
    def of(cls, price: int, given_back: int, under_way: int, asks: bool) -> "MoneyBack":
        """`given_back`: for sure; `under_way`: asked for and not failed; `asks`: the provider waits for the payer."""
        if given_back >= price:
            return cls.GIVEN_BACK
        if given_back + under_way < price:
            return cls.FAILED
        return cls.NEEDS_MEMBER if asks else cls.UNDER_WAY


class Refunds(TicketMails):
    """A part of PreOrder; it has no stream of its own."""

    event_id: str
    variant_id: str
    price_minor: int
    currency: str
    status: Status
    payment_id: str

    def nothing_given_back(self) -> None:
        """The state before anything happened; called once, when the pre-order is made."""
        self.strays: dict[str, int] = {}
        # our id -> [payment, amount, state, provider's id]
        self.refunds: dict[str, list[str | int]] = {}
        self.cases: dict[str, str] = {}
        # Those of them that are disputes: a warning takes no money, and asks for it to be given back in time.
        self.disputes: list[str] = []

    @abstractmethod
    def give_ticket_back(self, by: By) -> None:
        """Quiet where none is held."""

    @property
    def frozen(self) -> bool:
        """Under a dispute or a fraud warning, or held by a person."""
        return OPEN in self.cases.values()

    @property
    def disputed(self) -> bool:
        """The bank holds the money and decides on it: no decision of ours ends that."""
        return any(self.cases.get(case) == OPEN for case in self.disputes)

    def refunded_minor(self, payment_id: str) -> int:
        """What was given back of that payment, or is on its way back."""
        kept = (r for r in self.refunds.values() if r[0] == payment_id and r[2] not in facts.LOST)
        return sum(int(refund[1]) for refund in kept)

    def given_back_minor(self, payment_id: str) -> int:
        """What has gone back of that payment for sure."""
        gone = (r for r in self.refunds.values() if r[0] == payment_id and r[2] == facts.SUCCEEDED)
        return sum(int(refund[1]) for refund in gone)

    @property
    def money_back(self) -> MoneyBack:
        """Of the payment that counts; says something of a pre-order that was refunded in full only."""
        given = self.given_back_minor(self.payment_id)
        mine = (refund for refund in self.refunds.values() if refund[0] == self.payment_id)
        asks = any(refund[2] == facts.REQUIRES_ACTION for refund in mine)
        return MoneyBack.of(self.price_minor, given, self.refunded_minor(self.payment_id) - given, asks)

    def request_refund(
        self,
        by: By,
        *,
        amount_minor: int,
        origin: str,
        reason: str,
        payment_id: str = "",
        alone: int | None = None,
    ) -> str:
        """Our id of the refund; the same command asks once. `alone`: what one person may give back of it in all.

        Raises OverRefund, InvalidValue, NotFound, NeedsSecond.
        """
        payment = payment_id or self.payment_id
        captured = self.strays.get(payment, self.price_minor if payment == self.payment_id else 0)
        if not payment or not captured:
            raise NotFound(f"Pre-order {self.id} has no such payment.", id=str(self.id))
        refund_id = named(f"refund/{self.id}/{by.command_id}")
        if refund_id in self.refunds:
            return refund_id
        if self.disputed and payment == self.payment_id:
            # The bank holds the money, and decides on it: asking for a refund would cost the place and bring nothing.
            raise IllegalTransition("Pre-order", self.id, "in dispute", "refunding it")
        self._guard_refund(amount_minor, captured - self.refunded_minor(payment), reason)
        if alone is not None and self.refunded_minor(payment) + amount_minor > alone:
            raise NeedsSecond("This is more than one person may give back alone.", amount=amount_minor)
        self._refund(by, refund_id, payment, amount_minor, captured, origin, reason)
        return refund_id

    def give_back(self, by: By) -> None:
        """By the member who waits and no longer wants to: the place is gone, all of the money goes back. Again is well.

        Raises IllegalTransition for who does not wait: a ticket that somebody knows is nothing to give back.
        """
        if self.status is Status.REFUNDED:
            return
        if self.status not in {Status.CONFIRMED, Status.WAITING} or self.frozen:
            raise IllegalTransition(
                "Pre-order", self.id, "under a case" if self.frozen else self.status, "giving it back"
            )
        left = self.price_minor - self.refunded_minor(self.payment_id)
        self.request_refund(by, amount_minor=left, origin="member", reason="given back by the member")

    def take_over_refund(
        self,
        by: By,
        *,
        payment_id: str,
        provider_refund_id: str,
        amount_minor: int,
        state: str,
        origin: str = "provider",
    ) -> None:
        """A refund made at the provider, or money that a lost dispute took: it has happened, so it is not refused.

        Raises NotFound while the payment itself is not known: the news of it is still on its way.
        """
        if provider_refund_id in {refund[3] for refund in self.refunds.values()}:
            return
        captured = self.strays.get(payment_id, self.price_minor if payment_id == self.payment_id else 0)
        if not payment_id or not captured:
            raise NotFound(f"Pre-order {self.id} does not know that payment yet.", id=str(self.id))
        refund_id = named(f"refund/{self.id}/{provider_refund_id}")
        self._refund(by, refund_id, payment_id, amount_minor, captured, origin, f"made by the {origin}")
        self.move_refund(by, refund_id, provider_refund_id=provider_refund_id, state=state)

    def move_refund(
        self, by: By, refund_id: str, *, provider_refund_id: str, state: str, code: str = ""
    ) -> None:
        """By rank: what comes late or again changes nothing; on its way it may stop and go on. Raises NotFound."""
        known = self.refunds.get(refund_id)
        if known is None:
            raise NotFound(f"Pre-order {self.id} has no refund {refund_id}.", id=str(self.id))
        before, after = RANK.get(str(known[2]), 1), RANK.get(state, 1)
        if after > before or (after == before == ON_ITS_WAY and state != known[2]):
            self.record(
                by,
                facts.RefundMoved,
                refund_id=refund_id,
                provider_refund_id=provider_refund_id,
                payment_id=str(known[0]),
                amount_minor=int(known[1]),
                currency=self.currency,
                state=state,
                code=code,
                event_id=self.event_id,
            )

    def freeze(self, by: By, *, case_id: str, kind: str, reason: str) -> None:
        """Once a case, however often the provider says so."""
        if case_id not in self.cases:
            self.record(
                by,
                facts.Frozen,
                case_id=case_id,
                kind=kind,
                reason=reason,
                event_id=self.event_id,
                intent_id=self.due_intent,
            )

    def hold(self, by: By, *, case_id: str, reason: str) -> None:
        """By a person: out of the queue, or its ticket unmailed and unseen, until it is released.

        Raises IllegalTransition, InvalidValue.
        """
        # Of this pre-order alone: a case has one.
        own = f"{HOLD}{self.id}-{case_id}"
        if self.cases.get(own) == OPEN:
            return
        if self.held or self.status not in HELD_STATES:
            raise IllegalTransition(
                "Pre-order", self.id, "on hold" if self.held else self.status, "holding it"
            )
        self.freeze(by, case_id=own, kind="hold", reason=reason_given(reason))

    def release_hold(self, by: By, *, reason: str) -> None:
        """Back at its place, or mailed at last. Raises IllegalTransition, InvalidValue."""
        if not self.held:
            raise IllegalTransition("Pre-order", self.id, "not on hold", "releasing it")
        for case_id in self.held:
            self.close_case(by, case_id=case_id, outcome="dismissed", reason=reason_given(reason))

    @property
    def held(self) -> list[str]:
        """Holds by people that are open."""
        return [case for case, state in self.cases.items() if state == OPEN and case.startswith(HOLD)]

    def close_case(self, by: By, *, case_id: str, outcome: str, reason: str = "") -> None:
        """`outcome`: won, lost, warning_closed or dismissed."""
        if self.cases.get(case_id) == OPEN:
            reason = reason_given(reason) if reason else ""
            thawed = [case for case, state in self.cases.items() if state == OPEN] == [case_id]
            self.record(
                by,
                facts.CaseClosed,
                case_id=case_id,
                outcome=outcome,
                thawed=thawed,
                event_id=self.event_id,
                reason=reason,
            )

    def _guard_refund(self, amount_minor: int, left: int, reason: str) -> None:
        reason_given(reason)
        if left and amount_minor < 1:
            raise InvalidValue("The amount must be at least 1 minor unit.", field="amount")
        if amount_minor > left or not left:
            raise OverRefund(
                f"Of this payment {left} {self.currency} (minor units) can still be given back.",
                id=str(self.id),
                left=left,
            )

    def _refund(
        self, by: By, refund_id: str, payment: str, amount: int, captured: int, origin: str, reason: str
    ) -> None:
        whole = payment == self.payment_id and self.refunded_minor(payment) + amount >= captured
        # What was erased stays erased, wherever its money goes.
        full = whole and self.status is not Status.ERASED
        if full:
            self.give_ticket_back(by)
        self.record(
            by,
            facts.RefundRequested,
            refund_id=refund_id,
            payment_id=payment,
            amount_minor=amount,
            currency=self.currency,
            origin=origin,
            reason=reason.strip(),
            full=full,
            event_id=self.event_id,
            variant_id=self.variant_id,
        )
