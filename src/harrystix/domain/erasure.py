"""Erasure: one a member, because its id is computed; ordered when two people wanted it, ended by a certificate."""

from datetime import datetime
from typing import Any
from uuid import UUID

from harrystix.domain import erasure_events as facts
from harrystix.domain.base import Root
from harrystix.domain.ids import erasure_id
from harrystix.domain.values import By

# What is kept, and why it may be: the certificate says it to the person.
REMAINS: list[dict[str, Any]] = [
    {
        "what": "events about orders, payments and refunds, under a random number that leads to nobody",
        "why": "accounts have to be kept (Art. 17(3)(b) GDPR)",
        "until": "as long as the tax law says",
    },
    {
        "what": "payments and refunds at the payment provider, without the customer",
        "why": "its own legal duties",
        "until": "as it says",
    },
    {
        "what": "backups and the database's write-ahead log made before",
        "why": "they can't be changed in part; a restore erases again from the ledger of erasures",
        "until": "30 days at most",
    },
    {
        "what": "this certificate and a line in the ledger of erasures: the random number only",
        "why": "to prove the erasure and to repeat it after a restore (Art. 5(2) GDPR)",
        "until": "as long as backups could bring the person back, and claims can be made",
    },
]


class Erasure(Root):
    TOPIC = "Erasure"
    Event = facts.Event
    Ordered = facts.Ordered
    OrderedAgain = facts.OrderedAgain
    Completed = facts.Completed

    @classmethod
    def order(cls, by: By, member_id: str, *, origin: str, approval_id: str = "") -> "Erasure":
        return cls._create(
            facts.Ordered,
            id=erasure_id(member_id),
            timestamp=by.at,
            member_id=member_id,
            origin=origin,
            approval_id=approval_id,
            actor=by.actor,
            command_id=by.command_id,
            cause_id=by.cause_id,
        )

    @staticmethod
    def create_id(member_id: str) -> UUID:
        return erasure_id(member_id)

    def __init__(self, member_id: str, origin: str, approval_id: str, timestamp: datetime) -> None:
        self.member_id, self.origin, self.approval_id = member_id, origin, approval_id
        self.ordered_at = timestamp
        self.state = "ordered"
        self.certificate: dict[str, Any] = {}

    def order_again(self, by: By, origin: str) -> None:
        """Quiet while one is under way."""
        if self.state == "completed":
            self.record(by, facts.OrderedAgain, member_id=self.member_id, origin=origin)

    def complete(
        self, by: By, *, orders: int, removed: dict[str, int], providers: dict[str, str], vacuumed: list[str]
    ) -> None:
        if self.state != "completed":
            self.record(
                by,
                facts.Completed,
                member_id=self.member_id,
                orders=orders,
                removed=removed,
                providers=providers,
                vacuumed=vacuumed,
                remains=REMAINS,
            )
