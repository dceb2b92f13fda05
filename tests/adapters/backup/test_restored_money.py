"""After a restore of yesterday's backup nobody is charged again, and nobody is served whose money has gone back."""

from pathlib import Path

import pytest

from harrystix.adapters.backup.restore import come_back, finish, load
from harrystix.application.handlers import ordering
from harrystix.application.payment_ports import SavedCard
from harrystix.bootstrap import System
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent
from tests.adapters.backup.test_backup import backed_up, system_of
from tests.application.processes.test_looking import charges
from tests.application.processes.test_refunding import ask, at_stripe
from tests.money import announced, captured, get, members, ordered, paid, refunded
from tests.world import Recorded, World


def restored(here: World, folder: Path, empty: str) -> World:
    """As `harrystix restore` does it, a day later: Stripe has forgotten its keys."""
    here.stripe_fault(forget=True)
    loaded = load(folder, empty)
    system: System = system_of(here, empty)
    object.__setattr__(system.context, "nudge", Recorded())
    come_back(loaded, empty, system.store, system.context, here.system.settings.chain_path)
    finish(empty)
    return World(system, here.sandbox, here.folder, here.stripe_url, here.stripe)


def enters_a_card(here: World, order_id: str) -> None:
    """On the page that the member is sent to."""
    order = get(here, order_id)
    by = here.context.by(f"member:{order.member_id}")
    ordering.start_card(here.context, by, order, "https://back.example", "https://away.example")
    customer = here.context.customers.find(order.member_id)
    method = here.at_stripe("POST", "payment_methods/pm_card_visa/attach", customer=customer)["id"]
    card = SavedCard(f"seti_{by.command_id}", customer, method, 203012, order_id)
    ordering.save_card(here.context, here.context.by("provider:stripe"), order_id, card)


def test_who_became_a_customer_and_paid_after_the_backup_is_not_charged_again(
    here: World, empty: str
) -> None:
    event_id = announced(here)
    (member,) = members(here, 1)
    order = PreOrder.place(
        here.context.by(f"member:{member}"),
        event_id=event_id,
        member_id=member,
        variant_id="",
        price_minor=1200,
        currency="GBP",
    )
    here.system.store.commit(order)
    here.follow()
    order_id = str(order.id)
    made = backed_up(here)
    enters_a_card(here, order_id)
    captured(here, [order_id])
    assert (get(here, order_id).status, charges(here)) == (Status.CONFIRMED, 1)
    there = restored(here, made.folder, empty)
    try:
        enters_a_card(there, order_id)
        captured(there, [order_id], "run-2")
        assert charges(here) == 1
        assert get(there, order_id).status is Status.CONFIRMED
    finally:
        there.system.close()


@pytest.mark.parametrize("paid_before", [True, False])
def test_who_was_refunded_after_the_backup_gets_no_ticket(here: World, empty: str, paid_before: bool) -> None:
    if paid_before:
        (order_id,) = paid(here)
        made = backed_up(here)
    else:
        (order_id,) = ordered(here, announced(here))
        made = backed_up(here)
        captured(here, [order_id])
        here.settle()
    event_id = get(here, order_id).event_id
    ask(here, order_id)
    refunded(here)
    assert at_stripe(here) == [(1200, "succeeded")]
    there = restored(here, made.folder, empty)
    try:
        if not paid_before:
            captured(there, [order_id], "run-2")
        there.committed(there.file(there.system.store.get(TicketedEvent, event_id), 1))
        there.settle()
        assert charges(here) == 1
        assert get(there, order_id).status is not Status.FULFILLED, "the money has gone back"
    finally:
        if there.reader:
            there.reader.close()
        there.system.close()
