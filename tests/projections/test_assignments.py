"""Lists of pre-orders: whatever way a filter goes, it finds what it says."""

from datetime import timedelta
from typing import Any, LiteralString

import pytest

from harrystix.application.handlers import erasing, ordering
from harrystix.application.processes.erasing import erase_due
from harrystix.domain.pre_order_events import Status
from harrystix.projections.assignments import queries
from harrystix.projections.assignments.queries import Filters
from tests.furnished import furnished
from tests.money import announced, members, ordered
from tests.world import World


def plainly(here: World, condition: LiteralString, *values: Any) -> list[str]:
    start: LiteralString = "SELECT id::text FROM reporting.pre_orders WHERE "
    return [row[0] for row in here.system.database.all(start + condition + " ORDER BY position DESC", values)]


def listed(here: World, **filters: Any) -> list[str]:
    return [row.pre_order_id for row in queries.page(here.system.database, Filters(**filters), 100)]


@pytest.fixture
def varied(here: World) -> World:
    """Placed, paid, waiting, with a ticket, refunded, cancelled, erased: a bit of each."""
    furnished(here)
    event = announced(here, code="FOURTH")
    cancelled, _, again = ordered(here, event, 3, start=40)
    for order_id in (cancelled, again):
        ordering.cancel(here.context, here.context.by("staff:test"), order_id)
    _, gone, member = members(here, 3, 40)
    by = here.context.by(f"member:{member}")
    ordering.place(here.context, by, here.context.schedule, event_id=event, member_id=member)
    erasing.order(here.context, here.context.by("staff:test"), gone, origin="approval")
    here.follow()
    for _ in range(3):
        erase_due(here.context)
        here.follow()
    here.settle()
    return here


def test_a_status_or_all_but_it_finds_exactly_those(varied: World) -> None:
    seen = 0
    for status in Status:
        same = plainly(varied, "status = %s", status)
        seen += len(same)
        assert listed(varied, status=status) == same
        others = listed(varied, status=status, without=frozenset({"status"}))
        assert others == plainly(varied, "status <> %s", status)
    (event,) = varied.system.database.one("SELECT event_id::text FROM reporting.pre_orders") or ("",)
    elsewhere = listed(varied, status="placed", event_id=event, without=frozenset({"event_id"}))
    assert elsewhere == plainly(varied, "status = 'placed' AND event_id <> %s", event)
    waits = plainly(varied, "status IN ('confirmed', 'waiting_for_stock')")
    assert listed(varied, status="in_queue") == waits and set(waits) < set(listed(varied, status="has_paid"))
    assert seen == len(listed(varied)) > 5
    assert {"placed", "cancelled", "erased"} <= {
        row.status for row in queries.page(varied.system.database, Filters(), 100)
    }


def test_a_day_finds_what_was_placed_since_and_before_it(varied: World) -> None:
    moments = [row[0] for row in varied.system.database.all("SELECT placed_at FROM reporting.pre_orders")]
    edges = [at + timedelta(microseconds=by) for at in moments for by in (-1, 0, 1)]
    for at in edges:
        assert listed(varied, since=at) == plainly(varied, "placed_at >= %s", at)
        assert listed(varied, before=at) == plainly(varied, "placed_at < %s", at)
