"""What can happen to an upload, and how each fact evolves it."""

from typing import TYPE_CHECKING

from eventsourcing.domain import Aggregate

from harrystix.domain.base import Fact

if TYPE_CHECKING:
    from harrystix.domain.upload import Upload


class Event(Fact):
    TOPIC = "Upload.Event"


class Received(Event, Aggregate.Created):
    TOPIC = "Upload.Received"
    file_name: str
    sha256: str
    size_bytes: int
    form: str
    rows: int


class Corrected(Event):
    """What distinct written values mean: `events` by written name, `variants` by event id, then written name."""

    TOPIC = "Upload.Corrected"
    events: dict[str, str]
    variants: dict[str, dict[str, str]]

    def apply(self, aggregate: "Upload") -> None:
        aggregate.event_corrections = self.events
        aggregate.variant_corrections = self.variants


class Committed(Event):
    """`tickets`: accepted rows by ticketed event. accepted + duplicate + malformed = rows (I5)."""

    TOPIC = "Upload.Committed"
    tickets: dict[str, int]
    duplicates: int
    malformed: int

    def apply(self, aggregate: "Upload") -> None:
        aggregate.state = "committed"
        aggregate.tickets = self.tickets


class Discarded(Event):
    TOPIC = "Upload.Discarded"
    reason: str

    def apply(self, aggregate: "Upload") -> None:
        aggregate.state = "discarded"


class Completed(Event):
    """Every ticket of it was tried: it is with a member, or known to be unmatched."""

    TOPIC = "Upload.Completed"

    def apply(self, aggregate: "Upload") -> None:
        aggregate.state = "completed"


class Withdrawn(Event):
    """`left`: tickets that were already mailed or used, and stay with their members."""

    TOPIC = "Upload.Withdrawn"
    reason: str
    recalled: int
    left: int

    def apply(self, aggregate: "Upload") -> None:
        aggregate.state = "withdrawn"
        aggregate.recalled, aggregate.left = self.recalled, self.left
