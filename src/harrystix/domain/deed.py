"""Deed: something done that has to be on record and belongs to nothing else; one a command."""

from uuid import UUID

from harrystix.domain import deed_events as facts
from harrystix.domain.base import Root
from harrystix.domain.values import By

KINDS = (
    "audit_exported",
    "copy_taken",
    "member_found",
    "passkey_added",
    "passkey_removed",
    "key_revoked",
    "address_changed",
    "message_replayed",
    "message_dropped",
    "test_mail_sent",
)


class Deed(Root):
    TOPIC = "Deed"
    Event = facts.Event
    Done = facts.Done

    @classmethod
    def do(cls, by: By, kind: str, subject: str = "") -> "Deed":
        return cls._create(
            facts.Done,
            id=UUID(by.command_id),
            timestamp=by.at,
            kind=kind,
            subject=subject,
            actor=by.actor,
            command_id=by.command_id,
            cause_id=by.cause_id,
        )

    def __init__(self, kind: str, subject: str) -> None:
        self.kind, self.subject = kind, subject
