"""Test cards: number and aliases, and what each of them does. Source: docs.stripe.com/testing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """`code`/`decline_code`: what a charge answers · `attaches`: may be saved to a customer at all.

    `asks`: never, once (when saved), always · `then`: what happens to a charge that went well.
    """

    number: str
    alias: str
    brand: str = "visa"
    code: str = ""
    decline_code: str = ""
    advice_code: str = ""
    attaches: bool = True
    asks: str = "never"
    then: str = ""

    @property
    def last4(self) -> str:
        return self.number[-4:]


def _declined(number: str, alias: str, decline_code: str, advice_code: str = "") -> Card:
    return Card(number, alias, "visa", "card_declined", decline_code, advice_code, attaches=False)


CARDS = (
    Card("4242424242424242", "visa"),
    Card("4000056655665556", "visa_debit"),
    Card("5555555555554444", "mastercard", "mastercard"),
    Card("378282246310005", "amex", "amex"),
    Card("4000008260000000", "gb"),
    _declined("4000000000000002", "visa_chargeDeclined", "generic_decline", "try_again_later"),
    _declined(
        "4000000000009995", "visa_chargeDeclinedInsufficientFunds", "insufficient_funds", "try_again_later"
    ),
    _declined("4000000000009987", "visa_chargeDeclinedLostCard", "lost_card", "do_not_try_again"),
    _declined("4000000000009979", "visa_chargeDeclinedStolenCard", "stolen_card", "do_not_try_again"),
    _declined("4000000000006975", "visa_chargeDeclinedVelocityLimitExceeded", "card_velocity_exceeded"),
    _declined("4100000000000019", "chargeDeclinedFraudulent", "fraudulent"),
    Card("4000000000000069", "chargeDeclinedExpiredCard", code="expired_card", attaches=False),
    Card("4000000000000127", "chargeDeclinedIncorrectCvc", code="incorrect_cvc", attaches=False),
    Card("4000000000000119", "chargeDeclinedProcessingError", code="processing_error", attaches=False),
    Card("4000000000000341", "chargeCustomerFail", code="card_declined", decline_code="generic_decline"),
    Card("4000002500003155", "authenticationRequiredOnSetup", asks="once"),
    Card("4000002760003184", "authenticationRequired", asks="always"),
    Card(
        "4000008260003178",
        "authenticationRequiredChargeDeclinedInsufficientFunds",
        code="card_declined",
        decline_code="insufficient_funds",
        asks="once",
    ),
    Card("4000003800000446", "authenticationRequiredSetupForOffSession", asks="once"),
    Card("4000000000000259", "createDispute", then="dispute"),
    Card("4000000000002685", "createDisputeProductNotReceived", then="dispute_not_received"),
    Card("4000000000001976", "createDisputeInquiry", then="inquiry"),
    Card("4000000000005423", "createIssuerFraudRecord", then="fraud_warning"),
    Card("4000000000007726", "pendingRefund", then="refund_pending"),
    Card("4000000000005126", "refundFail", then="refund_fails"),
    Card("4000000000000077", "bypassPending"),
)
# No card, but what the official scripts use to see a payment that takes days.
SEPA = Card("AT321904300235473204", "sepa_debit", "sepa_debit", then="processing")
BY_NUMBER = {card.number: card for card in (*CARDS, SEPA)}
BY_ALIAS = {card.alias: card for card in CARDS}


def by_reference(reference: str) -> Card | None:
    """`pm_card_visa`, `pm_card_chargeDeclined` or `tok_visa`; None for anything else."""
    for prefix in ("pm_card_", "tok_"):
        if reference.startswith(prefix):
            name = reference.removeprefix(prefix)
            return BY_ALIAS.get(name) or BY_ALIAS.get(f"visa_{name}")
    return None
