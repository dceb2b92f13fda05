"""Stripe's objects in our words. Fields that other API versions lack are taken as empty."""

from datetime import UTC, datetime
from typing import Any

from harrystix.application.payment_ports import Dispute, Payment, Refund

Body = dict[str, Any]
CLOSED = {"won": "won", "lost": "lost", "warning_closed": "warning_closed", "prevented": "won"}


def plain(found: Any) -> Body:
    return found.to_dict()


def payment(found: Any) -> Payment:
    body = plain(found)
    ours: Body = body.get("metadata") or {}
    error: Body = body.get("last_payment_error") or {}
    charge: Any = body.get("latest_charge")
    attempt = str(ours.get("attempt") or "0")
    return Payment(
        payment_id=str(body["id"]),
        status=str(body["status"]),
        amount_minor=int(body.get("amount_received") or body["amount"]),
        currency=str(body["currency"]).upper(),
        created=_moment(body),
        order_id=str(ours.get("pre_order_id") or ""),
        attempt=int(attempt) if attempt.isdigit() else 0,
        code=str(error.get("code") or ""),
        decline_code=str(error.get("decline_code") or ""),
        advice_code=str(error.get("advice_code") or ""),
        payment_method_id=str(body.get("payment_method") or ""),
        paid_at=_moment(charge) if isinstance(charge, dict) else None,  # pyright: ignore[reportUnknownArgumentType]
    )


def refund(found: Any) -> Refund:
    body = plain(found)
    ours: Body = body.get("metadata") or {}
    return Refund(
        provider_refund_id=str(body["id"]),
        state=str(body.get("status") or "pending"),
        amount_minor=int(body["amount"]),
        payment_id=str(body.get("payment_intent") or ""),
        refund_id=str(ours.get("refund_id") or ""),
        code=str(body.get("failure_reason") or ""),
        created=_moment(body),
    )


def card_end(method: Body) -> int:
    """Year * 100 + month; 0 where it is no card."""
    card: Body = method.get("card") or {}
    return int(card.get("exp_year") or 0) * 100 + int(card.get("exp_month") or 0)


def dispute(found: Any) -> Dispute:
    body = plain(found)
    return Dispute(
        dispute_id=str(body["id"]),
        payment_id=str(body.get("payment_intent") or ""),
        state=CLOSED.get(str(body["status"]), "open"),
        reason=str(body.get("reason") or ""),
        amount_minor=int(body["amount"]),
    )


def _moment(body: Body) -> datetime:
    return datetime.fromtimestamp(int(body["created"]), UTC)
