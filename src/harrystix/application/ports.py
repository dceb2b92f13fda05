"""What the application asks of the outside world. Adapters implement these; bootstrap puts them together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


class Clock(Protocol):
    def now(self) -> datetime:
        """Timezone-aware UTC."""
        ...


class Ids(Protocol):
    def new(self) -> UUID: ...


class Effect(Protocol):
    """Rows that are written in the same transaction as events, before them. Must bear being run twice."""

    def run(self, cursor: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Staged:
    """A row of an upload that waits, sealed, for commit or discard."""

    ticket_id: str
    row: int
    event: str
    variant: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Member:
    email: str
    name: str


class TicketVault(Protocol):
    def fingerprint(self, secret: Sequence[str]) -> bytes:
        """Keyed: equal secrets have equal fingerprints, and nobody without the key can test a guess."""
        ...

    def stage(self, upload_id: str, rows: Sequence[tuple[Staged, Sequence[str]]]) -> Effect: ...

    def staged(self, upload_id: str) -> list[Staged]:
        """In file order; empty once committed, discarded or expired."""
        ...

    def in_stock(self, pairs: Sequence[tuple[str, bytes]]) -> set[tuple[str, bytes]]:
        """Which of these (event id, fingerprint) are in stock already, or were and somebody has seen them."""
        ...

    def in_other_uploads(self, upload_id: str, fingerprints: Sequence[bytes]) -> dict[bytes, str]:
        """Fingerprint -> another upload that is not committed yet."""
        ...

    def commit(self, upload_id: str, accepted: Mapping[str, str]) -> Effect:
        """`accepted`: ticket id -> event id. The rest of the staged rows is deleted."""
        ...

    def discard(self, upload_id: str) -> Effect: ...

    def forget(self, ticket_ids: Sequence[str]) -> Effect:
        """Of who is erased: their secrets are deleted, and the same credential is no new one: somebody has seen it."""
        ...

    def release(self, ticket_ids: Sequence[str]) -> Effect:
        """Withdrawn tickets: their secrets are deleted, the same credential may be uploaded again."""
        ...

    def note_known(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        """Of these (event id, fingerprint) somebody knows the credential: it is no new one any more.

        Event id "": of whatever event.
        """
        ...

    def holding(self, event_id: str, mark: bytes) -> list[str]:
        """Tickets in stock with that fingerprint."""
        ...

    def make_canonical(self, limit: int = 500) -> int:
        """Fingerprints of an older version anew; returns how many. One that is another's by now is said."""
        ...

    def reveal(self, ticket_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """What can't be opened is missing, as what is gone is."""
        ...


class MemberVault(Protocol):
    def make_canonical(self, limit: int = 500) -> int:
        """Addresses that an older release filed by another form; returns how many were looked at."""
        ...

    def find(self, email: str) -> str | None:
        """Member id by address (blind index)."""
        ...

    def find_or_add(self, members: Sequence[Member]) -> list[str]:
        """Member ids in the same order; an address that is known keeps its id."""
        ...

    def reveal(self, member_ids: Iterable[str]) -> dict[str, Member]:
        """Who can't be opened is missing, as who is gone is."""
        ...

    def move(self, member_id: str, email: str) -> Effect:
        """Another address from now on. Raises AlreadyTaken, when run, for one that another member has."""
        ...


@dataclass(frozen=True, slots=True)
class UploadFile:
    """What is kept of a file besides its rows."""

    upload_id: str
    sha256: str
    encoding: str
    delimiter: str
    problems: list[dict[str, Any]]
    received_at: datetime


class UploadFiles(Protocol):
    def add(self, file: UploadFile) -> Effect: ...

    def get(self, upload_id: str) -> UploadFile | None: ...

    def earlier(self, sha256: str) -> str | None:
        """The latest upload of the same bytes that was not discarded."""
        ...

    def drop(self, upload_id: str) -> Effect:
        """Discarded or withdrawn: the same file may come again."""
        ...

    def settle(self, upload_id: str) -> Effect:
        """Committed: no rows wait any more."""
        ...

    def expired(self, before: datetime) -> list[str]:
        """Uploads whose rows still wait although they were received before that."""
        ...


class Pictures(Protocol):
    """Of events, in one form and size."""

    def made(self, data: bytes) -> tuple[str, Effect]:
        """(its name, what keeps it). Raises InvalidValue for what is no picture, or too small or too large a one."""
        ...

    def find(self, picture: str) -> bytes | None: ...


class Directory(Protocol):
    """Names and codes of ticketed events, consistent with the log."""

    def claim(self, event_id: str, code: str, name: str) -> Effect:
        """Raises AlreadyTaken for another event's code when run."""
        ...

    def rename(self, event_id: str, name: str) -> Effect: ...

    def find(self, keys: Iterable[str]) -> dict[str, list[str]]:
        """Normalised name or code -> event ids."""
        ...

    def names(self) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class Due:
    """A piece of due work: `kind` and `subject` identify it."""

    kind: str
    subject: str
    event_id: str
    position: int = 0
    since: datetime | None = None
    cause_id: str = ""
    details: dict[str, Any] = field(default_factory=dict[str, Any])
    attempts: int = 0


class DueWork(Protocol):
    def queued_orders(self, event_id: str, limit: int, after: int = 0) -> list[Due]:
        """Confirmed pre-orders beyond a log position, by position. What is seen is a prefix of the log."""
        ...

    def claim(self, kind: str, limit: int, lease_seconds: float) -> list[Due]:
        """The longest due ones that nobody holds; they come back when the lease runs out."""
        ...

    def defer(self, kind: str, subjects: Sequence[str], seconds: float) -> None: ...

    def completable(self) -> list[str]:
        """Committed uploads of which every ticket was tried."""
        ...

    def overdue(self, older_than_seconds: float) -> list[tuple[str, str]]:
        """(kind, event id) of what waits unclaimed; for the sweep."""
        ...


class OpenOrders(Protocol):
    """Pre-orders whose money is still to come, as a read model knows them."""

    def position(self) -> int:
        """Up to where in the log."""
        ...

    def oldest(self) -> datetime | None:
        """When the first of them was placed; None where there is none."""
        ...

    def page(self, before: datetime, after: int, limit: int) -> list[tuple[int, str]]:
        """(log position of the placement, id), of those placed before a moment, in that order."""
        ...

    def unserved(self, before: datetime) -> list[str]:
        """Events that started before that and have paid pre-orders without a ticket."""
        ...

    def begun(self, now: datetime, limit: int, after: str = "") -> list[str]:
        """Ids of those whose payment was tried and whose event has begun, none of them under way now."""
        ...

    def processing(self, event_id: str, limit: int, after: str = "") -> list[str]:
        """The same of one event, whether it has begun or not."""
        ...

    def of_member(self, member_id: str, since: datetime) -> list[str] | None:
        """Ids; None where the read model does not know everything yet that was in the log at `since`."""
        ...

    def expiring(self, month: int, limit: int, after: str = "") -> list[str]:
        """Ids of those whose card ends before that month (year * 100 + month)."""
        ...


class Customers(Protocol):
    """Which member is which customer of the payment provider."""

    def find(self, member_id: str) -> str | None: ...

    def keep(self, member_id: str, customer_id: str) -> str | None:
        """The one that counts: whoever came first. None where the member was erased meanwhile."""
        ...

    def replace(self, member_id: str, before: str, customer_id: str) -> str | None:
        """Another one, as the one before was deleted there; the one that counts, as `keep`."""
        ...

    def member_of(self, customer_id: str) -> str:
        """Empty where it is nobody's."""
        ...


class Nudge(Protocol):
    def send(self, kind: str, subject: str) -> None:
        """Wake a worker. May be lost: the sweep repeats it."""
        ...


class Lock(Protocol):
    """Courtesy only: the pool's version is the fence. Without its server it lets everybody pass."""

    def acquire(self, name: str, wait_seconds: float = 0) -> str | None:
        """A token, or None where somebody else still holds it."""
        ...

    def release(self, name: str, token: str) -> bool:
        """True where somebody asked in the meantime, so the work must be looked at again."""
        ...
