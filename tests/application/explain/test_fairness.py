"""Whom each assignment passed over, and why; a reason that is missing is found."""

from harrystix.application.explain import fairness, judge, trace
from harrystix.application.explain.story import Story
from harrystix.application.handlers import events
from harrystix.domain import pool_events as pool
from harrystix.domain.ids import pool_id
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import FallbackRule
from tests.money import announced, ordered
from tests.world import World


def ids(here: World, event: TicketedEvent) -> list[str]:
    """Pre-orders in the order in which they were paid."""
    rows = here.system.database.all(
        "SELECT id::text FROM reporting.member_orders WHERE event_id = %s ORDER BY position", (event.id,)
    )
    return [row[0] for row in rows]


def two_variants(here: World, fallback: FallbackRule = FallbackRule.NONE) -> TicketedEvent:
    """Early is wanted by two, then Late by two, then one takes anything; one Early and two Late are there."""
    event = here.event(variants=("Early", "Late"), fallback=fallback)
    for prefix, variant, count in (("a", "Early", 2), ("b", "Late", 2), ("c", "", 1)):
        here.paid(event, count, variant, prefix)
    here.committed(here.file(event, 1, "Early"))
    here.committed(here.file(event, 2, "Late", start=10))
    here.settle()
    return event


def pool_facts(here: World, event: TicketedEvent) -> list[pool.Event]:
    stored = here.system.store.events.get(pool_id(str(event.id)))
    return [fact for fact in stored if isinstance(fact, pool.Event)]


def report(here: World, event: TicketedEvent) -> judge.Fairness:
    return fairness.fairness(here.context, str(event.id))


def test_who_got_one_has_a_rank_and_who_was_passed_over_a_reason(here: World) -> None:
    event = two_variants(here)
    found = report(here, event)
    assert (found.queued, found.assignments, found.unexplained) == (5, 3, 0)
    assert [(line.rank, found.names[line.given_id]) for line in found.lines] == [
        (1, "Early"),
        (3, "Late"),
        (4, "Late"),
    ]
    assert found.overtakings == {judge.NO_FALLBACK: 2}


def test_a_fallback_after_exact_ones_is_no_overtaking(here: World) -> None:
    event = here.event(variants=("Early", "Late"), fallback=FallbackRule.ANY_VARIANT)
    here.paid(event, 1, "Early", "a")
    here.paid(event, 1, "Late", "b")
    here.committed(here.file(event, 2, "Late"))
    here.settle()
    found = report(here, event)
    assert found.rules == {"exact": 1, "any_variant": 1}
    assert found.overtakings == {judge.EXACT_FIRST: 1}
    assert found.unexplained == 0


def test_an_assignment_that_nobody_can_explain_is_counted(here: World) -> None:
    """The control: the same facts with the last in the queue served first."""
    event = here.event()
    here.paid(event, 3)
    here.committed(here.file(event, 1))
    here.settle()
    facts = pool_facts(here, event)
    for fact in facts:
        if isinstance(fact, pool.TicketsAssigned):
            object.__setattr__(fact, "order_ids", [ids(here, event)[2]])
    story = Story(str(event.id))
    story.follow(facts)
    found = story.report
    assert (found.unexplained, found.overtakings) == (2, {"no reason": 2})


def test_a_trace_tells_in_words_why_somebody_was_served(here: World) -> None:
    event = two_variants(here)
    first = ids(here, event)[0]
    found = trace.of_order(here.context, first)
    assert (
        found.steps[0].text
        == "Paid, and joined the queue as number 1, for Early; 0 before it wanted the same."
    )
    assert (
        "(Early): it is of the wanted variant, and nobody who could have it waited longer."
        in found.steps[1].text
    )
    assert found.now.startswith("It has ticket ")


def test_a_trace_tells_why_somebody_waits(here: World) -> None:
    event = here.event(variants=("Early", "Late"))
    here.paid(event, 2, "Early")
    here.committed(here.file(event, 2, "Late"))
    here.settle()
    found = trace.of_order(here.context, ids(here, event)[1])
    assert [step.text for step in found.steps][
        -1
    ] == "Tried: no ticket that it may have was free (free: Late 2)."
    assert found.now == (
        "It waits as number 2; 1 before it want the same. Free: Late 2 "
        "(wanted another variant, and the event has no fallback)."
    )


def test_a_trace_tells_why_somebody_is_not_in_the_queue(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    found = trace.of_order(here.context, order_id)
    assert (found.now, found.steps) == ("It is not in the queue: no payment was asked for yet.", [])


def test_a_trace_of_a_ticket_tells_where_it_came_from_and_why_nobody_has_it(here: World) -> None:
    event = here.event(variants=("Early", "Late"))
    here.paid(event, 2, "Early")
    upload = here.committed(here.file(event, 1, "Late"))
    here.settle()
    (ticket_id,) = here.system.store.pool(str(event.id)).tickets  # type: ignore[union-attr]
    found = trace.of_ticket(here.context, str(event.id), ticket_id)
    assert found.steps[0].text == f"Added by upload {upload.id} as Late; 0 waited for exactly that."
    assert found.now == (
        "It is free: who waits may not have it: 2 for Early "
        "(wanted another variant, and the event has no fallback)."
    )
    events.change(
        here.context, here.context.by("staff:kim"), str(event.id), fallback=FallbackRule.ANY_VARIANT
    )
    here.settle()
    found = trace.of_ticket(here.context, str(event.id), ticket_id)
    assert "which wanted Early: no ticket of the wanted variant was free" in found.steps[-1].text
    assert found.now == f"It is held by pre-order {ids(here, event)[0]}."


def test_a_withdrawal_and_its_return_are_in_the_trace(here: World) -> None:
    from harrystix.application.handlers import uploads

    event = here.event()
    here.paid(event, 1)
    upload = here.committed(here.file(event, 1))
    here.settle_until_mail()
    uploads.withdraw(here.context, here.context.by("staff:kim"), str(upload.id), reason="wrong file")
    here.settle()
    (order_id,) = ids(here, event)
    texts = [step.text for step in trace.of_order(here.context, order_id).steps]
    assert any("was taken back" in text and "its original place, number 1" in text for text in texts)
    assert here.system.store.get(PreOrder, order_id).ticket_id == ""
