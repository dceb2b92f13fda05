"""A story that is kept says the same as one told from the beginning, whenever it was brought up to date."""

from collections.abc import Sequence

import pytest

from harrystix.application.explain import trace
from harrystix.application.explain.queue import EarlierOne
from harrystix.application.explain.story import Stories, Story
from harrystix.application.handlers import moves, orders, uploads
from harrystix.domain import pool_events as pool
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import FallbackRule
from tests.application.explain.test_fairness import pool_facts
from tests.world import World


def told(facts: Sequence[pool.Event], step: int) -> Story:
    """From the beginning, so many facts at a time."""
    story = Story(str(vars(facts[0])["event_id"]))
    for start in range(0, len(facts), step):
        story.follow(facts[start : start + step])
    return story


def everything(story: Story) -> tuple[object, ...]:
    return story.told, story.report, story.queue.rank, story.free(), story.model.waiting


@pytest.fixture
def eventful(here: World) -> TicketedEvent:
    """An event to which all happened that is told of: matched, in vain, moved, taken back, withdrawn, used, left."""
    by = here.context.by("staff:kim")
    event = here.event(variants=("Early", "Late"), fallback=FallbackRule.ANY_VARIANT)
    for prefix, variant, count in (("a", "Early", 3), ("b", "Late", 2), ("c", "", 2)):
        here.paid(event, count, variant, prefix)
    here.settle()
    wrong = here.committed(here.file(event, 1, "Late", start=90))
    here.settle_until_mail()
    uploads.withdraw(here.context, by, str(wrong.id), reason="wrong file")
    here.committed(here.file(event, 3, "Early"))
    here.settle()
    here.paid(event, 4, "Late", "d")
    here.committed(here.file(event, 2, "Late", start=10))
    here.settle_until_mail()
    known = here.system.store.pool(str(event.id))
    assert known
    _, ticket = list(known.ticket_of.items())[-1]
    taker = next(order for order in known.orders if known.is_waiting(order))
    moves.move(here.context, by, str(event.id), ticket_id=ticket, order_id=taker, reason="asked to")
    here.settle()
    used = next(iter(known.ticket_of))
    orders.mark_used(here.context, by, [used])
    changed = here.system.store.check_out(str(event.id), by)
    leaves = next(order for order in changed.orders if changed.is_waiting(order))
    changed.remove_order(by, leaves, "given back")
    changed.return_order(by, leaves)
    here.system.store.commit(changed)
    return event


def test_a_story_is_the_same_in_however_many_steps_it_was_told(here: World, eventful: TicketedEvent) -> None:
    facts = pool_facts(here, eventful)
    assert len({type(fact) for fact in facts}) >= 10
    whole = told(facts, len(facts))
    for step in (1, 2, 3, 7):
        assert everything(told(facts, step)) == everything(whole)


def test_who_paid_before_those_that_are_ranked_already_has_the_story_told_anew(
    here: World, eventful: TicketedEvent
) -> None:
    store, by, event_id = here.system.store, here.context.by("staff:kim"), str(eventful.id)
    kept = Stories()
    with kept.of(store, event_id) as story:
        first = dict(story.queue.rank)
    late = "00000000-0000-4000-8000-00000000dead"
    changed = store.check_out(event_id, by)
    changed.queue_orders(by, [(late, "", 1, 0)])
    store.commit(changed)
    with pytest.raises(EarlierOne):
        told(pool_facts(here, eventful), 1)
    with kept.of(store, event_id) as story:
        assert story.queue.rank == {late: 1, **{order: rank + 1 for order, rank in first.items()}}
        again = Story(event_id)
        again.begin(pool_facts(here, eventful))
        again.follow(pool_facts(here, eventful))
        assert everything(story) == everything(again)


def test_what_came_since_is_told_the_next_time(here: World) -> None:
    event = here.event()
    here.paid(event, 2)
    here.settle()
    last = list(here.system.store.pool(str(event.id)).orders)[-1]  # type: ignore[union-attr]
    assert trace.of_order(here.context, last).now.startswith("It waits as number 2; 1 before it")
    here.committed(here.file(event, 1))
    here.settle()
    assert trace.of_order(here.context, last).now.startswith("It waits as number 2; 0 before it")
    here.committed(here.file(event, 1, start=5))
    here.settle()
    assert trace.of_order(here.context, last).now.startswith("It has ticket ")


def test_a_story_in_which_something_broke_is_told_from_the_beginning(here: World) -> None:
    event = here.event()
    here.paid(event, 2)
    here.settle()
    kept = Stories()
    with kept.of(here.system.store, str(event.id)) as story:
        was = everything(story)
        story.model.wish.clear()
    here.committed(here.file(event, 1))
    here.settle()
    with pytest.raises(KeyError), kept.of(here.system.store, str(event.id)):
        pass
    with kept.of(here.system.store, str(event.id)) as story:
        assert everything(story) == everything(told(pool_facts(here, event), 1)) != was
