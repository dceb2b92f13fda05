"""CaptureRun: one a schedule and local day (I15), because its id is computed from them."""

from datetime import date, datetime
from uuid import UUID

from harrystix.domain import capture_run_events as facts
from harrystix.domain.base import Root
from harrystix.domain.errors import InvalidValue
from harrystix.domain.ids import capture_run_id
from harrystix.domain.values import By

SCHEDULED, NOW = "scheduled", "now"


class CaptureRun(Root):
    TOPIC = "CaptureRun"
    Event = facts.Event
    Started = facts.Started
    Enumerated = facts.Enumerated

    @classmethod
    def start(cls, by: By, schedule: str, day: date, until: datetime, kind: str = SCHEDULED) -> "CaptureRun":
        """A run on demand is its command's own, and needs a person. Raises InvalidValue."""
        if kind == NOW and not by.actor.startswith("staff:"):
            raise InvalidValue("Only a named member of staff may start a capture now.", field="actor")
        return cls._create(
            facts.Started,
            id=cls.id_of(schedule, day, by.command_id if kind == NOW else ""),
            timestamp=by.at,
            schedule=schedule,
            day=day.isoformat(),
            kind=kind,
            until=until,
            actor=by.actor,
            command_id=by.command_id,
            cause_id=by.cause_id,
        )

    @staticmethod
    def id_of(schedule: str, day: date, command_id: str = "") -> UUID:
        return capture_run_id(schedule, day.isoformat(), command_id)

    def __init__(self, schedule: str, day: str, kind: str, until: datetime) -> None:
        self.schedule = schedule
        self.day = day
        self.kind = kind
        self.until = until
        self.enumerated = False

    def finish_enumeration(self, by: By, *, no_card: int, needs_member: int) -> None:
        if not self.enumerated:
            self.record(by, facts.Enumerated, no_card=no_card, needs_member=needs_member)
