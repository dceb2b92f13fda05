"""What can happen to a ticketed event, and how each fact evolves it."""

from datetime import datetime
from typing import TYPE_CHECKING

from eventsourcing.domain import Aggregate

from harrystix.domain.base import Fact
from harrystix.domain.values import FallbackRule, VariantFacts

if TYPE_CHECKING:
    from harrystix.domain.ticketed_event import TicketedEvent


class Event(Fact):
    TOPIC = "TicketedEvent.Event"


class Announced(Event, Aggregate.Created):
    TOPIC = "TicketedEvent.Announced"
    name: str
    code: str
    venue: str
    starts_at: datetime
    time_zone: str
    price_minor: int
    currency: str
    variants: list[VariantFacts]
    sales_open_at: datetime | None
    sales_close_at: datetime | None
    fallback: str
    window_minutes: int


class DetailsChanged(Event):
    TOPIC = "TicketedEvent.DetailsChanged"
    name: str
    venue: str
    starts_at: datetime

    def apply(self, aggregate: "TicketedEvent") -> None:
        aggregate.name, aggregate.venue, aggregate.starts_at = self.name, self.venue, self.starts_at


class VariantAdded(Event):
    TOPIC = "TicketedEvent.VariantAdded"
    variant: VariantFacts

    def apply(self, aggregate: "TicketedEvent") -> None:
        aggregate.variants.append(self.variant)


class FallbackRuleChanged(Event):
    TOPIC = "TicketedEvent.FallbackRuleChanged"
    fallback: str
    window_minutes: int

    def apply(self, aggregate: "TicketedEvent") -> None:
        aggregate.fallback = FallbackRule(self.fallback)
        aggregate.window_minutes = self.window_minutes


class CorrectionRemembered(Event):
    TOPIC = "TicketedEvent.CorrectionRemembered"
    written: str
    variant_id: str

    def apply(self, aggregate: "TicketedEvent") -> None:
        aggregate.corrections[self.written] = self.variant_id


class SalesWindowChanged(Event):
    """None: from the beginning, or until the event starts."""

    TOPIC = "TicketedEvent.SalesWindowChanged"
    sales_open_at: datetime | None
    sales_close_at: datetime | None

    def apply(self, aggregate: "TicketedEvent") -> None:
        aggregate.sales_open_at, aggregate.sales_close_at = self.sales_open_at, self.sales_close_at


class PictureChanged(Event):
    """`picture`: the SHA-256 of what is shown; empty: none. The picture itself lies beside the log."""

    TOPIC = "TicketedEvent.PictureChanged"
    picture: str

    def apply(self, aggregate: "TicketedEvent") -> None:
        aggregate.picture = self.picture
