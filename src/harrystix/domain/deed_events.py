"""What was done that changes no order, ticket or person: looked up, taken along, opened or closed."""

from eventsourcing.domain import Aggregate

from harrystix.domain.base import Fact


class Event(Fact):
    TOPIC = "Deed.Event"


class Done(Event, Aggregate.Created):
    """`subject`: an id, or empty."""

    TOPIC = "Deed.Done"
    kind: str
    subject: str
