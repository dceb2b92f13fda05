"""Capture runs on a real log: one a day whoever starts it, in the order of placement, resumable anywhere."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from harrystix.application.handlers import events
from harrystix.application.processes import runs
from harrystix.application.processes.capture import capture_due
from harrystix.domain.capture_run import CaptureRun
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.schedule import Schedule
from tests.world import World

SCHEDULE = Schedule()
TUESDAY = datetime(2026, 11, 24, 19, 0, 30, tzinfo=UTC)


class At:
    """A clock that stands where it is told."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def tuesday(here: World) -> World:
    clock(here, TUESDAY - timedelta(days=1))
    return here


def clock(here: World, moment: datetime) -> None:
    object.__setattr__(here.context, "clock", At(moment))


def announced(here: World, starts_at: datetime = TUESDAY + timedelta(days=5), code: str = "NEON") -> str:
    new = events.NewEvent(f"Night {code}", code, starts_at, price_minor=1200)
    return str(events.announce(here.context, here.context.by("staff:test"), new).id)


def ordered(here: World, event_id: str, count: int = 3, card: bool = True, start: int = 0) -> list[str]:
    made: list[PreOrder] = []
    for number in range(start, start + count):
        by = here.context.by("member:x")
        order = PreOrder.place(
            by,
            event_id=event_id,
            member_id=f"00000000-0000-4000-8000-{number:012}",
            variant_id="",
            price_minor=1200,
            currency="GBP",
        )
        if card:
            customer = here.at_stripe("POST", "customers")["id"]
            method = here.at_stripe("POST", "payment_methods/pm_card_visa/attach", customer=customer)["id"]
            order.save_card(
                by,
                setup_id=f"seti_{number}",
                customer_id=customer,
                payment_method_id=method,
                expires=203012,
            )
        made.append(order)
    here.system.store.commit(*made)
    here.follow()
    return [str(order.id) for order in made]


def statuses(here: World, ids: list[str]) -> list[Status]:
    found = here.system.store.get_many(PreOrder, ids)
    return [found[order].status for order in ids]


def run(here: World) -> None:
    here.follow()
    runs.enumerate_due(here.context)
    here.follow()
    capture_due(here.context, here.context.payments)
    here.follow()


def rows(here: World, query: Any) -> list[tuple[Any, ...]]:
    return here.system.database.all(query)


@pytest.mark.parametrize("schedulers", [2, 5])
def test_several_schedulers_at_19_start_one_run(tuesday: World, schedulers: int) -> None:
    ids = ordered(tuesday, announced(tuesday))
    clock(tuesday, TUESDAY)
    with ThreadPoolExecutor(schedulers) as pool:
        futures = [pool.submit(runs.start_due, tuesday.context, SCHEDULE) for _ in range(schedulers)]
        started = [future.result() for future in futures if future.result()]
    assert len(started) == 1
    run(tuesday)
    assert statuses(tuesday, ids) == [Status.CONFIRMED] * 3
    assert rows(tuesday, "SELECT count(*) FROM reporting.capture_runs") == [(1,)]
    assert runs.start_due(tuesday.context, SCHEDULE) is None
    tuesday.settle()
    assert tuesday.broken() == []


def test_before_19_nothing_is_due(tuesday: World) -> None:
    clock(tuesday, TUESDAY - timedelta(minutes=1))
    assert runs.start_due(tuesday.context, SCHEDULE) is None


def test_a_system_that_was_down_at_19_runs_late_once(tuesday: World) -> None:
    ids = ordered(tuesday, announced(tuesday))
    clock(tuesday, TUESDAY + timedelta(minutes=20))
    late = ordered(tuesday, announced(tuesday, code="LATE"), start=10)
    assert runs.start_due(tuesday.context, SCHEDULE)
    run(tuesday)
    assert statuses(tuesday, ids) == [Status.CONFIRMED] * 3
    assert statuses(tuesday, late) == [Status.PLACED] * 3, (
        "who ordered after 19:00 waits for the next Tuesday"
    )
    assert runs.start_due(tuesday.context, SCHEDULE) is None


def test_control_without_catching_up_a_system_that_was_down_at_19_takes_nobodys_money(
    tuesday: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard switched off: only the very moment starts a run."""
    ids = ordered(tuesday, announced(tuesday))
    monkeypatch.setattr("harrystix.domain.schedule.CATCH_UP", timedelta())
    clock(tuesday, TUESDAY + timedelta(minutes=20))
    assert runs.start_due(tuesday.context, SCHEDULE) is None
    run(tuesday)
    assert statuses(tuesday, ids) == [Status.PLACED] * 3


def test_the_order_of_placement_is_the_order_of_capture(
    tuesday: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "BATCH", 2)
    event_id = announced(tuesday)
    ids = [*ordered(tuesday, event_id, 2), *ordered(tuesday, event_id, 3, start=2)]
    clock(tuesday, TUESDAY)
    runs.start_due(tuesday.context, SCHEDULE)
    tuesday.follow()
    assert runs.enumerate_due(tuesday.context) == 5
    tuesday.follow()
    found = rows(tuesday, "SELECT order_id::text FROM reporting.capture_attempts ORDER BY position")
    assert [row[0] for row in found] == ids
    capture_due(tuesday.context, tuesday.context.payments)
    tuesday.settle()
    queue = tuesday.system.store.pool(event_id)
    assert queue is not None
    assert sorted(queue.orders, key=lambda order: int(queue.orders[order][0])) == ids


class Killed(BaseException):
    """The process is gone."""


def test_a_run_that_was_killed_between_two_pages_goes_on_where_it_was(
    tuesday: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "BATCH", 2)
    ids = ordered(tuesday, announced(tuesday), 5)
    clock(tuesday, TUESDAY)
    runs.start_due(tuesday.context, SCHEDULE)
    tuesday.follow()
    plain, calls = runs._ask, [0]  # pyright: ignore[reportPrivateUsage]

    def dying(*words: Any) -> tuple[int, int]:
        calls[0] += 1
        if calls[0] == 2:
            raise Killed
        return plain(*words)

    with monkeypatch.context() as killing:
        killing.setattr(runs, "_ask", dying)
        with pytest.raises(Killed):
            runs.enumerate_due(tuesday.context)
    tuesday.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
    run(tuesday)
    assert statuses(tuesday, ids) == [Status.CONFIRMED] * 5
    assert tuesday.stripe.store.charged() == 5
    assert rows(tuesday, "SELECT count(*) FROM reporting.due_work WHERE kind = 'run'") == [(0,)]


def test_nobody_is_forgotten_because_the_list_was_behind_the_log(tuesday: World) -> None:
    event_id = announced(tuesday)
    ids = ordered(tuesday, event_id)
    clock(tuesday, TUESDAY)
    runs.start_due(tuesday.context, SCHEDULE)
    tuesday.follow()
    tuesday.system.database.execute(
        "UPDATE reporting.positions SET position = 1 WHERE model = 'member_orders'"
    )
    assert runs.enumerate_due(tuesday.context) == 0
    assert statuses(tuesday, ids) == [Status.PLACED] * 3


def test_an_event_that_has_begun_ends_what_is_unpaid_and_tells_the_member(tuesday: World) -> None:
    member = ordered(tuesday, announced(tuesday, TUESDAY - timedelta(minutes=30)))
    clock(tuesday, TUESDAY)
    runs.start_due(tuesday.context, SCHEDULE)
    run(tuesday)
    assert statuses(tuesday, member) == [Status.FAILED] * 3
    assert rows(tuesday, "SELECT orders FROM reporting.given_up") == [(3,)]
    assert rows(
        tuesday, "SELECT count(*), min(details->>'notice') FROM reporting.due_work WHERE kind = 'mail'"
    ) == [(3, "payment-failed")]


def test_who_has_no_card_is_counted_and_left_for_the_next_run(tuesday: World) -> None:
    ids = ordered(tuesday, announced(tuesday), 2, card=False)
    clock(tuesday, TUESDAY)
    runs.start_due(tuesday.context, SCHEDULE)
    run(tuesday)
    assert statuses(tuesday, ids) == [Status.PLACED] * 2
    assert rows(tuesday, "SELECT no_card, needs_member FROM reporting.capture_runs") == [(2, 0)]


def test_a_run_on_demand_is_its_own_and_tries_nobody_twice_an_evening(tuesday: World) -> None:
    ids = ordered(tuesday, announced(tuesday), 1)
    customer = tuesday.system.store.get(PreOrder, ids[0]).customer_id
    tuesday.stripe_fault(declines={customer: "visa_chargeDeclinedInsufficientFunds"})
    clock(tuesday, TUESDAY)
    runs.start_due(tuesday.context, SCHEDULE)
    run(tuesday)
    by = tuesday.context.by("staff:kim", "now")
    first = runs.start_now(tuesday.context, by, SCHEDULE)
    assert runs.start_now(tuesday.context, by, SCHEDULE) == first
    run(tuesday)
    order = tuesday.system.store.get(PreOrder, ids[0])
    assert (order.attempt, order.retries) == (1, 1)
    assert rows(tuesday, "SELECT kind FROM reporting.capture_runs ORDER BY position") == [
        ("scheduled",),
        ("now",),
    ]


def test_control_with_ids_of_their_own_two_schedulers_start_two_runs(
    tuesday: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard switched off: a run's id is drawn instead of being its day's."""
    ids = ordered(tuesday, announced(tuesday))
    clock(tuesday, TUESDAY)
    monkeypatch.setattr(CaptureRun, "id_of", staticmethod(lambda *_: uuid4()))
    assert runs.start_due(tuesday.context, SCHEDULE)
    assert runs.start_due(tuesday.context, SCHEDULE)
    tuesday.follow()
    assert rows(tuesday, "SELECT count(*) FROM reporting.capture_runs") == [(2,)]
    run(tuesday)
    assert tuesday.stripe.store.charged() == len(ids), "an open attempt is the second guard"
