"""Paths of Stripe's API that we use, and what each of them does."""

from collections.abc import Callable
from typing import Any

from harrystix.adapters.sandbox.stripe import aftermath, objects, visits
from harrystix.adapters.sandbox.stripe.cards import BY_NUMBER, CARDS, SEPA, by_reference
from harrystix.adapters.sandbox.stripe.errors import Refused, invalid
from harrystix.adapters.sandbox.stripe.machine import Machine

Body = dict[str, Any]
LISTS = {
    "charges": "charge",
    "checkout.sessions": "checkout.session",
    "customers": "customer",
    "disputes": "dispute",
    "events": "event",
    "payment_intents": "payment_intent",
    "payment_methods": "payment_method",
    "refunds": "refund",
    "setup_intents": "setup_intent",
}
DELETED = "deleted_customer"
Act = Callable[[Machine, Body, Body], Body]

ACTS: dict[tuple[str, str], Act] = {
    ("payment_intents", "confirm"): lambda m, thing, given: m.confirm(thing, given),
    ("payment_intents", "capture"): lambda m, thing, given: m.capture(thing, given),
    ("payment_intents", "cancel"): lambda m, thing, given: m.cancel(thing, given),
    ("setup_intents", "confirm"): aftermath.confirm_setup,
    ("setup_intents", "cancel"): lambda m, thing, _: aftermath.cancel_setup(m, thing),
    ("payment_methods", "attach"): lambda m, thing, given: m.attach(thing, given["customer"]),
    ("payment_methods", "detach"): lambda m, thing, _: m.detach(thing),
    ("disputes", "close"): lambda m, thing, _: aftermath.close_dispute(m, thing),
}


UPDATES: dict[str, Act] = {
    "disputes": aftermath.answer_dispute,
    "refunds": aftermath.update_refund,
}


def route(machine: Machine, method: str, path: str, given: Body) -> Body:
    """The object, list or deletion that the request asks for. Raises Refused."""
    parts = path.replace("/checkout/sessions", "/checkout.sessions").split("/")[2:]
    kind = LISTS.get(parts[0])
    if kind is None:
        raise invalid(f"Unrecognized request URL ({method}: {path}).", status=404)
    match method, parts[1:]:
        case "GET", []:
            if given.get("customer"):
                machine.need("customer", given["customer"])
            found, more = machine.store.page(kind, given)
            return {"object": "list", "data": found, "has_more": more, "url": path}
        case "POST", []:
            return _create(machine, parts[0], given)
        case "GET", [object_id]:
            deleted = kind == "customer" and (machine.store.get(object_id) or {}).get("object") == DELETED
            return (
                _deleted(object_id) if deleted else _expanded(machine, machine.need(kind, object_id), given)
            )
        case "POST", [object_id]:
            thing = _referred(machine, kind, object_id)
            return UPDATES.get(parts[0], _update)(machine, thing, given)
        case "DELETE", [object_id]:
            return _delete(machine, machine.need(kind, object_id))
        case "POST", [object_id, act] if (parts[0], act) in ACTS:
            return ACTS[parts[0], act](machine, _referred(machine, kind, object_id), given)
        case _:
            raise invalid(f"Unrecognized request URL ({method}: {path}).", status=404)


def _expanded(machine: Machine, thing: Body, given: Body) -> Body:
    """With the object itself in the place of its id, of each field that the request names."""
    names: list[str] = given.get("expand") or []
    found = {name: machine.store.get(str(thing[name])) for name in names if thing.get(name)}
    return {**thing, **found}


def _referred(machine: Machine, kind: str, reference: str) -> Body:
    return machine.method(reference) if kind == "payment_method" else machine.need(kind, reference)


def _create(machine: Machine, what: str, given: Body) -> Body:
    match what:
        case "checkout.sessions":
            return visits.create_session(machine, given)
        case "customers":
            made = machine.store.put(objects.customer(machine.store.new_id("cus"), given))
            machine.emit("customer.created", made)
            return made
        case "payment_methods":
            return _new_method(machine, given)
        case "payment_intents":
            return machine.create_intent(given)
        case "setup_intents":
            return aftermath.create_setup(machine, given)
        case "refunds":
            return aftermath.refund(machine, given)
        case "charges":
            return _charge(machine, given)
        case _:
            raise invalid(f"Unrecognized request URL (POST: /v1/{what}).", status=404)


def _new_method(machine: Machine, given: Body) -> Body:
    if given.get("type") == "sepa_debit":
        return machine.new_method(SEPA, given)
    card: Body = given.get("card") or {}
    number = str(card.get("number") or "").replace(" ", "")
    known = by_reference(str(card.get("token") or "")) or BY_NUMBER.get(number)
    if known is None and number:
        raise Refused(
            402, "card_error", "Your card number is incorrect.", code="incorrect_number", param="number"
        )
    month, year = int(card.get("exp_month") or 12), int(card.get("exp_year") or 0)
    return machine.new_method(known or CARDS[0], given, month, year)


def _charge(machine: Machine, given: Body) -> Body:
    """The old way, which Stripe's own trigger scripts still use: a source instead of a payment intent."""
    card = by_reference(str(given.get("source") or "tok_visa")) or CARDS[0]
    manual = given.get("capture") == "false"
    words = {
        "amount": given["amount"],
        "currency": given["currency"],
        "customer": given.get("customer"),
        "capture_method": "manual" if manual else "automatic",
        "metadata": given.get("metadata"),
    }
    intent = objects.payment_intent(machine.store.new_id("pi"), words)
    intent["payment_method"] = machine.new_method(card, {})["id"]
    return machine.need("charge", machine.confirm(intent, {})["latest_charge"])


def _capture_charge(machine: Machine, charge: Body, given: Body) -> Body:
    intent = machine.need("payment_intent", charge["payment_intent"])
    machine.capture(intent, {"amount_to_capture": given.get("amount")})
    return machine.need("charge", charge["id"])


def _update(machine: Machine, thing: Body, given: Body) -> Body:
    thing["metadata"] = {**thing["metadata"], **(given.get("metadata") or {})}
    for name in ("description", "email", "name", "phone"):
        if name in thing and name in given:
            thing[name] = given[name] or None
    card: Body = given.get("card") or {}
    if thing["object"] == "payment_method" and card:
        month, year = (int(card.get(name) or thing["card"][name]) for name in ("exp_month", "exp_year"))
        return machine.change_card(thing, month, year)
    machine.store.put(thing)
    if thing["object"] in {"customer", "charge"}:
        machine.emit(f"{thing['object']}.updated", thing)
    return thing


def _delete(machine: Machine, thing: Body) -> Body:
    if thing["object"] != "customer":
        raise invalid("This can't be deleted.")
    # It is told of for ever as one that was deleted, and is good for nothing any more.
    machine.store.put({"id": thing["id"], "object": DELETED, "created": thing["created"]})
    machine.emit("customer.deleted", thing)
    return _deleted(thing["id"])


def _deleted(object_id: str) -> Body:
    return {"id": object_id, "object": "customer", "deleted": True}


ACTS["charges", "capture"] = _capture_charge
