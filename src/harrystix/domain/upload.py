"""Upload: one CSV file on its way: received, corrected, committed or discarded, completed, withdrawn."""

from uuid import UUID

from harrystix.domain import upload_events as facts
from harrystix.domain.base import Root
from harrystix.domain.errors import IllegalTransition
from harrystix.domain.values import By


class Upload(Root):
    TOPIC = "Upload"
    Event = facts.Event
    Received = facts.Received
    Corrected = facts.Corrected
    Committed = facts.Committed
    Discarded = facts.Discarded
    Completed = facts.Completed
    Withdrawn = facts.Withdrawn

    @classmethod
    def receive(
        cls, upload_id: UUID, by: By, *, file_name: str, sha256: str, size_bytes: int, form: str, rows: int
    ) -> "Upload":
        """`form`: `login` for email and password, `qr` for QR payloads. `rows`: data rows in the file."""
        return cls._create(
            facts.Received,
            id=upload_id,
            timestamp=by.at,
            file_name=file_name,
            sha256=sha256,
            size_bytes=size_bytes,
            form=form,
            rows=rows,
            actor=by.actor,
            command_id=by.command_id,
            cause_id=by.cause_id,
        )

    def __init__(self, file_name: str, sha256: str, form: str, rows: int, actor: str) -> None:
        self.received_by = actor
        self.file_name = file_name
        self.sha256 = sha256
        self.form = form
        self.rows = rows
        self.state = "received"
        self.event_corrections: dict[str, str] = {}
        self.variant_corrections: dict[str, dict[str, str]] = {}
        self.tickets: dict[str, int] = {}
        # Of its withdrawal: taken back, and left with members who have got them.
        self.recalled: int | None = None
        self.left: int | None = None

    def correct(self, by: By, events: dict[str, str], variants: dict[str, dict[str, str]]) -> None:
        self._require("received", "correcting")
        if (events, variants) != (self.event_corrections, self.variant_corrections):
            self.record(by, facts.Corrected, events=events, variants=variants)

    def commit(self, by: By, *, tickets: dict[str, int], duplicates: int, malformed: int) -> bool:
        """False where it was committed before: committing twice adds nothing."""
        if self.state in {"committed", "completed"}:
            return False
        self._require("received", "committing")
        self.record(by, facts.Committed, tickets=tickets, duplicates=duplicates, malformed=malformed)
        return True

    def discard(self, by: By, reason: str) -> None:
        if self.state != "discarded":
            self._require("received", "discarding")
            self.record(by, facts.Discarded, reason=reason)

    def complete(self, by: By) -> None:
        if self.state == "committed":
            self.record(by, facts.Completed)

    def withdraw(self, by: By, *, reason: str, recalled: int, left: int) -> None:
        if self.state == "withdrawn":
            return
        if self.state not in {"committed", "completed"}:
            raise IllegalTransition("Upload", self.id, self.state, "withdrawing")
        self.record(by, facts.Withdrawn, reason=reason, recalled=recalled, left=left)

    def _require(self, state: str, doing: str) -> None:
        if self.state != state:
            raise IllegalTransition("Upload", self.id, self.state, doing)
