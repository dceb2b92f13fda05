"""Tickets given by hand: one to one and paid always, first come not; while nobody can know them; and taken back."""

import pytest

from harrystix.application.handlers import moves
from harrystix.application.processes.allocation import allocate
from harrystix.application.processes.mailing import send_due
from harrystix.application.processes.reactions import HELD
from harrystix.domain.errors import InvalidValue, NotFound, NotFree
from harrystix.domain.pre_order_events import Delivery, Status
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.projections.overview import queries as overview
from tests.money import get
from tests.people import later
from tests.world import World


def there(here: World, orders: int = 3, tickets: int = 1) -> tuple[str, list[str], list[str]]:
    """(event, pre-orders in queue order, tickets): matched, and no mail has left."""
    event = here.event()
    here.paid(event, orders)
    here.settle()
    here.committed(here.file(event, tickets))
    here.settle_until_mail()
    pool = here.system.store.pool(str(event.id))
    assert pool
    queue = sorted(pool.orders, key=lambda one: int(pool.orders[one][0]))
    return str(event.id), queue, list(pool.tickets)


def test_a_ticket_goes_to_whom_it_was_given_and_the_other_waits_at_the_old_place(here: World) -> None:
    event, (first, second, third), (ticket,) = there(here)
    assert get(here, first).ticket_id == ticket
    by = here.context.by("staff:kim")
    for _ in range(2):
        moves.move(here.context, by, event, ticket_id=ticket, order_id=third, reason="a birthday")
    assert (get(here, first).ticket_id, get(here, third).ticket_id) == ("", ticket)
    here.follow()
    allocate(here.context, event)
    here.follow()
    assert get(here, first).status is Status.WAITING
    assert send_due(here.context) == 0, "it can still be taken back"
    later(here, seconds=HELD.total_seconds() + 1)
    here.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
    assert send_due(here.context) == 1
    here.follow()
    here.committed(here.file(here.system.store.get(TicketedEvent, event), 1, start=9))
    here.settle()
    assert get(here, first).ticket_id and not get(here, second).ticket_id
    assert here.broken() == []


def test_it_is_taken_back_while_its_mail_has_not_left(here: World) -> None:
    event, (first, _, third), (ticket,) = there(here)
    moves.move(
        here.context, here.context.by("staff:kim"), event, ticket_id=ticket, order_id=third, reason="r"
    )
    here.follow()
    back = here.context.by("staff:kim")
    moves.move(here.context, back, event, ticket_id=ticket, order_id=first, reason="undone")
    here.settle()
    assert (get(here, first).ticket_id, get(here, third).ticket_id) == (ticket, "")
    assert len(here.mails()) == 0
    later(here, seconds=HELD.total_seconds() + 1)
    here.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
    here.settle()
    assert len(here.mails()) == 1
    assert here.broken() == []


def test_what_came_from_the_stock_goes_back_to_it_and_the_rule_gives_it(here: World) -> None:
    event = here.event(variants=("Early", "Late"))
    here.paid(event, 2, "Late")
    here.settle()
    here.committed(here.file(event, 1, "Early"))
    here.settle()
    pool = here.system.store.pool(str(event.id))
    assert pool and not pool.order_of
    (ticket,), (first, second) = (
        list(pool.tickets),
        sorted(pool.orders, key=lambda one: int(pool.orders[one][0])),
    )
    by = here.context.by("staff:kim")
    moves.move(here.context, by, str(event.id), ticket_id=ticket, order_id=second, reason="takes any")
    moves.take_back(here.context, here.context.by("staff:kim"), str(event.id), ticket, second)
    here.settle()
    assert not get(here, first).ticket_id and not get(here, second).ticket_id
    assert here.mails() == [] and here.broken() == []


def test_nobody_gets_what_somebody_may_know_or_twice_or_without_a_reason(here: World) -> None:
    event, (first, second, _), (ticket,) = there(here)
    by = here.context.by("staff:kim")
    with pytest.raises(InvalidValue):
        moves.move(here.context, by, event, ticket_id=ticket, order_id=second, reason=" ")
    with pytest.raises(NotFound):
        moves.move(here.context, by, event, ticket_id=first, order_id=second, reason="r")
    here.settle()
    assert get(here, first).delivery is Delivery.ACCEPTED
    with pytest.raises(NotFree, match="has left"):
        moves.move(here.context, by, event, ticket_id=ticket, order_id=second, reason="r")
    here.committed(here.file(here.system.store.get(TicketedEvent, event), 1, start=9))
    here.settle_until_mail()
    pool = here.system.store.pool(event)
    assert pool
    (other,) = set(pool.tickets) - {ticket}
    with pytest.raises(NotFree, match="waiting"):
        moves.move(here.context, by, event, ticket_id=other, order_id=first, reason="r")
    assert get(here, second).ticket_id == other
    here.settle()
    assert here.broken() == []


def test_an_undo_touches_nobody_whom_somebody_else_has_given_it_to_meanwhile(here: World) -> None:
    event, (first, second, third), (ticket,) = there(here)

    def moved(order: str, holder: str | None = None) -> str | None:
        by = here.context.by("staff:kim")
        return moves.move(
            here.context, by, event, ticket_id=ticket, order_id=order, reason="r", holder=holder
        )

    assert moved(second) == first
    assert moved(third) == second
    with pytest.raises(NotFree, match="meanwhile"):
        moved(first, holder=second)
    with pytest.raises(NotFree, match="meanwhile"):
        moves.take_back(here.context, here.context.by("staff:kim"), event, ticket, second)
    assert get(here, third).ticket_id == ticket


def test_a_mail_of_which_nobody_knows_whether_it_left_keeps_its_ticket(here: World) -> None:
    event, (first, second, _), (ticket,) = there(here)
    here.system.database.execute(
        "INSERT INTO app.mail_ledger (intent_id, order_id, event_id, state, may_have_left) "
        "VALUES (%s, %s, %s, 'planned', true)",
        (get(here, first).current_intent, first, event),
    )
    by = here.context.by("staff:kim")
    with pytest.raises(NotFree, match="has left"):
        moves.move(here.context, by, event, ticket_id=ticket, order_id=second, reason="r")


def test_only_what_the_rule_has_given_counts_as_matched_by_itself_however_often_it_moves(here: World) -> None:
    event, (first, second, third), (ticket,) = there(here)

    def automatic() -> tuple[int, int]:
        here.follow()
        counted = overview.totals(here.system.database, event)
        return counted.assigned, counted.automatic

    assert automatic() == (1, 1)
    for holder in (second, third, second):
        by = here.context.by("staff:kim")
        moves.move(here.context, by, event, ticket_id=ticket, order_id=holder, reason="r")
        assert automatic() == (1, 0)
    moves.take_back(here.context, here.context.by("staff:kim"), event, ticket, second)
    here.settle_until_mail()
    assert get(here, first).ticket_id == ticket
    assert automatic() == (1, 1)
