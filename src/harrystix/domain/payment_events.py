"""What can happen to a pre-order's money, and how each fact evolves it. Provider ids only, never card data."""

from typing import TYPE_CHECKING, Any

from harrystix.domain.card_events import forget_card
from harrystix.domain.declines import CARD_REMOVED, Then
from harrystix.domain.notice_events import DECLINED, Notice, Notifying
from harrystix.domain.pre_order_events import Event, Status

if TYPE_CHECKING:
    from harrystix.domain.pre_order import PreOrder

SUCCEEDED = "succeeded"
DISPUTE = "dispute"
REQUIRES_ACTION = "requires_action"
LOST = {"failed", "canceled"}


class CardSaved(Event):
    """`expires`: year * 100 + month. The member may be charged later without being there.

    `entered_at`: epoch seconds by the provider's clock, 0 where it is not known. Version 1 did not say.
    """

    TOPIC = "PreOrder.CardSaved"
    class_version = 2
    setup_id: str
    customer_id: str
    payment_method_id: str
    expires: int
    event_id: str
    entered_at: int

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["entered_at"] = 0

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.setups.append(self.setup_id)
        aggregate.card_entered_at = max(aggregate.card_entered_at, self.entered_at)
        aggregate.setup_id, aggregate.customer_id = self.setup_id, self.customer_id
        aggregate.payment_method_id, aggregate.card_expires = self.payment_method_id, self.expires
        # Another card may be tried at once: the pause was for the old one.
        aggregate.needs, aggregate.attempted_at = "", None
        aggregate.expiry_warned = False


class Cancelled(Event):
    TOPIC = "PreOrder.Cancelled"
    event_id: str
    variant_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.status = Status.CANCELLED


class PlacedAgain(Event):
    """After a cancellation or a failed payment; what is asked now counts."""

    TOPIC = "PreOrder.PlacedAgain"
    event_id: str
    member_id: str
    variant_id: str
    before_variant_id: str
    price_minor: int
    currency: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.status = Status.PLACED
        aggregate.placed_by = self.actor
        aggregate.variant_id = self.variant_id
        aggregate.price_minor, aggregate.currency = self.price_minor, self.currency
        aggregate.needs, aggregate.retries, aggregate.attempt_open = "", 0, False
        aggregate.customer_id = aggregate.payment_method_id = aggregate.setup_id = ""
        aggregate.card_expires = 0
        aggregate.attempted_at = None
        # Cards that were entered for what was placed before are none for this; clocks may differ a little.
        aggregate.card_entered_at = int(self.timestamp.timestamp()) - 5


class CaptureRequested(Event):
    """Written before the provider hears of it. `attempt` counts over the whole life of the pre-order."""

    TOPIC = "PreOrder.CaptureRequested"
    attempt: int
    run_id: str
    event_id: str
    amount_minor: int
    currency: str
    customer_id: str
    payment_method_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.status = Status.PROCESSING
        aggregate.attempt, aggregate.attempt_open, aggregate.run_id = self.attempt, True, self.run_id
        aggregate.attempt_payment_id = ""
        aggregate.attempted_at = self.timestamp


class PaymentIntentLinked(Event):
    TOPIC = "PreOrder.PaymentIntentLinked"
    attempt: int
    payment_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.attempt_payment_id = self.payment_id
        aggregate.payment_ids.append(self.payment_id)
        aggregate.payable.append(self.payment_id)


class CaptureDeclined(Notifying):
    """`then`: retry, authenticate, new_card or failed. Codes are the provider's words."""

    TOPIC = "PreOrder.CaptureDeclined"
    attempt: int
    payment_id: str
    run_id: str
    event_id: str
    variant_id: str
    decline: str
    code: str
    decline_code: str
    advice_code: str
    then: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.attempt_open = False
        aggregate.needs = self.then if self.then in {Then.AUTHENTICATE, Then.NEW_CARD} else ""
        if self.then == Then.RETRY:
            aggregate.retries += 1
        if self.then == Then.FAILED:
            aggregate.status = Status.FAILED
        if self.code == CARD_REMOVED:
            forget_card(aggregate)
        self.ask(aggregate)

    @property
    def notice(self) -> str:
        if self.code == CARD_REMOVED:
            return Notice.CARD_REMOVED
        return DECLINED.get(Then(self.then), "") if self.then in set(Then) else ""


class CaptureGivenUp(Notifying):
    """Nobody acted in time, or the event has begun; also of an attempt under way, whose payment is ended there."""

    TOPIC = "PreOrder.CaptureGivenUp"
    event_id: str
    variant_id: str
    reason: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.status = Status.FAILED
        aggregate.attempt_open, aggregate.needs = False, ""
        self.ask(aggregate)

    @property
    def notice(self) -> str:
        return Notice.PAYMENT_FAILED


class PaymentsAbandoned(Event):
    """Nobody wants these any more, and somebody may still be able to pay them at the provider."""

    TOPIC = "PreOrder.PaymentsAbandoned"
    event_id: str
    payment_ids: list[str]

    def apply(self, aggregate: "PreOrder") -> None:
        pass


class PaymentsEnded(Event):
    """What was left of ended attempts can't be paid at the provider any more. `payment_ids`: those ended now."""

    TOPIC = "PreOrder.PaymentsEnded"
    event_id: str
    payment_ids: list[str]

    def apply(self, aggregate: "PreOrder") -> None:
        # That of the latest attempt is left where it is under way, or waits for its member at the bank.
        latest = aggregate.attempt_payment_id
        left = latest and aggregate.status is Status.PROCESSING and latest not in self.payment_ids
        aggregate.payable = [latest] if left else []


class StrayPaymentFound(Event):
    """Money that this pre-order does not want: a second payment, or one after it was cancelled."""

    TOPIC = "PreOrder.StrayPaymentFound"
    payment_id: str
    amount_minor: int
    currency: str
    event_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.strays[self.payment_id] = self.amount_minor


class RefundRequested(Event):
    """Written before the provider hears of it. `origin`: support, rule, bulk, stray, erasure; or after it was
    done elsewhere: provider, or dispute where the bank took the money.

    `full`: nothing is left of the price; the pre-order gives up its ticket or its place.
    """

    TOPIC = "PreOrder.RefundRequested"
    refund_id: str
    payment_id: str
    amount_minor: int
    currency: str
    origin: str
    reason: str
    full: bool
    event_id: str
    variant_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.refunds[self.refund_id] = [self.payment_id, self.amount_minor, "requested", ""]
        if self.full:
            aggregate.status = Status.REFUNDED


class RefundMoved(Notifying):
    """The provider's word on a refund: pending, requires_action, succeeded, failed or canceled."""

    TOPIC = "PreOrder.RefundMoved"
    refund_id: str
    provider_refund_id: str
    payment_id: str
    amount_minor: int
    currency: str
    state: str
    code: str
    event_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        known = aggregate.refunds[self.refund_id]
        known[2], known[3] = self.state, self.provider_refund_id or known[3]
        self.ask(aggregate)

    @property
    def notice(self) -> str:
        return Notice.REFUNDED if self.state == SUCCEEDED else ""


class Frozen(Event):
    """A dispute or an early fraud warning: no ticket, no mail, until it is over.

    `case_id`: the provider's. `intent_id`: the mail that was still due and won't be sent, or empty.
    """

    TOPIC = "PreOrder.Frozen"
    case_id: str
    kind: str
    reason: str
    event_id: str
    intent_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.cases[self.case_id] = "open"
        if self.kind == DISPUTE:
            aggregate.disputes.append(self.case_id)
        aggregate.stop_mail(self.intent_id)


class CaseClosed(Event):
    """`outcome`: won, lost, warning_closed or dismissed (by support). `thawed`: no other case is open.

    `reason`: of the person who dismissed it; the provider gives none.
    """

    TOPIC = "PreOrder.CaseClosed"
    class_version = 2
    case_id: str
    outcome: str
    thawed: bool
    event_id: str
    reason: str

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["reason"] = ""

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.cases[self.case_id] = self.outcome
