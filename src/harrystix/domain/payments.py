"""The money of a pre-order until it is paid: card and capture. One payment at most succeeds and stays (I7)."""

from datetime import datetime, timedelta

from harrystix.domain import card_events as cards
from harrystix.domain import payment_events as facts
from harrystix.domain import pre_order_events as life
from harrystix.domain.declines import Then, classify, what_then
from harrystix.domain.errors import IllegalTransition, PaymentMismatch
from harrystix.domain.pre_order_events import Status
from harrystix.domain.refunds import Refunds
from harrystix.domain.values import By

# A run on demand an hour after Tuesday's would only make the banks angry.
PAUSE = timedelta(hours=20)
UNPAID = {Status.PLACED, Status.PROCESSING, Status.FAILED}


class Payments(Refunds):
    """The half of PreOrder that deals with money; it has no stream of its own."""

    member_id: str

    def no_money_yet(self) -> None:
        """The state before anything happened; called once, when the pre-order is made."""
        self.setup_id = self.customer_id = self.payment_method_id = ""
        self.card_expires = 0
        # Set-ups whose card was taken over, and when the newest of them was entered (epoch seconds).
        self.setups: list[str] = []
        self.card_entered_at = 0
        self.needs = ""
        self.attempt = 0
        self.attempt_open = False
        self.attempt_payment_id = ""
        self.run_id = ""
        self.attempted_at: datetime | None = None
        self.retries = 0
        self.payment_ids: list[str] = []
        # Those of them that nobody has ended yet.
        self.payable: list[str] = []
        self.nothing_given_back()
        self.no_notices_yet()

    def save_card(
        self,
        by: By,
        *,
        setup_id: str,
        customer_id: str,
        payment_method_id: str,
        expires: int,
        entered_at: int = 0,
    ) -> None:
        """The card that was entered last counts, whatever the order of the news. Raises IllegalTransition."""
        if setup_id in self.setups or 0 < entered_at < self.card_entered_at:
            return
        if self.status not in {Status.PLACED, Status.PROCESSING} or self.attempt_open:
            raise IllegalTransition("Pre-order", self.id, self.status, "saving a card")
        self.record(
            by,
            facts.CardSaved,
            setup_id=setup_id,
            customer_id=customer_id,
            payment_method_id=payment_method_id,
            expires=expires,
            event_id=self.event_id,
            entered_at=entered_at,
        )

    def remove_card(self, by: By, payment_method_id: str) -> None:
        """That card is gone at the provider. Quiet for another one; an attempt under way finds out by itself."""
        mine = bool(payment_method_id) and payment_method_id == self.payment_method_id
        if mine and self.status in {Status.PLACED, Status.PROCESSING} and not self.attempt_open:
            self.record(
                by,
                cards.CardRemoved,
                payment_method_id=payment_method_id,
                needs=Then.NEW_CARD.value if self.status is Status.PROCESSING else "",
                event_id=self.event_id,
            )

    def update_card(self, by: By, payment_method_id: str, expires: int) -> None:
        """That card ends at another time now. Quiet for another one, and where that is known."""
        mine = bool(payment_method_id) and payment_method_id == self.payment_method_id
        if mine and expires != self.card_expires and self.status in {Status.PLACED, Status.PROCESSING}:
            self.record(
                by,
                cards.CardUpdated,
                payment_method_id=payment_method_id,
                expires=expires,
                event_id=self.event_id,
            )

    def cancel(self, by: By) -> None:
        """By the member, before anybody has tried to take the money."""
        if self.status is Status.CANCELLED:
            return
        if self.status is not Status.PLACED:
            raise IllegalTransition("Pre-order", self.id, self.status, "cancelling")
        self.record(by, facts.Cancelled, event_id=self.event_id, variant_id=self.variant_id)

    def place_again(self, by: By, *, variant_id: str, price_minor: int, currency: str) -> None:
        if self.status not in {Status.CANCELLED, Status.FAILED}:
            raise IllegalTransition("Pre-order", self.id, self.status, "placing it again")
        self.record(
            by,
            facts.PlacedAgain,
            event_id=self.event_id,
            member_id=self.member_id,
            variant_id=variant_id,
            before_variant_id=self.variant_id,
            price_minor=price_minor,
            currency=currency,
        )

    def wants_capture(self, run_id: str, at: datetime) -> bool:
        """Whether this run is to try it: a card is there, nothing is on its way, and it was not tried lately."""
        if self.status not in {Status.PLACED, Status.PROCESSING} or self.attempt_open or self.needs:
            return False
        lately = self.attempted_at is not None and at - self.attempted_at < PAUSE
        return bool(self.payment_method_id) and self.run_id != run_id and not lately

    def request_capture(self, by: By, run_id: str) -> None:
        """Quiet where this run is not to try it."""
        if self.wants_capture(run_id, by.at):
            self.record(
                by,
                facts.CaptureRequested,
                attempt=self.attempt + 1,
                run_id=run_id,
                event_id=self.event_id,
                amount_minor=self.price_minor,
                currency=self.currency,
                customer_id=self.customer_id,
                payment_method_id=self.payment_method_id,
            )

    def link_payment(self, by: By, attempt: int, payment_id: str) -> None:
        """The one payment intent of this attempt: only a linked one is ever confirmed."""
        if not self.attempt_open or attempt != self.attempt or self.attempt_payment_id == payment_id:
            return
        if self.attempt_payment_id:
            raise IllegalTransition("Pre-order", self.id, self.status, "linking a second payment")
        self.record(by, facts.PaymentIntentLinked, attempt=attempt, payment_id=payment_id)

    def decline(
        self,
        by: By,
        payment_id: str,
        *,
        code: str,
        decline_code: str = "",
        advice_code: str = "",
        attempt: int = 0,
    ) -> None:
        """The attempt with that payment has failed. Of another payment or attempt, or too late, it means nothing."""
        mine = payment_id == self.attempt_payment_id and attempt in {0, self.attempt}
        if not self.attempt_open or not mine:
            return
        then = what_then(code, decline_code, advice_code, self.retries)
        self.record(
            by,
            facts.CaptureDeclined,
            attempt=self.attempt,
            payment_id=payment_id,
            run_id=self.run_id,
            event_id=self.event_id,
            variant_id=self.variant_id,
            decline=str(classify(code, decline_code)),
            code=code,
            decline_code=decline_code,
            advice_code=advice_code,
            then=str(then),
        )

    def give_up(self, by: By, reason: str, *, attempt: int = 0) -> None:
        """No attempt is on its way and none will come. `attempt`: that is, but its payment was ended."""
        over = not self.attempt_open or attempt == self.attempt
        if self.status in {Status.PLACED, Status.PROCESSING} and over:
            self.record(
                by,
                facts.CaptureGivenUp,
                event_id=self.event_id,
                variant_id=self.variant_id,
                reason=reason,
            )

    def abandon_payments(self, by: By) -> None:
        """Whoever is at the bank's page with one of them can't pay it any more, once it is ended there."""
        left = [payment for payment in self.payable if payment != self.payment_id]
        if left:
            self.record(by, facts.PaymentsAbandoned, event_id=self.event_id, payment_ids=left)

    def end_payments(self, by: By, payment_ids: list[str]) -> None:
        """What was left of ended attempts was ended at the provider too."""
        self.record(by, facts.PaymentsEnded, event_id=self.event_id, payment_ids=payment_ids)

    def confirm_payment(
        self,
        by: By,
        *,
        payment_id: str,
        amount_minor: int,
        currency: str,
        paid_at: datetime,
        late: bool = False,
    ) -> None:
        """The provider says that the money is there. Repetitions stay quiet; another amount is refused.

        Money beats every word of failure. Money that is not wanted, or was paid too late, is recorded, so that
        somebody gives it back.
        """
        if payment_id == self.payment_id or payment_id in self.strays:
            return
        if self.payment_id or self.status not in UNPAID or late:
            self.record(
                by,
                facts.StrayPaymentFound,
                payment_id=payment_id,
                amount_minor=amount_minor,
                currency=currency,
                event_id=self.event_id,
            )
            return
        if (amount_minor, currency) != (self.price_minor, self.currency):
            raise PaymentMismatch(
                f"Pre-order {self.id} costs {self.price_minor} {self.currency}, "
                f"but the payment is {amount_minor} {currency}.",
                id=str(self.id),
            )
        self.record(
            by,
            life.PaymentConfirmed,
            payment_id=payment_id,
            amount_minor=amount_minor,
            currency=currency,
            event_id=self.event_id,
            variant_id=self.variant_id,
            paid_at=paid_at,
        )
        self.abandon_payments(by)
