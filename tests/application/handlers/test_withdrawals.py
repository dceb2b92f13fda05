"""Taking an upload back: what somebody may know stays where it is, and keeps nothing else from coming back."""

from harrystix.application.handlers import money, orders, uploads
from harrystix.domain.pre_order_events import Status
from harrystix.domain.upload import Upload
from tests.application.processes.test_allocation import by, orders_of, overview
from tests.world import World


def counts(here: World, upload: Upload) -> tuple[object, ...] | None:
    """(state, tickets that came back, tickets that stay where they are)."""
    return here.system.database.one(
        "SELECT state, recalled, left_out FROM reporting.uploads WHERE id = %s", (upload.id,)
    )


def test_a_ticket_that_was_shown_stays_with_its_member_and_is_never_added_again(here: World) -> None:
    """Its mail has not left, but the member has read it on the page."""
    event = here.event()
    file = here.file(event, 3)
    upload = here.committed(file)
    here.paid(event, 3)
    here.settle_until_mail()
    seen = orders_of(here, event)[1]
    orders.disclose(here.context, by(here), str(seen.id), role="member", purpose="own ticket")
    done = uploads.withdraw(here.context, by(here), str(upload.id), "wrong file")
    here.follow()
    assert counts(here, done) == ("withdrawn", 2, 1)
    again = here.committed(file)
    here.settle()
    row = here.system.database.one(
        "SELECT tickets, duplicates FROM reporting.uploads WHERE id = %s", (again.id,)
    )
    assert row == (2, 1)
    first, kept, third = orders_of(here, event)
    assert kept.ticket_id == seen.ticket_id
    assert len({order.ticket_id for order in (first, kept, third)}) == 3
    assert {order.status for order in (first, kept, third)} == {Status.FULFILLED}
    assert here.broken() == []


def test_one_ticket_that_was_held_and_then_used_keeps_no_other_from_coming_back(here: World) -> None:
    event = here.event()
    upload = here.committed(here.file(event, 4))
    here.paid(event, 3)
    here.settle_until_mail()
    used = str(orders_of(here, event)[1].id)
    who = by(here)
    money.with_pool(here.context, who, [used], lambda o: o.hold(who, case_id="h", reason="at the door"))
    assert orders.mark_used(here.context, by(here), [used]).done == [used]
    done = uploads.withdraw(here.context, by(here), str(upload.id), "wrong file")
    here.settle()
    assert counts(here, done) == ("withdrawn", 3, 1)
    assert [order.status for order in orders_of(here, event)] == [Status.WAITING, Status.USED, Status.WAITING]
    assert overview(here, event) == {"orders": 3, "waiting": 2, "assigned": 1}
    assert here.mails() == []
    assert here.broken() == []
