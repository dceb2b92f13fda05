"""What can happen to a capture run."""

from datetime import datetime
from typing import TYPE_CHECKING

from eventsourcing.domain import Aggregate

from harrystix.domain.base import Fact

if TYPE_CHECKING:
    from harrystix.domain.capture_run import CaptureRun


class Event(Fact):
    TOPIC = "CaptureRun.Event"


class Started(Event, Aggregate.Created):
    """`day`: the local date, like 2026-11-24. `kind`: scheduled, or now by a named person.

    `until`: who ordered later waits for the next run, however late this one begins.
    """

    TOPIC = "CaptureRun.Started"
    schedule: str
    day: str
    kind: str
    until: datetime


class Enumerated(Event):
    """Everybody was looked at; those without an attempt, by why there was none."""

    TOPIC = "CaptureRun.Enumerated"
    no_card: int
    needs_member: int

    def apply(self, aggregate: "CaptureRun") -> None:
        aggregate.enumerated = True
