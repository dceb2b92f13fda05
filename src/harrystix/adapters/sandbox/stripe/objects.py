"""New objects in the shape of Stripe's API description; amounts in minor units, times in epoch seconds."""

import time
from typing import Any

from harrystix.adapters.sandbox.stripe.cards import Card

Body = dict[str, Any]
EVIDENCE = """
access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal
customer_communication customer_email_address customer_name customer_purchase_ip customer_signature
duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt
refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation
shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number
uncategorized_file uncategorized_text
"""
NOBODY: Body = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}


def now() -> int:
    return int(time.time())


def _base(object_id: str, kind: str) -> Body:
    return {"id": object_id, "object": kind, "created": now(), "livemode": False}


def customer(object_id: str, given: Body) -> Body:
    return {
        **_base(object_id, "customer"),
        "address": None,
        "balance": 0,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": given.get("description"),
        "email": given.get("email"),
        "invoice_prefix": object_id[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "metadata": given.get("metadata") or {},
        "name": given.get("name"),
        "phone": given.get("phone"),
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def payment_method(object_id: str, card: Card, given: Body, month: int = 12, year: int = 0) -> Body:
    return {
        **_base(object_id, "payment_method"),
        "allow_redisplay": "unspecified",
        "billing_details": {**NOBODY, **(given.get("billing_details") or {})},
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "GB",
            "display_brand": card.brand,
            "exp_month": month,
            "exp_year": year or time.gmtime().tm_year + 3,
            "fingerprint": f"fp{card.number[-10:]}",
            "funding": "credit",
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "customer": None,
        "metadata": given.get("metadata") or {},
        "type": "card",
    }


def bank_account(object_id: str, account: Card, given: Body) -> Body:
    """A SEPA direct debit: the payment takes days."""
    return {
        **_base(object_id, "payment_method"),
        "billing_details": {**NOBODY, **(given.get("billing_details") or {})},
        "customer": None,
        "metadata": given.get("metadata") or {},
        "sepa_debit": {
            "bank_code": "19043",
            "branch_code": None,
            "country": "AT",
            "fingerprint": f"fp{account.last4}",
            "generated_from": None,
            "last4": account.last4,
        },
        "type": "sepa_debit",
    }


def setup_intent(object_id: str, given: Body) -> Body:
    return {
        **_base(object_id, "setup_intent"),
        "application": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": f"{object_id}_secret_sandbox",
        "customer": given.get("customer"),
        "description": given.get("description"),
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "mandate": None,
        "metadata": given.get("metadata") or {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": given.get("payment_method"),
        "payment_method_options": {},
        "payment_method_types": given.get("payment_method_types") or ["card"],
        "single_use_mandate": None,
        "status": "requires_confirmation" if given.get("payment_method") else "requires_payment_method",
        "usage": given.get("usage") or "off_session",
    }


def payment_intent(object_id: str, given: Body) -> Body:
    return {
        **_base(object_id, "payment_intent"),
        "amount": int(given["amount"]),
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": given.get("capture_method") or "automatic",
        "client_secret": f"{object_id}_secret_sandbox",
        "confirmation_method": given.get("confirmation_method") or "automatic",
        "currency": str(given["currency"]).lower(),
        "customer": given.get("customer"),
        "description": given.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": given.get("metadata") or {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": given.get("payment_method"),
        "payment_method_options": {},
        "payment_method_types": given.get("payment_method_types") or ["card"],
        "processing": None,
        "receipt_email": None,
        "setup_future_usage": given.get("setup_future_usage"),
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_confirmation" if given.get("payment_method") else "requires_payment_method",
        "transfer_group": None,
    }


def charge(object_id: str, intent: Body, method: Body, *, error: Body | None, captured: bool) -> Body:
    good = error is None
    return {
        **_base(object_id, "charge"),
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if good and captured else 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "HARRYS TIX",
        "captured": good and captured,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": error and error["code"],
        "failure_message": error and error["message"],
        "fraud_details": {},
        "metadata": intent["metadata"],
        "outcome": {
            "advice_code": error and error.get("advice_code"),
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network" if good else "declined_by_network",
            "reason": error and (error.get("decline_code") or error["code"]),
            "risk_level": "normal",
            "seller_message": "Payment complete." if good else "The bank declined the payment.",
            "type": "authorized" if good else "issuer_declined",
        },
        "paid": good,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": _details(method),
        "receipt_email": None,
        "receipt_number": None,
        "refunded": False,
        "status": "succeeded" if good else "failed",
    }


def _details(method: Body) -> Body:
    if method["type"] != "card":
        return {"sepa_debit": method["sepa_debit"] | {"mandate": None}, "type": "sepa_debit"}
    kept = ("brand", "country", "exp_month", "exp_year", "funding", "last4")
    return {"card": {name: method["card"][name] for name in kept}, "type": "card"}


def refund(object_id: str, paid: Body, amount: int, given: Body, status: str) -> Body:
    return {
        "id": object_id,
        "object": "refund",
        "created": now(),
        "amount": amount,
        "balance_transaction": None,
        "charge": paid["id"],
        "currency": paid["currency"],
        "metadata": given.get("metadata") or {},
        "payment_intent": paid["payment_intent"],
        "reason": given.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def dispute(object_id: str, paid: Body, reason: str, status: str) -> Body:
    evidence: Body = dict.fromkeys(EVIDENCE.split())
    return {
        **_base(object_id, "dispute"),
        "amount": paid["amount"],
        "balance_transactions": [],
        "charge": paid["id"],
        "currency": paid["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**evidence, "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now() + 7 * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": status.startswith("warning"),
        "metadata": {},
        "payment_intent": paid["payment_intent"],
        "reason": reason,
        "status": status,
    }


def session(object_id: str, setup_id: str, url: str, given: Body) -> Body:
    return {
        **_base(object_id, "checkout.session"),
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": given.get("cancel_url"),
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": given.get("customer"),
        "expires_at": now() + 86400,
        "metadata": given.get("metadata") or {},
        "mode": "setup",
        "payment_intent": None,
        "payment_method_types": given.get("payment_method_types") or ["card"],
        "payment_status": "no_payment_required",
        "setup_intent": setup_id,
        "shipping_options": [],
        "status": "open",
        "success_url": given.get("success_url"),
        "url": url,
    }


def event(
    object_id: str, kind: str, thing: Body, api_version: str, key: str | None, before: Body | None = None
) -> Body:
    """`before`: what the changed fields said until now."""
    return {
        **_base(object_id, "event"),
        "api_version": api_version,
        "data": {"object": thing, **({"previous_attributes": before} if before else {})},
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": key},
        "type": kind,
    }
