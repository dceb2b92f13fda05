"""Errors as Stripe words them: type, code, and where it is a card's fault, what the bank said."""

from typing import Any

from harrystix.adapters.sandbox.stripe.cards import Card


class Refused(Exception):
    """`status` and the `error` object of the answer."""

    def __init__(self, status: int, kind: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"type": kind, "message": message, **more}


def invalid(message: str, code: str = "", param: str = "", status: int = 400, **more: Any) -> Refused:
    extra = {key: value for key, value in {"code": code, "param": param}.items() if value}
    return Refused(status, "invalid_request_error", message, **extra, **more)


def missing(kind: str, object_id: str) -> Refused:
    return invalid(f"No such {kind}: '{object_id}'", "resource_missing", "id", 404)


def of_card(card: Card) -> dict[str, Any]:
    """The error that a charge on this card ends in."""
    error: dict[str, Any] = {
        "type": "card_error",
        "code": card.code,
        "message": "Your card was declined." if card.code == "card_declined" else f"Your card: {card.code}.",
        "doc_url": f"https://stripe.com/docs/error-codes/{card.code.replace('_', '-')}",
    }
    if card.decline_code or card.code in {"expired_card", "incorrect_cvc", "processing_error"}:
        error["decline_code"] = card.decline_code or card.code
    if card.advice_code:
        error["advice_code"] = card.advice_code
    return error


AUTHENTICATE: dict[str, Any] = {
    "type": "card_error",
    "code": "authentication_required",
    "decline_code": "authentication_required",
    "message": "Your card was declined. This transaction requires authentication.",
    "doc_url": "https://stripe.com/docs/error-codes/authentication-required",
}

NOT_AGREED: dict[str, Any] = {
    "type": "invalid_request_error",
    "code": "payment_intent_authentication_failure",
    "message": "The provided payment method has failed authentication.",
}
