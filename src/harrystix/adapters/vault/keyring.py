"""Keys from a file or the environment, never from the database. Versioned master keys wrap data keys."""

import base64
import hmac
import json
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT = 1
NONCE = 12


class VaultError(Exception):
    """A sealed value that does not open: wrong key, wrong row, changed bytes. Nothing is disclosed."""


class Keys(Protocol):
    """What the vault needs of keys, whether they stay the same or follow a file."""

    @property
    def versions(self) -> frozenset[int]:
        """Of the master keys that are there."""
        ...

    def seal(self, plain: bytes, place: str) -> tuple[bytes, bytes]: ...
    def open(self, wrapped: bytes, sealed: bytes, place: str) -> bytes: ...
    def index(self, purpose: str, value: str) -> bytes: ...
    def fingerprint(self, parts: tuple[str, ...]) -> bytes: ...


class MasterKeys(Protocol):
    """What a key management service has to offer: it wraps data keys, and never gives its own away."""

    @property
    def current(self) -> int: ...

    def wrap(self, key: bytes, bound: bytes) -> bytes:
        """With the current version. `bound` is authenticated, not stored."""
        ...

    def unwrap(self, version: int, wrapped: bytes, bound: bytes) -> bytes:
        """Raises KeyError for a version that is not there, InvalidTag for changed bytes."""
        ...


@dataclass(frozen=True)
class LocalMasterKeys:
    """256-bit keys by version, in memory."""

    current: int
    keys: dict[int, bytes]

    def wrap(self, key: bytes, bound: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self.keys[self.current]).encrypt(nonce, key, bound)

    def unwrap(self, version: int, wrapped: bytes, bound: bytes) -> bytes:
        return AESGCM(self.keys[version]).decrypt(wrapped[:NONCE], wrapped[NONCE:], bound)


@dataclass(frozen=True)
class Keyring:
    """`master`: 256-bit keys by version; `current` seals, all of them open."""

    current: int
    master: dict[int, bytes]
    blind_index: bytes
    fingerprints: bytes

    @property
    def versions(self) -> frozenset[int]:
        return frozenset(self.master)

    @property
    def masters(self) -> MasterKeys:
        return LocalMasterKeys(self.current, self.master)

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Raises VaultError where the file is missing or unfit."""
        try:
            text = path.read_text()
        except OSError:
            raise VaultError(f"{path} is not a key file; see docs/how-to/keys.md.") from None
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, where: str) -> "Keyring":
        """Raises VaultError, naming `where` the text came from."""
        try:
            found = json.loads(text)
            keys = cls(
                int(found["current"]),
                {int(version): base64.b64decode(key) for version, key in found["master"].items()},
                base64.b64decode(found["blind_index"]),
                base64.b64decode(found["fingerprints"]),
            )
        except (ValueError, KeyError, TypeError):
            raise VaultError(f"{where} is not a key file; see docs/how-to/keys.md.") from None
        if keys.current not in keys.master or any(len(key) != 32 for key in keys.master.values()):
            raise VaultError(f"{where}: the current master key is missing or not 256 bits long.")
        return keys

    @classmethod
    def create(cls, path: Path) -> "Keyring":
        """Make a key file, readable by its owner only. An existing one is kept."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "current": 1,
            "master": {"1": _new_key()},
            "blind_index": _new_key(),
            "fingerprints": _new_key(),
        }
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls.load(path)
        with os.fdopen(handle, "w") as file:
            json.dump(content, file, indent=2)
        return cls.load(path)

    def seal(self, plain: bytes, place: str) -> tuple[bytes, bytes]:
        """(wrapped data key, sealed value). `place` binds both to one row: table|column|row|subject."""
        key = os.urandom(32)
        nonce = os.urandom(NONCE)
        bound = f"{place}|{FORMAT}".encode()
        sealed = bytes([FORMAT]) + nonce + AESGCM(key).encrypt(nonce, plain, bound)
        return self._wrapped(key, bound), sealed

    def open(self, wrapped: bytes, sealed: bytes, place: str) -> bytes:
        """Raises VaultError for anything that is not exactly what was sealed for this place."""
        bound = f"{place}|{FORMAT}".encode()
        try:
            if wrapped[0] != FORMAT or sealed[0] != FORMAT:
                raise VaultError("A sealed value has an unknown format.")
            key = self.masters.unwrap(version_of(wrapped), wrapped[3:], b"key|" + bound)
            return AESGCM(key).decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], bound)
        except KeyError:
            raise VaultError("A value is sealed with a master key that is not there.") from None
        except (InvalidTag, IndexError, ValueError):
            raise VaultError("A sealed value does not belong here or was changed.") from None

    def rewrap(self, wrapped: bytes, place: str) -> bytes:
        """The same data key under the current master key; the sealed value stays. Raises VaultError."""
        bound = f"{place}|{FORMAT}".encode()
        try:
            return self._wrapped(
                self.masters.unwrap(version_of(wrapped), wrapped[3:], b"key|" + bound), bound
            )
        except KeyError:
            raise VaultError("A value is sealed with a master key that is not there.") from None
        except (InvalidTag, IndexError, ValueError):
            raise VaultError("A sealed value does not belong here or was changed.") from None

    def _wrapped(self, key: bytes, bound: bytes) -> bytes:
        masters = self.masters
        return bytes([FORMAT]) + masters.current.to_bytes(2) + masters.wrap(key, b"key|" + bound)

    def index(self, purpose: str, value: str) -> bytes:
        """Blind index: equal values can be found, nobody can go back."""
        return hmac.digest(self.blind_index, f"{purpose}|{value}".encode(), sha256)

    def fingerprint(self, parts: tuple[str, ...]) -> bytes:
        """Length-prefixed, so that no two different credentials run together."""
        message = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
        return hmac.digest(self.fingerprints, message, sha256)


def version_of(wrapped: bytes) -> int:
    return int.from_bytes(wrapped[1:3])


def _new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()
