"""Postmark's webhooks are not signed: Basic auth in constant time, known message ids only, no personal data."""

import base64
import binascii
from typing import Any

from harrystix.adapters.secrets import same

KINDS = {"Delivery", "Bounce", "SpamComplaint", "Open"}


def authorised(header: str | None, user: str, password: str) -> bool:
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic" or not password:
        return False
    try:
        given = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    return same(given, f"{user}:{password}")


def read(body: dict[str, Any]) -> tuple[str, str, dict[str, Any]] | None:
    """(external id, kind, hint), or None for record types that are none of our business. Raises KeyError.

    Postmark gives deliveries no id: kind, message, time and bounce id together are one. Of opens the first counts, and
    where and with what a mail was read is not kept.
    """
    kind = str(body["RecordType"])
    if kind not in KINDS or (kind == "Open" and body.get("FirstOpen") is not True):
        return None
    message_id = str(body["MessageID"])
    moment = str(body.get("DeliveredAt") or body.get("BouncedAt") or "")
    external = "/".join([kind, message_id, moment, str(body.get("ID", ""))])
    if len(external) > 500 or "\0" in external + str(body.get("Type", "")):
        raise ValueError("no message of Postmark")
    return external, kind, {"message_id": message_id, "type": str(body.get("Type", ""))}
