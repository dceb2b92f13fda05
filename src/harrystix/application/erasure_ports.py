"""What an erasure asks of the tables beside the log, and of the ledger that outlives their backups."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Progress:
    """What was done so far, whoever did it: an erasure may be killed anywhere and goes on."""

    removed: dict[str, int] = field(default_factory=dict[str, int])
    providers: dict[str, str] = field(default_factory=dict[str, str])


class MayNotSweep(Exception):
    """This login may not sweep a table, which is named: it needs MAINTAIN, or to own it."""


class Erasures(Protocol):
    def shut_out(self, member_id: str) -> None:
        """Sessions and keys end: from now on this member does nothing any more."""
        ...

    def orders(self, member_id: str, head: int) -> list[str] | None:
        """The member's pre-orders that are not erased; None while the lists are behind `head`."""
        ...

    def enter(self, member_id: str) -> None:
        """In the ledger outside the database, before anything is removed."""
        ...

    def leave(self, member_id: str) -> None:
        """In the ledger: it came to its end, and the providers were told."""
        ...

    def listed(self) -> list[str]:
        """Everybody in that ledger."""
        ...

    def finished(self) -> set[str]:
        """Of them, those whose erasure came to its end."""
        ...

    def told(self, member_id: str, provider: str, answer: str) -> None: ...

    def remove(self, member_id: str) -> None:
        """Everything that tells who this was, in one transaction."""
        ...

    def forget_customer(self, member_id: str) -> None:
        """Which customer of the payment provider this was; the provider has been told before."""
        ...

    def remains(self, member_id: str) -> bool:
        """Whether a request that was under way has left something after all."""
        ...

    def vacuum(self) -> list[str] | None:
        """The tables that were swept; None while somebody still looks at what was there before.

        Raises MayNotSweep.
        """
        ...

    def counted(self, cause_id: str) -> dict[str, int]:
        """How many pre-orders and tickets went because of that."""
        ...

    def progress(self, member_id: str) -> Progress: ...

    def unpaid(self, before: datetime, limit: int) -> list[str]:
        """Pre-orders that were never paid, of events that began before that."""
        ...

    def idle(self, before: datetime, limit: int) -> list[str]:
        """Members known since before that who have no pre-order, no session and no key."""
        ...

    def unagreed(self, before: datetime, limit: int) -> list[str]:
        """Jobs that were ordered before that and still wait for a second person."""
        ...

    def known(self, member_ids: Sequence[str]) -> set[str]:
        """Of whom there is still something."""
        ...
