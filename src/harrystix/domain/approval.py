"""Approval: an act that needs a second person. Who asks can't grant, and after three days nobody can."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from harrystix.domain import approval_events as facts
from harrystix.domain.base import Root
from harrystix.domain.errors import DomainError, IllegalTransition, InvalidValue
from harrystix.domain.values import By, reason_given

KINDS = ("resend", "refund", "refunds", "bulk", "erasure", "role", "staff", "event", "api_key", "import")
GOOD_FOR = timedelta(days=3)


class SamePerson(DomainError):
    """Two people have to want it."""

    code = "same_person"


class Approval(Root):
    TOPIC = "Approval"
    Event = facts.Event
    Requested = facts.Requested
    Granted = facts.Granted
    Denied = facts.Denied
    CarriedOut = facts.CarriedOut

    @classmethod
    def request(
        cls,
        by: By,
        approval_id: UUID,
        *,
        kind: str,
        subject: str,
        details: dict[str, Any],
        reason: str,
        event_id: str = "",
    ) -> "Approval":
        """Raises InvalidValue."""
        if kind not in KINDS:
            raise InvalidValue(f"What can be approved is one of {', '.join(KINDS)}.", field="kind")
        return cls._create(
            facts.Requested,
            id=approval_id,
            timestamp=by.at,
            kind=kind,
            subject=subject,
            event_id=event_id,
            details=details,
            reason=reason_given(reason),
            actor=by.actor,
            command_id=by.command_id,
            cause_id=by.cause_id,
        )

    def __init__(
        self,
        kind: str,
        subject: str,
        event_id: str,
        details: dict[str, Any],
        reason: str,
        actor: str,
        command_id: str,
        timestamp: datetime,
    ) -> None:
        self.kind, self.subject, self.event_id = kind, subject, event_id
        self.details, self.reason = details, reason
        self.requested_by, self.request_id = actor, command_id
        self.requested_at = timestamp
        self.state = "requested"
        self.decided_by = ""
        self.decided_at: datetime | None = None

    def grant(self, by: By) -> None:
        """Raises SamePerson, IllegalTransition once it is decided or too old."""
        if self.state != "requested" and self.decided_by == by.actor and self.state != "denied":
            return
        self._require_open(by, "granting")
        if by.actor == self.requested_by:
            raise SamePerson("Somebody else has to grant what you asked for.")
        self.record(by, facts.Granted, kind=self.kind, event_id=self.event_id)

    def deny(self, by: By, reason: str) -> None:
        if self.state == "denied":
            return
        self._require_open(by, "denying")
        self.record(by, facts.Denied, kind=self.kind, event_id=self.event_id, reason=reason_given(reason))

    def finish(self, by: By, outcome: str, done: int, refused: int) -> None:
        if self.state == "granted":
            self.record(
                by,
                facts.CarriedOut,
                kind=self.kind,
                event_id=self.event_id,
                outcome=outcome,
                done=done,
                refused=refused,
            )

    def _require_open(self, by: By, doing: str) -> None:
        expired = by.at - self.requested_at > GOOD_FOR
        if self.state != "requested" or expired:
            raise IllegalTransition("Approval", self.id, "expired" if expired else self.state, doing)
