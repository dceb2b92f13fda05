"""Refunds of a whole event: the dry run, item by item, and the rule that begins by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from harrystix.application.handlers import erasing, events, money
from harrystix.application.processes import bulk, bulk_refunds
from harrystix.domain.errors import IllegalTransition, OutOfDate
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent
from tests.application.processes.test_refunding import at_stripe
from tests.money import announced, captured, get, ordered, refunded
from tests.world import World


def line_numbers(here: World, event_id: str, scope: str) -> tuple[int, int]:
    lines = bulk_refunds.plan(here.context, event_id, scope)
    return len(lines), sum(line.amount_minor for line in lines)


def served_one_of_three(here: World) -> tuple[str, list[str]]:
    event_id = announced(here)
    ids = ordered(here, event_id, 3)
    captured(here, ids)
    here.settle()
    here.committed(here.file(here.system.store.get(TicketedEvent, event_id), 1))
    here.settle()
    return event_id, ids


def test_the_dry_run_lists_who_and_how_much_in_queue_order_and_changes_nothing(here: World) -> None:
    event_id, ids = served_one_of_three(here)
    lines = bulk_refunds.plan(here.context, event_id, "waiting")
    assert [(line.order_id, line.amount_minor) for line in lines] == [(ids[1], 1200), (ids[2], 1200)]
    assert line_numbers(here, event_id, "all") == (3, 3600)
    assert at_stripe(here) == []


def order_all(here: World, event_id: str, scope: str, orders: int, amount: int) -> None:
    by = here.context.by("staff:support", "bulk")
    bulk_refunds.order(
        here.context,
        by,
        event_id,
        scope=scope,
        reason="cancelled night",
        orders=orders,
        amount=amount,
        fingerprint=bulk_refunds.fingerprint(bulk_refunds.plan(here.context, event_id, scope)),
    )


def carried_out(here: World) -> int:
    """By the job, and the event told of its end; how many refunds were asked for or refused."""
    here.follow()
    done = bulk.carry_out(here.context)
    here.follow()
    bulk_refunds.carry_out(here.context)
    here.follow()
    return done


def test_what_was_ordered_is_carried_out_item_by_item(here: World) -> None:
    event_id, ids = served_one_of_three(here)
    with pytest.raises(OutOfDate):
        order_all(here, event_id, "all", 2, 2400)
    for _ in range(2):
        # The same command again, after a death before it was recorded, is no second order.
        order_all(here, event_id, "all", 3, 3600)
    here.follow()
    with pytest.raises(IllegalTransition):
        by = here.context.by("staff:other", "again")
        here.system.store.get(TicketedEvent, event_id).order_refunds(
            by, scope="all", origin="bulk", reason="again", orders=3, amount_minor=3600, job_id="j"
        )
    assert carried_out(here) == 3
    refunded(here)
    assert {get(here, order_id).status for order_id in ids} == {Status.REFUNDED}
    assert sorted(at_stripe(here)) == [(1200, "succeeded")] * 3
    rows = here.system.database.all("SELECT origin, state FROM reporting.refunds")
    assert rows == [("bulk", "succeeded")] * 3
    assert here.system.database.all("SELECT * FROM reporting.due_work WHERE kind = 'refunds'") == []
    assert here.broken() == []


def later(here: World, days: float) -> None:
    class Then:
        def now(self) -> datetime:
            return datetime.now(UTC) + timedelta(days=days)

    object.__setattr__(here.context, "clock", Then())


def rule(here: World) -> int:
    return bulk_refunds.apply_rule(here.context, timedelta(hours=24), timedelta(minutes=60))


def test_the_rule_plans_first_waits_and_refunds_the_unserved(here: World) -> None:
    event_id, ids = served_one_of_three(here)
    assert rule(here) == 0
    later(here, 21.5)
    assert rule(here) == 1, "planned"
    assert rule(here) == 0, "the notice is not over"
    later(here, 21.6)
    assert rule(here) == 1, "ordered"
    assert carried_out(here) == 2
    refunded(here)
    states = [get(here, order_id).status for order_id in ids]
    assert states == [Status.FULFILLED, Status.REFUNDED, Status.REFUNDED]
    facts = here.system.store.events.get(here.system.store.get(TicketedEvent, event_id).id)
    assert [type(fact).__name__ for fact in facts][-3:] == [
        "RefundsPlanned",
        "RefundsOrdered",
        "RefundsFinished",
    ]
    assert rule(here) == 0


def test_the_end_of_allocation_counts_where_it_is_before_the_event(here: World) -> None:
    event_id, ids = served_one_of_three(here)
    by = here.context.by("staff:kim")
    soon, late = datetime.now(UTC) + timedelta(days=3), datetime.now(UTC) + timedelta(days=10)
    events.change(here.context, by, event_id, times={"allocation_ends_at": soon})
    here.follow()
    later(here, 3.9)
    assert rule(here) == 0
    later(here, 4.1)
    assert rule(here) == 1, "planned"
    by = here.context.by("staff:kim", "2")
    events.change(here.context, by, event_id, times={"allocation_ends_at": late})
    here.follow()
    later(here, 5)
    assert rule(here) == 0, "tickets may still come: the plan is off"
    later(here, 11.1)
    assert rule(here) == 1, "planned anew"
    later(here, 11.2)
    assert rule(here) == 1
    assert carried_out(here) == 2
    states = [get(here, order_id).status for order_id in ids]
    assert states == [Status.FULFILLED, Status.REFUNDED, Status.REFUNDED]


def test_a_person_can_stop_the_rule(here: World) -> None:
    event_id, _ = served_one_of_three(here)
    later(here, 21.5)
    rule(here)
    bulk_refunds.hold(
        here.context, here.context.by("staff:kim"), event_id, held=True, reason="tickets come late"
    )
    later(here, 22)
    assert rule(here) == 0
    bulk_refunds.hold(here.context, here.context.by("staff:kim"), event_id, held=False, reason="go on")
    assert rule(here) == 1


def test_another_list_with_the_same_numbers_is_another_list(here: World) -> None:
    event_id, ids = served_one_of_three(here)
    shown = bulk_refunds.fingerprint(bulk_refunds.plan(here.context, event_id, "waiting"))
    money.request_refund(here.context, here.context.by("staff:kim"), ids[1], reason="singly")
    more = ordered(here, event_id, 1, start=9)
    captured(here, more)
    here.settle()
    assert line_numbers(here, event_id, "waiting") == (2, 2400)
    with pytest.raises(OutOfDate):
        bulk_refunds.order(
            here.context,
            here.context.by("staff:kim", "all"),
            event_id,
            scope="waiting",
            reason="r",
            orders=2,
            amount=2400,
            fingerprint=shown,
        )


def imported(here: World, count: int) -> tuple[str, list[str]]:
    """Paid elsewhere, so that our provider refuses every refund."""
    event = here.event()
    here.paid(event, count)
    here.settle()
    rows = here.system.database.all("SELECT id::text FROM reporting.pre_orders")
    return str(event.id), [row[0] for row in rows]


def test_everybody_is_asked_once_whatever_the_provider_refuses(here: World) -> None:
    event_id, ids = imported(here, 130)
    order_all(here, event_id, "all", 130, 130 * 1200)
    assert carried_out(here) == 130
    for _ in range(3):
        refunded(here)
        assert carried_out(here) == 0
    rows = here.system.database.all("SELECT state, count(*) FROM reporting.refunds GROUP BY 1")
    assert rows == [("failed", 130)]
    assert bulk_refunds.plan(here.context, event_id, "all") == [], "what failed is for a person"
    assert len(ids) == 130


def test_the_rule_asks_nobody_again_and_is_held_up_by_nobody(here: World) -> None:
    _, ids = imported(here, 3)
    frozen = ids[0]
    by = here.context.by("staff:kim")
    money.freeze(here.context, by, frozen, case_id="dp", kind="dispute", reason="r")
    here.settle()
    later(here, 30)
    assert rule(here) == 1, "planned"
    later(here, 31)
    assert rule(here) == 1, "ordered"
    assert carried_out(here) == 2
    refunded(here)
    for days in (32, 33, 34):
        later(here, days)
        assert rule(here) == 0
    assert here.system.database.one("SELECT count(*) FROM reporting.refunds") == (2,)


def test_who_was_erased_after_being_served_gets_nothing_back_by_the_rule(here: World) -> None:
    event_id, ids = served_one_of_three(here)
    erasing.erase_order(here.context, here.context.by("staff:kim"), ids[0])
    here.settle()
    assert ids[0] not in {line.order_id for line in bulk_refunds.plan(here.context, event_id, "all")}


def test_a_refund_of_all_that_an_older_version_ordered_without_a_list_is_finished(here: World) -> None:
    event_id, ids = served_one_of_three(here)
    by = here.context.by("staff:support", "before-the-upgrade")

    def order(event: TicketedEvent) -> None:
        event.order_refunds(
            by, scope="waiting", origin="bulk", reason="night off", orders=2, amount_minor=2400, job_id=""
        )

    bulk_refunds.change(here.context, by, event_id, order)
    here.follow()
    bulk_refunds.carry_out(here.context)
    assert carried_out(here) == 2
    assert [get(here, order).status for order in ids[1:]] == [Status.REFUNDED, Status.REFUNDED]
