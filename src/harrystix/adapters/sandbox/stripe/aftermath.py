"""Refunds, disputes and set-ups: what follows a payment, and what comes before one."""

from typing import Any

from harrystix.adapters.sandbox.stripe import objects
from harrystix.adapters.sandbox.stripe.cards import CARDS
from harrystix.adapters.sandbox.stripe.errors import Refused, invalid, of_card
from harrystix.adapters.sandbox.stripe.machine import Machine

Body = dict[str, Any]


def refund(machine: Machine, given: Body) -> Body:
    """Never more than was captured, never on a dispute. Raises Refused."""
    charge = _charge_of(machine, given)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = int(given.get("amount") or left)
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} has been charged back.", "charge_disputed")
    if left <= 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
    if not 0 < amount <= left:
        raise invalid("Refund amount is greater than the unrefunded amount on charge.", param="amount")
    then = machine.card(machine.need("payment_method", charge["payment_method"])).then
    status = "pending" if then == "refund_pending" else "succeeded"
    made = machine.store.put(objects.refund(machine.store.new_id("re"), charge, amount, given, status))
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    machine.store.put(charge)
    machine.emit("charge.refunded", charge)
    machine.emit("refund.created", made)
    if then == "refund_fails":
        settle_refund(machine, made["id"], "failed")
    return machine.need("refund", made["id"])


def update_refund(machine: Machine, made: Body, given: Body) -> Body:
    made["metadata"] = {**made["metadata"], **(given.get("metadata") or {})}
    machine.store.put(made)
    machine.emit("refund.updated", made)
    machine.emit("charge.refund.updated", made)
    return made


def settle_refund(machine: Machine, refund_id: str, status: str) -> None:
    """What the bank says in the end: succeeded or failed."""
    made = machine.need("refund", refund_id)
    made["status"] = status
    if status == "failed":
        made["failure_reason"] = "expired_or_canceled_card"
        charge = machine.need("charge", made["charge"])
        charge["amount_refunded"] -= made["amount"]
        charge["refunded"] = False
        machine.store.put(charge)
    machine.store.put(made)
    machine.emit("refund.failed" if status == "failed" else "refund.updated", made)
    machine.emit("charge.refund.updated", made)


def answer_dispute(machine: Machine, dispute: Body, given: Body) -> Body:
    """Evidence of `winning_evidence` or `losing_evidence` closes it at once, as in Stripe's own test mode."""
    evidence: Body = given.get("evidence") or {}
    dispute["evidence"] = {**dispute["evidence"], **evidence}
    dispute["metadata"] = {**dispute["metadata"], **(given.get("metadata") or {})}
    machine.store.put(dispute)
    machine.emit("charge.dispute.updated", dispute)
    words = str(evidence.get("uncategorized_text") or "")
    if words in {"winning_evidence", "losing_evidence"}:
        return close_dispute(machine, dispute, "won" if words == "winning_evidence" else "lost")
    return dispute


def close_dispute(machine: Machine, dispute: Body, outcome: str = "lost") -> Body:
    dispute["status"] = "warning_closed" if dispute["status"].startswith("warning") else outcome
    machine.store.put(dispute)
    if outcome == "won":
        charge = machine.need("charge", dispute["charge"])
        machine.store.put({**charge, "disputed": False})
    machine.emit("charge.dispute.closed", dispute)
    return dispute


def create_setup(machine: Machine, given: Body) -> Body:
    if given.get("customer"):
        machine.need("customer", given["customer"])
    if given.get("payment_method"):
        given = {**given, "payment_method": machine.method(given["payment_method"])["id"]}
    made = machine.store.put(objects.setup_intent(machine.store.new_id("seti"), given))
    machine.emit("setup_intent.created", made)
    return confirm_setup(machine, made, {}) if given.get("confirm") == "true" else made


def confirm_setup(machine: Machine, setup: Body, given: Body, *, authenticated: bool = False) -> Body:
    """Raises Refused; a card that asks for authentication waits for it."""
    if setup["status"] in {"succeeded", "canceled", "processing"}:
        message = f"This SetupIntent's status is {setup['status']}: you cannot confirm it."
        raise invalid(message, "setup_intent_unexpected_state", setup_intent=setup)
    if given.get("payment_method"):
        setup["payment_method"] = machine.method(given["payment_method"])["id"]
    if not setup["payment_method"]:
        raise invalid("You cannot confirm this SetupIntent because it's missing a payment method.")
    method = machine.need("payment_method", setup["payment_method"])
    if setup["customer"]:
        machine.need("customer", setup["customer"])
    machine.usable(method, str(setup["customer"] or ""))
    card = machine.card(method)
    if not card.attaches:
        raise _setup_failed(machine, setup, method, of_card(card))
    if card.asks != "never" and not authenticated:
        action = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
        setup.update(status="requires_action", next_action=action)
        machine.store.put(setup)
        machine.emit("setup_intent.requires_action", setup)
        return setup
    if setup["customer"]:
        machine.attach(method, setup["customer"])
    setup.update(status="succeeded", next_action=None, last_setup_error=None)
    machine.store.put(setup)
    machine.emit("setup_intent.succeeded", setup)
    return setup


def cancel_setup(machine: Machine, setup: Body) -> Body:
    if setup["status"] in {"succeeded", "canceled"}:
        message = f"This SetupIntent's status is {setup['status']}: you cannot cancel it."
        raise invalid(message, "setup_intent_unexpected_state", setup_intent=setup)
    setup.update(status="canceled", cancellation_reason=None, next_action=None)
    machine.store.put(setup)
    machine.emit("setup_intent.canceled", setup)
    return setup


def _setup_failed(machine: Machine, setup: Body, method: Body, error: Body) -> Refused:
    told = {**error, "payment_method": method}
    setup.update(status="requires_payment_method", payment_method=None, last_setup_error=told)
    machine.store.put(setup)
    machine.emit("setup_intent.setup_failed", setup)
    more = {key: value for key, value in told.items() if key not in {"type", "message"}}
    return Refused(402, "card_error", error["message"], **more, setup_intent=setup)


def _charge_of(machine: Machine, given: Body) -> Body:
    if given.get("charge"):
        return machine.need("charge", given["charge"])
    if not given.get("payment_intent"):
        raise invalid("One of charge or payment_intent is needed.", param="payment_intent")
    intent = machine.need("payment_intent", given["payment_intent"])
    if intent["status"] != "succeeded":
        raise invalid("This PaymentIntent does not have a successful charge to refund.")
    return machine.need("charge", intent["latest_charge"])


DEFAULT_CARD = CARDS[0]
