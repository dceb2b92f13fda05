"""One pre-order that can't be read is one; an absent or wrongly set up Stripe is nobody's decline, and is seen."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from harrystix.application.payment_ports import Refused
from harrystix.application.processes.inbox import process
from harrystix.application.processes.refunding import refund_due
from tests.application.processes.test_away_and_back import (
    capture,
    impatient,
    ten_messages,
    ten_refunds,
    time_goes_on,
)
from tests.application.processes.test_looking import asked, charges
from tests.application.processes.test_refunding import at_stripe
from tests.money import announced, get, ordered
from tests.world import World


def asked_ten(here: World) -> list[str]:
    ids = ordered(here, announced(here), 10)
    asked(here, ids)
    return ids


def refund(here: World) -> None:
    refund_due(here.context)


def given_back(here: World) -> int:
    return len(at_stripe(here))


def read(here: World) -> None:
    process(here.context)


def settled(here: World) -> int:
    return len(here.system.database.all("SELECT 1 FROM app.inbox WHERE state = 'done'"))


@pytest.mark.parametrize(
    ("begin", "work", "done"),
    [
        (asked_ten, capture, charges),
        (ten_refunds, refund, given_back),
        (ten_messages, read, settled),
    ],
    ids=["capture", "refund", "news"],
)
def test_nine_are_done_where_the_log_has_a_fact_of_the_third_that_nobody_can_read(
    here: World,
    begin: Callable[[World], list[str]],
    work: Callable[[World], object],
    done: Callable[[World], int],
) -> None:
    ids = begin(here)
    here.system.database.execute(
        "UPDATE log.stored_events SET topic = 'PreOrder.FromTheFuture' "
        "WHERE originator_id = %s::uuid AND originator_version = 2",
        (ids[2],),
    )
    for _ in range(3):
        with contextlib.suppress(Exception):
            work(here)
        here.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
        here.system.database.execute("UPDATE app.inbox SET not_before = now()")
    assert done(here) == 9


def test_a_stripe_that_is_away_is_an_outage_and_pauses_the_payments(here: World) -> None:
    ids = ordered(here, announced(here), 60)
    asked(here, ids)
    impatient(here)
    here.stripe_fault(requests={"error_before": 1_000_000})
    for _ in range(6):
        capture(here)
        here.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
    assert [outage.name for outage in here.context.outages.current()] == ["stripe"]


def test_a_stripe_that_is_away_is_an_outage_for_refunds_as_well(here: World) -> None:
    ten_refunds(here)
    impatient(here)
    here.stripe_fault(requests={"error_before": 1_000_000})
    for _ in range(12):
        refund_due(here.context)
        here.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
    assert [outage.name for outage in here.context.outages.current()] == ["stripe"]


def test_an_account_that_may_not_charge_declines_nobody(here: World) -> None:
    ids = asked_ten(here)

    def refuse(*_: Any) -> Any:
        raise Refused("testmode_charges_only")

    here.context.payments.create = refuse
    for _ in range(3):
        capture(here)
        time_goes_on(here)
    assert {get(here, one).attempt_open for one in ids} == {True}
    assert [outage.name for outage in here.context.outages.current()] == ["stripe"]
