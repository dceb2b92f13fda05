"""Other ways to prove who one is: passkeys, and an identity provider of the house."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class IdentityRefused(Exception):
    """Whatever was wrong with it; the words are for the log, never for the browser."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """`kind`, `subject_id`: whose. `synced`: may be on several devices; it never changes."""

    credential_id: bytes
    kind: str
    subject_id: str
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    aaguid: str
    synced: bool
    backed_up: bool
    created_at: datetime | None = None
    used_at: datetime | None = None


class Passkeys(Protocol):
    def add(self, passkey: Passkey) -> None:
        """Raises AlreadyTaken."""
        ...

    def find(self, credential_id: bytes) -> Passkey | None: ...

    def of(self, kind: str, subject_id: str) -> list[Passkey]: ...

    def used(self, passkey: Passkey) -> bool:
        """Keep its new count; False where somebody was faster with the same one."""
        ...

    def remove(self, kind: str, subject_id: str, credential_id: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class Ceremony:
    kind: str
    subject_id: str | None
    secret: dict[str, Any]


class Ceremonies(Protocol):
    def begin(
        self, kind: str, secret: Mapping[str, Any], now: datetime, subject_id: str | None = None
    ) -> str:
        """A token for the browser, good for ten minutes."""
        ...

    def take(self, token: str, kind: str, now: datetime) -> Ceremony | None:
        """Once, whatever comes of it."""
        ...


class PasskeySite(Protocol):
    """What is asked of authenticators, and whether their answers are good. Options and answers are JSON."""

    def registration(
        self, kind: str, subject_id: str, login: str, have: Sequence[Passkey]
    ) -> tuple[str, str]:
        """(options, challenge)."""
        ...

    def registered(self, answer: dict[str, Any], challenge: str, kind: str, subject_id: str) -> Passkey:
        """Raises IdentityRefused."""
        ...

    def authentication(self) -> tuple[str, str]: ...

    def credential_of(self, answer: dict[str, Any]) -> bytes:
        """Raises IdentityRefused."""
        ...

    def authenticated(self, answer: dict[str, Any], challenge: str, passkey: Passkey) -> Passkey:
        """As it has to be stored now. Raises IdentityRefused."""
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """`secret`: what has to be there when the browser comes back."""

    url: str
    secret: dict[str, str]


@dataclass(frozen=True, slots=True)
class Identity:
    """`email`: only where the provider vouches for it, else empty."""

    issuer: str
    subject: str
    email: str


class IdentityProvider(Protocol):
    """Raises IdentityRefused."""

    def begin(self, *, again: bool = False) -> Begun:
        """`again`: whoever it is has to prove it anew."""
        ...

    def finish(
        self, answer: Mapping[str, str], secret: Mapping[str, str], now: datetime, *, again: bool
    ) -> Identity: ...


class Identities(Protocol):
    def find(self, issuer: str, subject: str) -> str | None:
        """Staff id."""
        ...

    def link(self, issuer: str, subject: str, staff_id: str) -> bool:
        """False where that person is somebody else there already."""
        ...
