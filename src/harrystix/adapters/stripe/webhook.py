"""Stripe's webhooks: signature over the raw body with up to two secrets, then a hint without personal data."""

from collections.abc import Sequence
from typing import Any, cast

import orjson
import stripe

MAX_BODY = 512 * 1024
TOLERANCE = 300
# That of the SDK. Every message is only a hint and the object is fetched, so another one is no harm: it is reported.
API_VERSION: str = stripe.api_version


class Refused(Exception):
    """Not from Stripe, too old, or from the wrong mode; `str` says which."""


def verify(body: bytes, header: str, secrets: Sequence[str], *, livemode: bool) -> dict[str, Any]:
    """The event. Raises Refused."""
    if not any(_signed(body, header, secret) for secret in secrets[:2]):
        raise Refused("The signature does not fit.")
    try:
        event = orjson.loads(body)
    except ValueError:
        raise Refused("The body is not JSON.") from None
    if not isinstance(event, dict) or not isinstance(event.get("id"), str):  # pyright: ignore[reportUnknownMemberType]
        raise Refused("The body is not an event.")
    found = cast("dict[str, Any]", event)
    if b"\\u0000" in orjson.dumps([found["id"], found.get("type"), hint(found)]):
        raise Refused("An id with a NUL character.")
    if bool(found.get("livemode")) != livemode:
        raise Refused("The event is from the other mode.")
    return found


def hint(event: dict[str, Any]) -> dict[str, Any]:
    """Ids and numbers only; fields that other API versions don't have are left out."""
    data = event.get("data")
    thing: Any = data.get("object") if isinstance(data, dict) else None  # pyright: ignore
    if not isinstance(thing, dict):
        return {}
    found = cast("dict[str, Any]", thing)
    metadata: Any = found.get("metadata")
    before: Any = data.get("previous_attributes") if isinstance(data, dict) else None  # pyright: ignore
    customer: Any = found.get("id") if found.get("object") == "customer" else found.get("customer")
    if customer is None and isinstance(before, dict):
        # A card that was detached has no customer any more.
        customer = cast("dict[str, Any]", before).get("customer")
    payment: Any = found.get("id") if found.get("object") == "payment_intent" else found.get("payment_intent")
    return {
        "object": found.get("object"),
        "id": found.get("id"),
        "payment_intent": cast("dict[str, Any]", payment).get("id") if isinstance(payment, dict) else payment,
        "customer": cast("dict[str, Any]", customer).get("id") if isinstance(customer, dict) else customer,
        "status": found.get("status"),
        "created": event.get("created"),
        "api_version": event.get("api_version"),
        "pre_order_id": metadata.get("pre_order_id") if isinstance(metadata, dict) else None,  # pyright: ignore
        "member_id": metadata.get("member_id") if isinstance(metadata, dict) else None,  # pyright: ignore
    }


def _signed(body: bytes, header: str, secret: str) -> bool:
    try:
        return bool(
            stripe.WebhookSignature.verify_header(  # pyright: ignore[reportUnknownMemberType]
                body.decode(), header, secret, TOLERANCE
            )
        )
    except (stripe.SignatureVerificationError, UnicodeDecodeError, TypeError):  # TypeError: not ASCII
        return False
