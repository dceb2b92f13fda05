"""Jobs over many pre-orders on a real log: each item done or refused with its reason, across events, and once."""

from typing import Any

import pytest

from harrystix.adapters.vault.members import Members
from harrystix.application.handlers import bulk as handlers
from harrystix.application.handlers import money
from harrystix.application.processes import bulk
from harrystix.application.processes.refunding import refund_due
from harrystix.domain.bulk_job import BulkJob
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.projections.bulk_jobs import queries
from tests.money import announced, captured, ordered
from tests.world import World

NOBODY = "7c1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1"


def night(here: World, name: str, orders: int, tickets: int) -> list[str]:
    """Paid pre-orders in the order of the queue, of which the first `tickets` are served."""
    event = here.event(name)
    here.paid(event, orders, prefix=name)
    if tickets:
        here.committed(here.file(event, tickets, start=abs(hash(name)) % 10_000))
    here.settle()
    rows: Any = here.system.database.all(
        "SELECT id::text FROM reporting.pre_orders WHERE event_id = %s ORDER BY position", (str(event.id),)
    )
    return [row[0] for row in rows]


def job(here: World, kind: str, ids: list[str], key: str = "j1", *, waits: bool = False) -> str:
    by = here.context.by("staff:kim", key)
    made = handlers.order(here.context, by, kind=kind, order_ids=ids, reason="the band is ill", waits=waits)
    here.follow()
    return made


def carried_out(here: World, kind: str, ids: list[str], key: str = "j1") -> queries.JobRow:
    made = job(here, kind, ids, key)
    bulk.carry_out(here.context)
    here.settle()
    found = queries.one(here.system.database, made)
    assert found is not None
    return found


def statuses(here: World, ids: list[str]) -> list[Status]:
    return [here.system.store.get(PreOrder, order_id).status for order_id in ids]


def test_each_pre_order_of_several_events_is_done_or_refused_with_its_reason(here: World) -> None:
    first, second = night(here, "Neon", 3, 2), night(here, "Opal", 2, 1)
    found = carried_out(here, "used", [*first, *second, NOBODY])
    assert (found.state, found.total, found.done, found.refused) == ("finished", 6, 3, 3)
    why = {item.pre_order_id: item.why for item in queries.items(here.system.database, found.id, 50)}
    assert why[first[0]] == "" and "waiting" in why[first[2]] and why[NOBODY] == "There is no such pre-order."
    assert statuses(here, [first[0], first[1], second[0]]) == [Status.USED] * 3
    assert not here.broken()


def test_the_same_command_orders_one_job_and_what_is_done_is_not_done_again(here: World) -> None:
    ids = night(here, "Neon", 2, 2)
    one, again = job(here, "resend", ids), job(here, "resend", ids)
    assert one == again
    bulk.carry_out(here.context)
    here.settle()
    assert bulk.carry_out(here.context) == 0
    assert len(here.mails()) == 4


def test_a_job_that_waits_begins_when_a_second_person_agrees(here: World) -> None:
    ids = night(here, "Neon", 1, 1)
    made = job(here, "used", ids, waits=True)
    assert bulk.carry_out(here.context) == 0
    handlers.release(here.context, here.context.by("staff:lee"), made)
    here.follow()
    assert bulk.carry_out(here.context) == 1
    assert statuses(here, ids) == [Status.USED]


def test_a_job_that_was_stopped_does_nothing_more(here: World) -> None:
    ids = night(here, "Neon", 1, 1)
    made = job(here, "used", ids)
    handlers.stop(here.context, here.context.by("staff:lee"), made, "the wrong night")
    assert bulk.carry_out(here.context) == 0
    here.follow()
    assert statuses(here, ids) == [Status.FULFILLED]
    found = queries.one(here.system.database, made)
    assert found and (found.state, found.left_out) == ("stopped", 1)
    assert here.system.database.one("SELECT count(*) FROM reporting.due_work WHERE kind = 'bulk'") == (0,)


def test_who_is_held_gets_no_ticket_until_released_and_then_comes_first_again(here: World) -> None:
    event = here.event("Neon")
    here.paid(event, 3)
    here.settle()
    ids = [
        row[0]
        for row in here.system.database.all("SELECT id::text FROM reporting.pre_orders ORDER BY position")
    ]
    assert carried_out(here, "hold", ids[:1]).done == 1
    held_twice = carried_out(here, "hold", ids[:1], "j2")
    assert queries.reasons(here.system.database, held_twice.id)[0][0].count("on hold") == 1
    here.committed(here.file(event, 1))
    here.settle()
    assert statuses(here, ids) == [Status.WAITING, Status.FULFILLED, Status.WAITING]
    assert carried_out(here, "release", ids, "j3").done == 1
    here.committed(here.file(event, 1, start=1))
    here.settle()
    assert statuses(here, ids) == [Status.FULFILLED, Status.FULFILLED, Status.WAITING]
    assert not here.broken()


def test_a_mail_that_a_hold_caught_goes_out_when_it_is_released(here: World) -> None:
    event = here.event("Neon")
    here.paid(event, 1)
    here.committed(here.file(event, 1))
    here.settle_until_mail()
    ids = [row[0] for row in here.system.database.all("SELECT id::text FROM reporting.pre_orders")]
    carried_out(here, "hold", ids)
    assert here.mails() == []
    carried_out(here, "release", ids, "j2")
    assert len(here.mails()) == 1


def test_all_that_is_left_goes_back_to_each_and_their_tickets_are_void(here: World) -> None:
    event = announced(here)
    ids = ordered(here, event, 2)
    captured(here, ids)
    here.settle()
    found = carried_out(here, "refund", ids)
    assert found.done == 2
    refund_due(here.context)
    here.settle()
    assert statuses(here, ids) == [Status.REFUNDED] * 2
    again = carried_out(here, "refund", ids, "j2")
    assert (again.done, again.refused) == (0, 2)


def test_a_death_between_two_steps_loses_and_doubles_nothing(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "TOGETHER", 2)
    monkeypatch.setattr(bulk, "TURNS", 1)
    ids = night(here, "Neon", 5, 5)
    made = job(here, "resend", ids)
    for left in (3, 1, 0):
        bulk.carry_out(here.context)
        assert len(here.system.store.get(BulkJob, made).left) == left
    here.settle()
    assert len(here.mails()) == 10


def test_no_address_is_in_a_job(here: World) -> None:
    ids = night(here, "Neon", 1, 1)
    found = carried_out(here, "used", ids)
    assert isinstance(here.context.members, Members)
    stored = here.system.database.all(
        "SELECT encode(state, 'escape') FROM log.stored_events WHERE originator_id = %s", (found.id,)
    )
    assert stored and not any("uni.example" in row[0] for row in stored)


def test_money_in_dispute_and_used_tickets_are_left_out_of_refunds_of_many(here: World) -> None:
    ids = night(here, "Neon", 3, 3)
    carried_out(here, "used", ids[:1])
    by = here.context.by("provider:stripe", "dispute/dp_1")
    money.freeze(here.context, by, ids[1], case_id="dp_1", kind="dispute", reason="fraudulent")
    found = carried_out(here, "refund", ids, "j2")
    why = {item.pre_order_id: item.why for item in queries.items(here.system.database, found.id, 9)}
    assert (found.done, found.refused) == (1, 2)
    assert "used" in why[ids[0]] and "in dispute" in why[ids[1]] and why[ids[2]] == ""


def test_a_hold_is_no_case_of_a_provider_and_the_same_hold_again_is_quiet(here: World) -> None:
    ids = night(here, "Neon", 2, 1)
    found = carried_out(here, "hold", ids)
    assert found.done == 2
    assert here.system.database.one("SELECT count(*) FROM reporting.cases") == (0,)
    order = here.system.store.get(PreOrder, ids[0])
    order.hold(here.context.by("staff:kim"), case_id=found.id, reason="again")
    assert not order.pending_events
    assert carried_out(here, "release", ids, "j2").done == 2
