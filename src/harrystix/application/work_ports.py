"""What the application asks of whoever remembers that something failed: pieces of work, and whole providers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FailedWork:
    """A piece of due work that could not be done so far. `code`: a word of ours, never what a library said."""

    kind: str
    subject: str
    tries: int
    code: str
    first_failed_at: datetime
    last_failed_at: datetime
    next_try_at: datetime
    parked: bool


class Failures(Protocol):
    """Own count and delay of each piece of work that failed. What is parked is not claimed until a person says so."""

    def add(
        self, kind: str, subject: str, code: str, *, seconds: float | None = None, park: bool = True
    ) -> FailedWork:
        """One more failure: not before a delay that grows to an hour, or `seconds`; parked after the last try."""
        ...

    def ripe(self, kind: str) -> list[str]:
        """Subjects whose next try has come."""
        ...

    def clear(self, kind: str, subjects: Sequence[str]) -> None:
        """They were done. Quiet for those that never failed."""
        ...

    def forget_settled(self, kinds: Sequence[str]) -> int:
        """Of due work that is not due any more: its reason has ended, whoever did it. How many."""
        ...

    def parked(self, limit: int, after: tuple[str, str] = ("", "")) -> list[FailedWork]:
        """By kind and subject."""
        ...

    def retry(self, kind: str, subject: str) -> bool:
        """A person says that it may be tried again; False where it is not parked."""
        ...


@dataclass(frozen=True, slots=True)
class Outage:
    """`name`: of the provider, or `provider/part`."""

    name: str
    since: datetime
    why: str
    tries: int
    next_try_at: datetime


class Outages(Protocol):
    """A circuit breaker for each provider, shared by all processes and seen on pages and in metrics.

    While one is open nobody asks the provider anything; when its time has come one caller may probe, with one item.
    """

    def wait(self, name: str) -> float:
        """Seconds until somebody may probe. 0: go on, or, where there is an outage still, this caller probes now."""
        ...

    def opened(self, name: str, why: str, *, seconds: float = 0) -> None:
        """It does not answer, or not for reasons of any one item; the pause grows with each probe that fails."""
        ...

    def unused(self, *names: str) -> None:
        """Whoever might probe had nothing to probe with: the next one may."""
        ...

    def closed(self, *names: str) -> None:
        """They answer. Quiet where there was no outage."""
        ...

    def current(self) -> list[Outage]: ...


class ProviderReads(Protocol):
    """How far a provider's lists were read, by name."""

    def until(self, name: str) -> datetime | None: ...

    def note(self, name: str, until: datetime) -> None: ...
