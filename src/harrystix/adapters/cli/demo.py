"""The demo that the first `up` seeds: three events, a few hundred paid pre-orders, a file with mistakes."""

import os
import random
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harrystix.adapters.postgres.api_keys import ApiKeys
from harrystix.application.handlers import events, imports, staff
from harrystix.application.ports import Member
from harrystix.bootstrap import build
from harrystix.domain.values import FallbackRule
from harrystix.settings import Settings

FIRST = ("Ada", "Ben", "Cleo", "Dev", "Ella", "Finn", "Grace", "Hugo", "Isla", "Jude", "Kit", "Lena", "Milo")
LAST = ("Ali", "Baker", "Chen", "Davies", "Evans", "Ford", "Green", "Hall", "Iqbal", "Jones", "Khan", "Lewis")


OWNER, MEMBER = "demo@staff.example", "kim@uni.example"


def owners_link(environment: dict[str, str]) -> str:
    """A way in for the demo's owner, whom nobody has told a password: good once, for ten minutes."""
    os.environ.update(environment)
    system = build(Settings())  # pyright: ignore[reportCallIssue]
    try:
        known = system.context.people.staff.find(OWNER)
        if known is None:
            by = system.context.by("system:demo", "owner")
            password = secrets.token_urlsafe(24)
            known, _ = staff.create(
                system.context, by, email=OWNER, name="Demo owner", role="owner", password=password
            )
        return f"{system.settings.address}/sign-in#desk={staff.link(system.context, known)}"
    finally:
        system.close()


def members_link(environment: dict[str, str]) -> str:
    """A way in for the demo's member, as their mail would have it: good once, for a quarter of an hour."""
    os.environ.update(environment)
    system = build(Settings())  # pyright: ignore[reportCallIssue]
    try:
        token = system.context.people.links.make(MEMBER, system.context.clock.now())
        return f"{system.settings.address}/sign-in#{token}"
    finally:
        system.close()


def seed(environment: dict[str, str], folder: Path) -> tuple[str, str]:
    """Keys to show: of an admin, and of a member who has not ordered yet. Seeded once."""
    mark = folder / "demo-key"
    if mark.exists():
        admin, _, member = mark.read_text().strip().partition("\n")
        return admin, member
    os.environ.update(environment)
    system = build(Settings())  # pyright: ignore[reportCallIssue]
    try:
        context = system.context
        by = context.by("system:demo", "demo")
        night = datetime.now(UTC).replace(hour=20, minute=0, second=0, microsecond=0) + timedelta(days=9)
        slots = [
            events.NewVariant(
                f"Entry {name}", night + timedelta(minutes=30 * i), night + timedelta(minutes=30 * (i + 1))
            )
            for i, name in enumerate(("8-8:30pm", "8:30-9pm", "9-9:30pm", "9:30-10pm"))
        ]
        made = [
            events.NewEvent(
                "Neon Night",
                "NEON",
                night,
                "The Warehouse",
                price_minor=1200,
                variants=slots,
                fallback=FallbackRule.CLOSEST_TIME,
                window_minutes=30,
            ),
            events.NewEvent(
                "Winter Ball",
                "BALL",
                night + timedelta(days=7),
                "Town Hall",
                price_minor=4500,
                variants=[
                    events.NewVariant("Standard"),
                    events.NewVariant("Dining"),
                    events.NewVariant("VIP"),
                ],
                fallback=FallbackRule.ANY_VARIANT,
            ),
            events.NewEvent(
                "Silent Disco", "SILENT", night + timedelta(days=2), "Union Bar", price_minor=800
            ),
        ]
        for number, new in enumerate(made):
            events.announce(context, context.by("system:demo", f"event/{number}"), new)
        imports.import_orders(context, by, _orders(made).encode())
        (folder / "sample-tickets.csv").write_text(_tickets(made))
        keys = ApiKeys(system.database)
        kim = context.members.find_or_add([Member(MEMBER, "Kim")])[0]
        shown = keys.create("admin", "demo"), keys.create("member", "demo", kim)
        mark.touch(mode=0o600)
        mark.write_text("\n".join(shown))
        return shown
    finally:
        system.close()


def _orders(made: list[events.NewEvent]) -> str:
    chance = random.Random(7)
    lines = ["Event,Variant,Member,Email,Paid at,Payment intent"]
    paid = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    for number in range(360):
        event = made[number % 3]
        name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
        wish = chance.choice([*event.variants, None]) if event.variants else None
        address = f"{name.replace(' ', '.').lower()}.{number}@uni.example"
        moment = (paid + timedelta(seconds=number * 7)).isoformat()
        lines.append(
            f"{event.code},{wish.name if wish else ''},{name},{address},{moment},pi_demo_{number:04}"
        )
    return "\n".join(lines) + "\n"


def _tickets(made: list[events.NewEvent]) -> str:
    lines = ["Event,Variant,Email,Password"]
    for number in range(110):
        slot = made[0].variants[number % 4].name
        slot = slot.replace("Entry 9-9:30pm", "Entry 9pm - 9.30pm") if number % 8 == 2 else slot
        lines.append(f"Neon Night,{slot},neon{number:03}@tickets.example,Nn-{number * 7919 % 99991:05}")
    for number in range(100):
        kind = ("Standard", "Standard", "Dining", "VIP")[number % 4]
        name = "Winter Bal" if number in {5, 6} else "Winter Ball"
        lines.append(f"{name},{kind},ball{number:03}@tickets.example,Wb-{number * 6101 % 99991:05}")
    for number in range(130):
        lines.append(f"SILENT,,silent{number:03}@tickets.example,Sd-{number * 4241 % 99991:05}")
    lines[40] = lines[39]
    lines[60] = lines[60].replace("@tickets.example", "")
    lines[150] += ",what is this"
    return "\n".join(lines) + "\n"
