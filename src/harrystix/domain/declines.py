"""What a declined payment means for us: the provider's codes in four classes, and what happens next."""

from enum import StrEnum


class Decline(StrEnum):
    SOFT = "soft"
    VAGUE = "vague"
    MEMBER = "member"
    HARD = "hard"


class Then(StrEnum):
    """retry: the next run tries again · authenticate, new_card: the member has to act · failed: it is over."""

    RETRY = "retry"
    AUTHENTICATE = "authenticate"
    NEW_CARD = "new_card"
    FAILED = "failed"


MAX_RETRIES = 3
VAGUE_RETRIES = 1

# Ours: the payment that was found for the attempt was another amount's, and has gone back. The next run tries anew.
RETURNED = "payment_returned"
SOFT = {
    RETURNED,
    "approve_with_id",
    "card_velocity_exceeded",
    "insufficient_funds",
    "issuer_not_available",
    "processing_error",
    "reenter_transaction",
    "try_again_later",
    "withdrawal_count_limit_exceeded",
}
AUTHENTICATE = {"authentication_required", "authentication_not_handled"}
# Ours, once the provider has said that the card was removed there: no bank has refused anything.
CARD_REMOVED = "card_removed"
NEW_CARD = {
    CARD_REMOVED,
    "card_not_supported",
    "currency_not_supported",
    "expired_card",
    "incorrect_address",
    "incorrect_cvc",
    "incorrect_number",
    "incorrect_pin",
    "incorrect_zip",
    "invalid_account",
    "invalid_amount",
    "invalid_cvc",
    "invalid_expiry_month",
    "invalid_expiry_year",
    "invalid_number",
    "invalid_pin",
    "new_account_information_available",
}
HARD = {
    "do_not_try_again",
    "fraudulent",
    "lost_card",
    "merchant_blacklist",
    "pickup_card",
    "restricted_card",
    "revocation_of_all_authorizations",
    "revocation_of_authorization",
    "security_violation",
    "stolen_card",
    "stop_payment_order",
}


def classify(code: str, decline_code: str) -> Decline:
    """By decline code, else by error code; what nobody knows is vague."""
    for word in (decline_code, code):
        if word in HARD:
            return Decline.HARD
        if word in AUTHENTICATE or word in NEW_CARD:
            return Decline.MEMBER
        if word in SOFT:
            return Decline.SOFT
    return Decline.VAGUE


def what_then(code: str, decline_code: str, advice_code: str, retries: int) -> Then:
    """`retries`: runs that tried again already. The card network's advice outweighs the class."""
    kind = classify(code, decline_code)
    if kind is Decline.HARD:
        return Then.FAILED
    if kind is Decline.MEMBER:
        return Then.AUTHENTICATE if {code, decline_code} & AUTHENTICATE else Then.NEW_CARD
    if advice_code in {"do_not_try_again", "confirm_card_data"}:
        return Then.NEW_CARD
    if kind is Decline.VAGUE and advice_code != "try_again_later" and retries >= VAGUE_RETRIES:
        return Then.NEW_CARD
    return Then.RETRY if retries < MAX_RETRIES else Then.FAILED
