"""Data sets for the bench: real facts in the log, real rows in the vault, by the shortest way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from harrystix.adapters.vault.keyring import Keyring
from harrystix.adapters.vault.mail_index import FORM
from harrystix.adapters.vault.members import place_of
from harrystix.application.handlers import events
from harrystix.bootstrap import System
from harrystix.domain import payment_events as money
from harrystix.domain import pre_order_events as facts
from harrystix.domain.base import Fact
from harrystix.domain.ids import pre_order_id
from harrystix.domain.ticketed_event import TicketedEvent

VARIANTS = ("Early", "Middle", "Late", "Very late")
PRICE = 1200


def announce(system: System, number: int, variants: int = 4) -> TicketedEvent:
    by = system.context.by("system:bench", f"event/{number}")
    start = datetime.now(UTC) + timedelta(days=1 + number % 300)
    chosen = [events.NewVariant(name) for name in VARIANTS[:variants]]
    new = events.NewEvent(f"Bench {number}", f"B{number}", start, price_minor=PRICE, variants=chosen)
    return events.announce(system.context, by, new)


def load_orders(
    system: System,
    event: TicketedEvent,
    count: int,
    *,
    paid: bool = True,
    cards: int = 0,
    ago: timedelta = timedelta(),
) -> list[str]:
    """`count` pre-orders of new members, variants in turn; returns their ids. `cards`: their end, 0: none."""
    now = datetime.now(UTC) - ago
    members = [str(uuid4()) for _ in range(count)]
    _load_members(system, members)
    ids: list[str] = []
    batch: list[Fact] = []
    for number, member in enumerate(members):
        variant = event.variants[number % len(event.variants)]["id"] if event.variants else ""
        order = pre_order_id(str(event.id), member)
        ids.append(str(order))
        batch += _facts(order, str(event.id), member, variant, now, paid=paid, cards=cards)
        if len(batch) >= 10_000:
            _append(system, batch)
            batch = []
    _append(system, batch)
    return ids


def _facts(
    order: UUID, event_id: str, member: str, variant: str, now: datetime, *, paid: bool, cards: int
) -> Iterator[Fact]:
    who = {"actor": "system:bench", "command_id": str(order), "cause_id": "", "timestamp": now}
    yield _made(
        facts.Placed,
        originator_id=order,
        originator_version=1,
        originator_topic="PreOrder",
        event_id=event_id,
        member_id=member,
        variant_id=variant,
        price_minor=PRICE,
        currency="GBP",
        **who,
    )
    if cards:
        yield _made(
            money.CardSaved,
            originator_id=order,
            originator_version=2,
            setup_id=f"seti_{order}",
            customer_id=f"cus_{order}",
            payment_method_id=f"pm_{order}",
            expires=cards,
            entered_at=0,
            event_id=event_id,
            **who,
        )
    if paid:
        yield _made(
            facts.PaymentConfirmed,
            originator_id=order,
            originator_version=2,
            payment_id=f"pi_{order}",
            amount_minor=PRICE,
            currency="GBP",
            event_id=event_id,
            variant_id=variant,
            paid_at=now,
            **who,
        )


def _made(kind: Any, **values: Any) -> Fact:
    return kind(**values)


def _append(system: System, batch: list[Fact]) -> None:
    mapper = system.store.mapper
    with system.database.transaction() as cursor:
        cursor.execute("LOCK TABLE log.stored_events IN EXCLUSIVE MODE")
        with cursor.copy(
            "COPY log.stored_events (originator_id, originator_version, topic, state) FROM STDIN"
        ) as copy:
            for fact in batch:
                stored = mapper.to_stored_event(fact)
                copy.write_row((stored.originator_id, stored.originator_version, stored.topic, stored.state))
        cursor.execute("NOTIFY stored_events")


def _load_members(system: System, members: list[str]) -> None:
    keys = Keyring.load(system.settings.keys_path)
    with (
        system.database.transaction() as cursor,
        cursor.copy(
            "COPY vault.members (member_id, email_index, wrapped_key, sealed, form) FROM STDIN"
        ) as copy,
    ):
        for member in members:
            address = f"{member[:13]}@uni.example"
            wrapped, sealed = keys.seal(orjson.dumps([address, "Bench"]), place_of(member))
            copy.write_row((member, keys.index("member-email", address), wrapped, sealed, FORM))


def tickets(event: TicketedEvent, count: int, start: int = 0) -> bytes:
    lines = ["Event,Variant,Email,Password"]
    for number in range(start, start + count):
        variant = event.variants[number % len(event.variants)]["name"] if event.variants else ""
        lines.append(f"{event.name},{variant},t{number}@tickets.example,pw-{number:08}")
    return "\n".join(lines).encode()
