"""What the application asks about people who sign in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from harrystix.application.identity_ports import (
    Ceremonies,
    Identities,
    IdentityProvider,
    Passkeys,
    PasskeySite,
)
from harrystix.application.ports import Effect


@dataclass(frozen=True, slots=True)
class NewStaff:
    staff_id: str
    email: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """Shown once, to the person themselves. `uri`: for an authenticator app."""

    password: str
    uri: str
    recovery_codes: Sequence[str]


@dataclass(frozen=True, slots=True)
class StaffRow:
    staff_id: str
    email: str
    name: str
    role: str
    disabled: bool
    events: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """`events`: what an event admin is there for."""

    role: str
    events: Sequence[str]


class StaffVault(Protocol):
    def find(self, email: str) -> str | None: ...

    def make_canonical(self, limit: int = 500) -> int:
        """As the members'."""
        ...

    def post(self, staff_id: str) -> Post | None:
        """None where the person is disabled or unknown."""
        ...

    def add(self, new: NewStaff, credentials: Credentials, *, waiting: bool = False) -> Effect:
        """Raises AlreadyTaken, when run, for an address that somebody has."""
        ...

    def change(
        self,
        staff_id: str,
        *,
        role: str | None = None,
        disabled: bool | None = None,
        events: Sequence[str] | None = None,
    ) -> Effect: ...

    def arrived(self, staff_id: str) -> None:
        """An invitation has come to its end."""
        ...

    def invited(self, staff_id: str) -> bool:
        """Agreed to, and has not chosen a password yet."""
        ...

    def awaited(self, staff_id: str) -> bool:
        """Invited, agreed to or not, and has not come in."""
        ...

    def unanswered(self, before: datetime) -> list[str]:
        """Who was invited before then and has not come in."""
        ...

    def withdraw(self, staff_id: str) -> Effect:
        """Forget who was invited and has not come in; the address is free again."""
        ...

    def reset(self, staff_id: str, credentials: Credentials) -> Effect: ...

    def make_credentials(self, email: str, password: str) -> Credentials:
        """Raises InvalidValue for a password that is too short or well known."""
        ...

    def check(self, staff_id: str | None, password: str, code: str, now: datetime) -> str:
        """`totp` or `recovery_code`, each good once; empty: wrong. Takes as long for who is unknown."""
        ...

    def all(self) -> list[StaffRow]: ...


@dataclass(frozen=True, slots=True)
class Session:
    """`confirmed_at`: when the person last proved who they are. `viewing`: the member whose pages are looked at."""

    session_id: str
    kind: str
    subject_id: str
    device: str
    created_at: datetime
    seen_at: datetime
    confirmed_at: datetime
    expires_at: datetime
    viewing: str | None = None


class Sessions(Protocol):
    def open(self, kind: str, subject_id: str, device: str, now: datetime) -> tuple[str, str]:
        """(session id, token); the token is not kept."""
        ...

    def find(self, token: str, now: datetime, *, seen: bool = True) -> Session | None:
        """A live one; notes that it was seen, if it is to count."""
        ...

    def of(self, kind: str, subject_id: str, now: datetime) -> list[Session]: ...

    def confirm(self, session_id: str, now: datetime) -> None: ...

    def view(self, session_id: str, member_id: str | None, until: datetime) -> None:
        """Look at that member's pages until then; None: no more."""
        ...

    def close(self, subject_id: str, session_id: str | None = None) -> int:
        """One of somebody's, or all of them; how many."""
        ...


class SignInLinks(Protocol):
    def request(self, email: str) -> None:
        """Keep the address, sealed, until its mail has left."""
        ...

    def over(self) -> list[str]:
        """Requests that nobody needs any more, forgotten now."""
        ...

    def due(self, limit: int) -> list[tuple[str, str]]:
        """(request id, address); each comes again after a while, until it is done."""
        ...

    def done(self, request_id: str) -> None: ...

    def make(self, email: str, now: datetime) -> str:
        """A token for 15 minutes."""
        ...

    def use(self, token: str, now: datetime) -> str | None:
        """The address; once."""
        ...


class Attempts(Protocol):
    def allowed(self, scope: str, key: str, most: int, seconds: float) -> bool:
        """Count one more; False where there were more than `most` in that time."""
        ...


class KeyDesk(Protocol):
    """Of API keys, what the application needs."""

    def activate(self, key_id: str) -> None: ...


@dataclass(frozen=True)
class People:
    """`provider`: None where the house has none."""

    keys: KeyDesk
    passkeys: Passkeys
    ceremonies: Ceremonies
    site: PasskeySite
    identities: Identities
    provider: IdentityProvider | None
    staff: StaffVault
    sessions: Sessions
    links: SignInLinks
    attempts: Attempts
