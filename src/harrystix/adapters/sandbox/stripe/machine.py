"""Payment intents, charges and cards: what each command does to them, and the events that it makes."""

from typing import Any, Protocol

from harrystix.adapters.sandbox.stripe import objects
from harrystix.adapters.sandbox.stripe.cards import BY_NUMBER, CARDS, Card, by_reference
from harrystix.adapters.sandbox.stripe.errors import (
    AUTHENTICATE,
    NOT_AGREED,
    Refused,
    invalid,
    missing,
    of_card,
)
from harrystix.adapters.sandbox.stripe.store import Store

Body = dict[str, Any]
CONFIRMABLE = {"requires_payment_method", "requires_confirmation", "requires_action"}
CANCELLABLE = CONFIRMABLE | {"requires_capture", "processing"}


class Emit(Protocol):
    def __call__(self, kind: str, thing: Body, before: Body | None = None) -> None: ...


class Machine:
    """Raises Refused. `declines`: customer -> card alias whose refusal its next charges get."""

    def __init__(self, store: Store, emit: Emit) -> None:
        self.store, self.emit = store, emit
        self.declines: dict[str, str] = {}
        self.base = ""

    def need(self, kind: str, object_id: str) -> Body:
        found = self.store.get(object_id)
        if found is None or found["object"] != kind:
            raise missing(kind.replace("_", " ") if kind != "payment_intent" else kind, object_id)
        return found

    def method(self, reference: str) -> Body:
        """A stored payment method, or a new one for an alias like pm_card_visa."""
        card = by_reference(reference)
        return self.new_method(card, {}) if card else self.need("payment_method", reference)

    def new_method(self, card: Card, given: Body, month: int = 12, year: int = 0) -> Body:
        if card.then == "processing":
            made = objects.bank_account(self.store.new_id("pm"), card, given)
        else:
            made = objects.payment_method(self.store.new_id("pm"), card, given, month, year)
        self.store.keep_card(made["id"], card.number)
        return self.store.put(made)

    def card(self, method: Body) -> Card:
        return BY_NUMBER.get(self.store.card_of(method["id"]), CARDS[0])

    def attach(self, method: Body, customer_id: str) -> Body:
        self.need("customer", customer_id)
        card = self.card(method)
        self.usable(method, customer_id)
        if not card.attaches:
            raise Refused(402, **_as_error(of_card(card)))
        if method["customer"] is None:
            method["customer"] = customer_id
            self.store.put(method)
            self.emit("payment_method.attached", method)
        return method

    def usable(self, method: Body, customer_id: str) -> None:
        """Once detached a card is no good any more, and one that is saved is good for its own customer only."""
        if self.store.is_detached(method["id"]):
            message = "This payment method was detached from its customer: it may not be used again."
            raise invalid(message, "resource_missing" if customer_id else "", "payment_method")
        if method["customer"] not in {None, customer_id or None}:
            message = "The payment method is attached to another customer than the one that was named."
            raise invalid(message, "resource_missing" if customer_id else "", "payment_method")

    def detach(self, method: Body) -> Body:
        if method["customer"] is None:
            raise invalid("The payment method is not attached to a customer, so it can't be detached.")
        before, method["customer"] = method["customer"], None
        self.store.detach(method["id"])
        self.emit("payment_method.detached", self.store.put(method), {"customer": before})
        return method

    def change_card(self, method: Body, month: int, year: int, *, by: str = "updated") -> Body:
        """Its end is another one: put right by somebody, or with `automatically_updated` issued anew by the bank."""
        card = method["card"]
        before = {"card": {"exp_month": card["exp_month"], "exp_year": card["exp_year"]}}
        card.update(exp_month=month, exp_year=year)
        self.emit(f"payment_method.{by}", self.store.put(method), before)
        return method

    def create_intent(self, given: Body) -> Body:
        intent = objects.payment_intent(self.store.new_id("pi"), given)
        if intent["amount"] < 30:
            raise invalid("Amount must be at least 30.", "amount_too_small", "amount")
        if given.get("customer"):
            self.need("customer", given["customer"])
        if given.get("payment_method"):
            method = self.method(given["payment_method"])
            self.usable(method, str(given.get("customer") or ""))
            intent["payment_method"] = method["id"]
        elif _type_of(given.get("payment_method_data")) == "card":
            intent["payment_method"] = self.new_method(CARDS[0], {})["id"]
        if intent["payment_method"]:
            intent["status"] = "requires_confirmation"
        self.store.put(intent)
        self.emit("payment_intent.created", intent)
        if given.get("confirm") == "true":
            return self.confirm(intent, given)
        return intent

    def confirm(self, intent: Body, given: Body) -> Body:
        if intent["status"] not in CONFIRMABLE:
            raise _wrong_state(intent, "confirm")
        if given.get("payment_method"):
            chosen = self.method(given["payment_method"])
            self.usable(chosen, str(intent["customer"] or ""))
            intent["payment_method"] = chosen["id"]
        if not intent["payment_method"]:
            raise invalid("You cannot confirm this PaymentIntent because it's missing a payment method.")
        method = self.need("payment_method", intent["payment_method"])
        if intent["customer"]:
            self.need("customer", intent["customer"])
        self.usable(method, str(intent["customer"] or ""))
        card = self.card(method)
        swapped = by_reference(f"pm_card_{self.declines.get(intent['customer'] or '', '')}")
        off_session = given.get("off_session") in {"true", "one_off", "recurring"}
        if swapped is None and self._asks(card, method, off_session=off_session):
            return self._ask(intent, method, str(given.get("return_url") or ""), off_session=off_session)
        return self._charge(intent, method, swapped or card)

    def capture(self, intent: Body, given: Body) -> Body:
        if intent["status"] != "requires_capture":
            raise _wrong_state(intent, "capture")
        amount = int(given.get("amount_to_capture") or intent["amount"])
        charge = self.need("charge", intent["latest_charge"])
        charge.update(captured=True, amount_captured=amount)
        self.store.put(charge)
        self.emit("charge.captured", charge)
        return self._succeed(intent, amount)

    def cancel(self, intent: Body, given: Body) -> Body:
        if intent["status"] not in CANCELLABLE:
            raise _wrong_state(intent, "cancel")
        intent.update(
            status="canceled",
            canceled_at=objects.now(),
            cancellation_reason=given.get("cancellation_reason"),
            amount_capturable=0,
            next_action=None,
        )
        self.store.put(intent)
        self.emit("payment_intent.canceled", intent)
        return intent

    def _asks(self, card: Card, method: Body, *, off_session: bool) -> bool:
        saved = method["customer"] is not None
        return card.asks == "always" or (card.asks == "once" and not (saved and off_session))

    def authenticated(self, intent: Body, *, agreed: bool) -> Body:
        """The member has answered the bank. Raises Refused."""
        if intent["status"] != "requires_action":
            raise _wrong_state(intent, "authenticate")
        method = self.need("payment_method", intent["payment_method"])
        if agreed:
            return self._charge(intent, method, self.card(method))
        raise self._fail(intent, method, NOT_AGREED)

    def _ask(self, intent: Body, method: Body, back: str, *, off_session: bool) -> Body:
        if not off_session:
            by_script: Body = {
                "type": "use_stripe_sdk",
                "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": "sandbox"},
            }
            there = f"{self.base}/authenticate/{intent['id']}"
            by_page: Body = {
                "type": "redirect_to_url",
                "redirect_to_url": {"url": there, "return_url": back},
            }
            intent.update(status="requires_action", next_action=by_page if back else by_script)
            self.store.put(intent)
            self.emit("payment_intent.requires_action", intent)
            return intent
        raise self._fail(intent, method, AUTHENTICATE)

    def _charge(self, intent: Body, method: Body, card: Card) -> Body:
        if card.code:
            raise self._fail(intent, method, of_card(card))
        manual = intent["capture_method"] == "manual"
        made = objects.charge(self.store.new_id("ch"), intent, method, error=None, captured=not manual)
        intent.update(latest_charge=made["id"], last_payment_error=None, next_action=None)
        if card.then == "processing":
            self.store.put(
                {**made, "status": "pending", "paid": False, "captured": False, "amount_captured": 0}
            )
            intent["status"] = "processing"
            self.emit("payment_intent.processing", self.store.put(intent))
            return intent
        self.emit("charge.succeeded", self.store.put(made))
        if manual:
            intent.update(status="requires_capture", amount_capturable=intent["amount"])
            self.store.put(intent)
            self.emit("payment_intent.amount_capturable_updated", intent)
            return intent
        return self._succeed(intent, intent["amount"], then=card.then, charge=made)

    def _succeed(self, intent: Body, amount: int, then: str = "", charge: Body | None = None) -> Body:
        intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
        self.store.put(intent)
        self.emit("payment_intent.succeeded", intent)
        if charge and then in {"dispute", "dispute_not_received", "inquiry"}:
            self._dispute(charge, then)
        if charge and then == "fraud_warning":
            self._warn(charge)
        return intent

    def _fail(self, intent: Body, method: Body, error: Body) -> Refused:
        charge = objects.charge(self.store.new_id("ch"), intent, method, error=error, captured=False)
        self.store.put(charge)
        told = {**error, "charge": charge["id"], "payment_method": method}
        intent.update(
            status="requires_payment_method",
            latest_charge=charge["id"],
            last_payment_error=told,
            payment_method=None,
        )
        self.store.put(intent)
        self.emit("charge.failed", charge)
        self.emit("payment_intent.payment_failed", intent)
        return Refused(402, **_as_error({**told, "payment_intent": intent}))

    def _dispute(self, charge: Body, then: str) -> None:
        reason = "product_not_received" if then == "dispute_not_received" else "fraudulent"
        status = "warning_needs_response" if then == "inquiry" else "needs_response"
        charge["disputed"] = then != "inquiry"
        self.store.put(charge)
        made = self.store.put(objects.dispute(self.store.new_id("dp"), charge, reason, status))
        self.emit("charge.dispute.created", made)

    def _warn(self, charge: Body) -> None:
        warning = {
            "id": self.store.new_id("issfr"),
            "object": "radar.early_fraud_warning",
            "actionable": True,
            "charge": charge["id"],
            "created": objects.now(),
            "fraud_type": "made_with_stolen_card",
            "livemode": False,
            "payment_intent": charge["payment_intent"],
        }
        self.emit("radar.early_fraud_warning.created", self.store.put(warning))


def _as_error(error: Body) -> Body:
    return {"kind": error["type"], **{key: value for key, value in error.items() if key != "type"}}


def _type_of(data: Any) -> str:
    return str(data["type"]) if data else ""


def _wrong_state(intent: Body, what: str) -> Refused:
    message = f"This PaymentIntent's status is {intent['status']}: you cannot {what} it."
    return invalid(message, "payment_intent_unexpected_state", payment_intent=intent)
