"""Messages of the payment provider, signed as it signs them."""

import time
from typing import Any

import orjson
import stripe

from tests.world import STRIPE_SECRET


def signed(body: bytes, secret: str = STRIPE_SECRET, at: int | None = None) -> dict[str, str]:
    header = stripe.WebhookSignature.generate_signature_header(  # pyright: ignore[reportUnknownMemberType]
        payload=body.decode(), secret=secret, timestamp=at or int(time.time())
    )
    return {"Stripe-Signature": str(header)}


def payment(order_id: str, payment_id: str = "pi_9", **more: Any) -> bytes:
    thing = {
        "id": payment_id,
        "object": "payment_intent",
        "amount": 1200,
        "amount_received": 1200,
        "currency": "gbp",
        "metadata": {"pre_order_id": order_id},
    }
    event = {
        "id": "evt_1",
        "type": "payment_intent.succeeded",
        "created": 1795550400,
        "livemode": False,
        "data": {"object": thing},
        **more,
    }
    return orjson.dumps(event)
