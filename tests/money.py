"""Hands for tests about money: pre-orders with cards, Stripe's webhooks on their way to us, a clock that stands."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from harrystix.adapters.sandbox.stripe.deliver import Deliveries
from harrystix.adapters.stripe.webhook import hint
from harrystix.application.handlers import events
from harrystix.application.processes.capture import capture_due
from harrystix.application.processes.payment_news import SUBSCRIBED
from harrystix.application.processes.refunding import refund_due
from harrystix.domain.pre_order import PreOrder
from tests.world import STRIPE_SECRET, World

MEMBER = "00000000-0000-4000-8000-{:012}"


def announced(here: World, days: float = 20, code: str = "NEON", price: int = 1200, **more: Any) -> str:
    """Far enough ahead for a Tuesday to come before it."""
    starts_at = datetime.now(UTC) + timedelta(days=days)
    new = events.NewEvent(f"Night {code}", code, starts_at, price_minor=price, **more)
    made = events.announce(here.context, here.context.by("staff:test"), new)
    here.follow()
    return str(made.id)


def members(here: World, count: int, start: int = 0) -> list[str]:
    from harrystix.application.ports import Member

    wanted = [Member(f"m{number}@uni.example", f"M {number}") for number in range(start, start + count)]
    return here.context.members.find_or_add(wanted)


def ordered(
    here: World, event_id: str, count: int = 1, alias: str = "visa", start: int = 0, variant: str = ""
) -> list[str]:
    """Pre-orders with a saved card each, real at the sandbox; a card that can't be saved declines later."""
    made: list[PreOrder] = []
    for number, member in enumerate(members(here, count, start), start):
        by = here.context.by(f"member:{member}")
        order = PreOrder.place(
            by, event_id=event_id, member_id=member, variant_id=variant, price_minor=1200, currency="GBP"
        )
        customer = here.at_stripe("POST", "customers")["id"]
        method = here.at_stripe("POST", f"payment_methods/pm_card_{alias}/attach", customer=customer)["id"]
        order.save_card(
            by, setup_id=f"seti_{number}", customer_id=customer, payment_method_id=method, expires=203012
        )
        made.append(order)
    here.system.store.commit(*made)
    here.follow()
    return [str(order.id) for order in made]


def captured(here: World, ids: list[str], run: str = "run-1") -> None:
    """Asked for and taken, or declined."""
    orders = here.system.store.get_many(PreOrder, ids)
    for order in orders.values():
        order.request_capture(here.context.by("system:capture"), run)
    here.system.store.commit(*orders.values())
    here.follow()
    capture_due(here.context, here.context.payments)
    here.follow()


def paid(here: World, count: int = 1, alias: str = "visa", **more: Any) -> list[str]:
    ids = ordered(here, announced(here), count, alias, **more)
    captured(here, ids)
    here.settle()
    return ids


def get(here: World, order_id: str) -> PreOrder:
    return here.system.store.get(PreOrder, order_id)


def refunded(here: World) -> None:
    """What is due is asked for at Stripe, and told."""
    here.follow()
    here.system.database.execute(
        "UPDATE reporting.due_work SET leased_until = '-infinity' WHERE kind = 'refund'"
    )
    refund_due(here.context)
    here.settle()


def news(here: World, *, kinds: tuple[str, ...] = SUBSCRIBED) -> list[dict[str, Any]]:
    """Everything that Stripe would have told us, oldest first."""
    with here.stripe.store.guard:
        page: list[dict[str, Any]] = here.stripe.store.page("event", {"limit": "100"})[0]
    return [event for event in reversed(page) if event["type"] in kinds]


def told(here: World, event: dict[str, Any], suffix: str = "") -> None:
    """It has arrived, as if by webhook; with a suffix, as another event object about the same thing."""
    here.context.inbox.add("stripe", event["id"] + suffix, event["type"], hint(event))


def connected(here: World) -> Deliveries:
    """From now on the sandbox delivers its webhooks to our web server, signed."""
    made = Deliveries(f"{here.web}/webhooks/stripe", STRIPE_SECRET, SUBSCRIBED)
    here.stripe.deliveries = made
    made.start()
    return made


def delivered(made: Deliveries, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while made.waiting():
        assert time.monotonic() < deadline, "webhooks are still on their way"
        time.sleep(0.01)
