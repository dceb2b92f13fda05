"""What the application asks of a mail provider, and of the ledger that keeps a mail from leaving twice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from harrystix.application.ports import Due, Effect


class MailLedger(Protocol):
    """planned -> sending -> accepted -> delivered | bounced, or failed. The row of an intent is the fence:
    whoever writes it first, the sender or the one who recalls, decides."""

    def begin(self, batch_id: str, due: Sequence[Due], *, probe: bool = False) -> dict[str, int]:
        """Mark as sending; the intents that this caller may send, each at most once, as in `unknown_outcomes`.

        `probe`: while the provider is thought to be away, so that no outcome of it is held against the mail.
        """
        ...

    def not_tried(self, batch_id: str, intents: Sequence[str]) -> Effect:
        """Nobody was asked about these, or not about any one of them: back to planned, and it was no try."""
        ...

    def unknown_outcomes(self, intents: Sequence[str]) -> dict[str, int]:
        """How often nobody knew whether it had left; those of which that is so."""
        ...

    def take_over(self, intents: Sequence[str], older_than_seconds: float) -> dict[str, str]:
        """Intents whose sender was not heard of for so long, now held by this caller -> their batch."""
        ...

    def states(self, intents: Sequence[str]) -> dict[str, str]:
        """Also `unknown`: due again, after a try of which nobody knows whether it left."""
        ...

    def in_doubt(self, intents: Sequence[str]) -> set[str]:
        """Those that were due again, or called off, after a try of which nobody knows whether it left."""
        ...

    def orders(self, intents: Sequence[str]) -> dict[str, str]:
        """Intent -> pre-order, of those that were ever tried."""
        ...

    def attempts(self, intents: Sequence[str]) -> dict[str, int]: ...

    def retry_later(self, intents: Sequence[str], code: str, *, unknown: bool = False) -> Effect:
        """Not accepted for sure (or, with `unknown`, the look-up found nothing): back to planned."""
        ...

    def accepted(self, message_ids: Mapping[str, str]) -> Effect: ...

    def found(self, message_ids: Mapping[str, str]) -> Effect:
        """Accepted after all, whatever was thought of them."""
        ...

    def failed(self, codes: Mapping[str, str]) -> Effect: ...

    def outcome(self, intents: Sequence[str], state: str) -> Effect:
        """Delivered or bounced; moves forward only."""
        ...

    def recall(self, intents: Sequence[str]) -> Effect:
        """These were never sent and never will be. Raises Conflict when run if one is leaving, or may have left."""
        ...

    def call_off(self, intents: Sequence[str]) -> Effect:
        """These will not be sent from now on. Raises Conflict when run if one is leaving."""
        ...


@dataclass(frozen=True, slots=True)
class TicketMail:
    """One mail to send. Never logged, never queued. `credential`: of a ticket's mail, the fingerprint in hex."""

    intent_id: str
    batch_id: str
    to: str
    model: dict[str, str]
    template: str = "ticket"
    event_id: str = ""
    credential: str = ""


@dataclass(frozen=True, slots=True)
class SentMail:
    """As the provider has it. `credential`: the fingerprint of the ticket in it, in hex; empty for other mails."""

    intent_id: str
    message_id: str
    at: datetime
    template: str
    event_id: str
    credential: str


@dataclass(slots=True)
class MailResults:
    """By intent, each in one of these. Only what the provider has said proves that a mail was not accepted.

    `refused`: this mail, for good. `later`: this one, for now. `untried`: not accepted for sure, and for no reason of
    its own: the provider is away, or set up wrongly. `unknown`: nobody knows; look before sending again.
    `cancelled`: what it was for has ended.
    `outage`: why nobody should be asked at present; `faults`: by template, why none of its mails can leave.
    """

    accepted: dict[str, str] = field(default_factory=dict[str, str])
    refused: dict[str, str] = field(default_factory=dict[str, str])
    later: dict[str, str] = field(default_factory=dict[str, str])
    untried: set[str] = field(default_factory=set[str])
    unknown: set[str] = field(default_factory=set[str])
    cancelled: set[str] = field(default_factory=set[str])
    outage: str = ""
    faults: dict[str, str] = field(default_factory=dict[str, str])
    retry_after: float = 0

    def only(self, intents: set[str]) -> "MailResults":
        """What is known of those."""
        return MailResults(
            accepted={i: word for i, word in self.accepted.items() if i in intents},
            refused={i: word for i, word in self.refused.items() if i in intents},
            later={i: word for i, word in self.later.items() if i in intents},
            untried=self.untried & intents,
            unknown=self.unknown & intents,
            cancelled=self.cancelled & intents,
            retry_after=self.retry_after,
        )


class NotAsked(Exception):
    """The mail provider can't be asked to forget anybody: no token for that."""


class MailRemovals(Protocol):
    def ask(self, email: str) -> str:
        """Its number at the provider; asking again does no harm. Raises Later, NotAsked."""
        ...


class Mailer(Protocol):
    def send(self, mails: Sequence[TicketMail]) -> MailResults:
        """At most 500. Never raises for what the provider or the network does."""
        ...

    def sent_since(self, moment: datetime) -> Iterator[SentMail]:
        """Whatever the provider has sent of ours since then. Raises Later where it can't say now."""
        ...

    def find(self, batch_id: str) -> dict[str, str] | None:
        """Intent -> message id of what the provider took of this batch; None where it can't say now."""
        ...
