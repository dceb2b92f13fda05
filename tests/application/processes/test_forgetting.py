"""What nobody needs any more is forgotten unasked, and nothing else is."""

from datetime import datetime, timedelta

from harrystix.application.handlers import bulk, staff
from harrystix.application.processes.erasing import erase_due
from harrystix.application.processes.forgetting import KEEP_IDLE, KEEP_INVITED, KEEP_UNPAID, forget_due
from harrystix.domain.approval import GOOD_FOR
from harrystix.domain.pre_order_events import Status
from harrystix.domain.staff import StaffMember
from tests.money import announced, get, members, ordered, paid
from tests.people import PASSWORD
from tests.world import World


def at(here: World, now: datetime) -> None:
    class Then:
        def now(self) -> datetime:
            return now

    object.__setattr__(here.context, "clock", Then())


def test_unpaid_pre_orders_go_90_days_after_their_event_and_paid_ones_stay(here: World) -> None:
    (served,) = paid(here)
    event = get(here, served).event_id
    open_still, cancelled = ordered(here, event, 2, start=5)
    order = get(here, cancelled)
    order.cancel(here.context.by("member:x"))
    here.system.store.commit(order)
    here.follow()
    start = here.system.database.all("SELECT starts_at FROM reporting.events")[0][0]
    at(here, start + KEEP_UNPAID - timedelta(minutes=1))
    assert forget_due(here.context) == 0
    at(here, start + KEEP_UNPAID + timedelta(minutes=1))
    assert forget_due(here.context) == 2
    here.settle()
    assert [get(here, one).status for one in (open_still, cancelled)] == [Status.ERASED] * 2
    assert get(here, served).status is Status.WAITING
    assert forget_due(here.context) == 0
    assert here.broken() == []


def test_a_member_of_whom_there_is_nothing_goes_after_two_years(here: World) -> None:
    ordered(here, announced(here))
    known, idle = members(here, 2)
    here.system.database.execute(
        "UPDATE vault.members SET created_at = now() - %s - interval '1 day'", (KEEP_IDLE,)
    )
    here.context.people.sessions.open("member", idle, "a phone", here.context.clock.now())
    assert forget_due(here.context) == 0
    here.context.people.sessions.close(idle)
    assert forget_due(here.context) == 1
    here.follow()
    erase_due(here.context, patience=0)
    here.follow()
    here.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
    erase_due(here.context)
    assert set(here.context.members.reveal([known, idle])) == {known}
    here.follow()
    assert forget_due(here.context) == 0


def test_a_young_member_stays(here: World) -> None:
    members(here, 1)
    assert forget_due(here.context) == 0


def test_it_is_looked_at_again_while_something_is_under_way(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    order = get(here, order_id)
    order.request_capture(here.context.by("system:capture"), "run")
    here.system.store.commit(order)
    here.follow()
    here.system.database.execute("UPDATE reporting.member_orders SET status = 'failed'")
    at(here, here.context.clock.now() + timedelta(days=300))
    assert forget_due(here.context) == 0
    assert get(here, order_id).status is Status.PROCESSING


def test_an_invitation_ends_after_a_week_and_who_came_in_stays(here: World) -> None:
    late = staff.invite(here.context, here.context.by("a"), email="l@s.example", name="L", role="support")
    agreed = staff.invite(here.context, here.context.by("b"), email="a@s.example", name="A", role="support")
    there = staff.invite(here.context, here.context.by("c"), email="t@s.example", name="T", role="support")
    for one in (agreed, there):
        staff.enable(here.context, here.context.by("d"), one)
    staff.reset(here.context, here.context.by("e"), there, "t@s.example", PASSWORD)
    start = here.context.clock.now()
    at(here, start + KEEP_INVITED - timedelta(minutes=1))
    assert forget_due(here.context) == 0
    at(here, start + KEEP_INVITED + timedelta(minutes=1))
    assert forget_due(here.context) == 2
    assert [row.staff_id for row in here.context.people.staff.all()] == [there]
    assert here.system.store.get(StaffMember, late).disabled
    assert here.system.store.get(StaffMember, agreed).disabled
    assert forget_due(here.context) == 0
    # The address may be invited again.
    staff.invite(here.context, here.context.by("f"), email="l@s.example", name="L", role="support")


def test_a_job_that_nobody_agreed_to_is_stopped_after_three_days(here: World) -> None:
    orders = paid(here, 2)
    by = here.context.by("staff:kim")
    asked = bulk.order(here.context, by, kind="hold", order_ids=orders, reason="a gate", waits=True)
    here.follow()
    now = here.context.clock.now()
    at(here, now + GOOD_FOR - timedelta(minutes=1))
    assert forget_due(here.context) == 0
    at(here, now + GOOD_FOR + timedelta(minutes=1))
    assert forget_due(here.context) == 1
    here.settle()
    assert bulk.get(here.context, asked).state == "stopped"
    assert forget_due(here.context) == 0 and not get(here, orders[0]).frozen
