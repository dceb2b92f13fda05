"""An authenticator of software: what navigator.credentials would answer, as JSON; true or false answers."""

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


class SoftAuthenticator:
    """`counts`: false like a passkey that is synced, which always says 0."""

    def __init__(self, origin: str, *, flags: int = UP | UV, counts: bool = True) -> None:
        self.origin, self.flags, self.counts, self.count = origin, flags, counts, 0
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id, self.handle = os.urandom(32), b""

    def create(self, wish: dict[str, Any], **lie: Any) -> dict[str, Any]:
        """navigator.credentials.create(), then toJSON()."""
        self.handle = unb64(wish["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        rest = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose
        data = self._data(lie.pop("rp_id", wish["rp"]["id"]), lie.pop("flags", self.flags) | AT, lie) + rest
        made = cbor2.dumps({"fmt": lie.pop("fmt", "none"), "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", wish, lie)
        return self._answer(
            {
                "clientDataJSON": b64(client),
                "attestationObject": b64(made),
                "transports": ["internal", "hybrid"],
            }
        )

    def get(self, wish: dict[str, Any], **lie: Any) -> dict[str, Any]:
        """navigator.credentials.get(), then toJSON()."""
        handle = lie.pop("handle", self.handle)
        data = self._data(lie.pop("rp_id", wish["rpId"]), lie.pop("flags", self.flags), lie)
        client = self._client("webauthn.get", wish, lie)
        key = lie.pop("key", self.key)
        signed = key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signed)}
        return self._answer(answer | ({} if handle is None else {"userHandle": b64(handle)}))

    def _data(self, rp_id: str, flags: int, lie: dict[str, Any]) -> bytes:
        self.count += self.counts
        count = lie.pop("count", self.count)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")

    def _client(self, kind: str, wish: dict[str, Any], lie: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": wish["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(told | lie.pop("client", {}), separators=(",", ":")).encode()

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": b64(self.id),
            "rawId": b64(self.id),
            "type": "public-key",
            "response": response,
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
        }
