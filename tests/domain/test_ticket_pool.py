import orjson
import pytest

from harrystix.domain.base import Fact
from harrystix.domain.errors import NotFound, NotFree
from harrystix.domain.ticket_pool import PoolSnapshot, TicketPool
from harrystix.domain.values import variant_facts
from tests.domain.given import Given, by, names


def pool(tickets: int = 0, orders: int = 0, variant: str = "") -> TicketPool:
    made = TicketPool.open(by(), "e")
    made.add_tickets(by(), "u", [(f"t{n}", variant) for n in range(tickets)])
    made.queue_orders(by(), [(f"o{n}", variant, n + 1, 0) for n in range(orders)])
    return made


def test_tickets_come_in_facts_of_at_most_500() -> None:
    facts = Given(pool()).when(lambda p: p.add_tickets(by(), "u", [(f"t{n}", "") for n in range(1100)]))
    assert [len(vars(fact)["ticket_ids"]) for fact in facts] == [500, 500, 100]


def test_a_ticket_is_added_once() -> None:
    assert Given(pool(tickets=3)).when(lambda p: p.add_tickets(by(), "u", [("t1", "")])) == []


def test_a_pre_order_is_queued_once() -> None:
    assert Given(pool(orders=3)).when(lambda p: p.queue_orders(by(), [("o1", "", 9, 0)])) == []


def test_the_earliest_confirmation_is_served_first_whenever_it_was_queued() -> None:
    made = pool()
    made.queue_orders(by(), [("late", "", 20, 0)])
    made.queue_orders(by(), [("early", "", 10, 0)])
    made.add_tickets(by(), "u", [("t", "")])
    assert [match.order_id for match in made.assign(by())] == ["early"]


def test_what_could_not_be_matched_is_said_once() -> None:
    given = Given(pool(tickets=2))
    assert names(given.when(lambda p: p.settle(by()))) == ["TicketsMarkedUnmatched"]
    assert given.when(lambda p: p.settle(by())) == []


def test_a_revoked_pre_order_returns_to_its_original_place() -> None:
    made = pool(tickets=1, orders=2)
    made.assign(by())
    made.revoke(by(), ["o0"], "withdrawn")
    made.void(by(), ["t0"], "withdrawn")
    made.add_tickets(by(), "u2", [("t9", "")])
    assert [match.order_id for match in made.assign(by())] == ["o0"]


def test_a_held_ticket_cannot_be_voided() -> None:
    made = pool(tickets=1, orders=1)
    made.assign(by())
    with pytest.raises(NotFree):
        made.void(by(), ["t0"], "r")


def test_a_renewed_assignment_has_another_id() -> None:
    made = pool(tickets=1, orders=1)
    made.assign(by())
    first = made.assignment_of["o0"]
    made.revoke(by(), ["o0"], "r")
    made.assign(by())
    assert made.assignment_of["o0"] != first


def test_a_manual_assignment_may_overtake_but_needs_a_reason() -> None:
    made = pool(tickets=1, orders=2)
    with pytest.raises(NotFree):
        made.assign_by_hand(by(), "o1", "t0", " ")
    assert made.assign_by_hand(by(), "o1", "t0", "lost ticket").rule == "manual"
    with pytest.raises(NotFree):
        made.assign_by_hand(by(), "o0", "t0", "again")
    with pytest.raises(NotFound):
        made.assign_by_hand(by(), "nobody", "t0", "r")


def test_a_removed_pre_order_is_passed_over() -> None:
    made = pool(tickets=1, orders=2)
    made.remove_order(by(), "o0", "refunded")
    assert [match.order_id for match in made.assign(by())] == ["o1"]
    with pytest.raises(NotFree):
        made.remove_order(by(), "o1", "refunded")


def test_adopted_rules_make_everything_worth_another_try() -> None:
    made = pool(tickets=2, variant="late")
    made.queue_orders(by(), [("o", "early", 1, 0)])
    made.settle(by())
    assert (made.untried_tickets, made.untried_orders) == (0, 0)
    variants = [variant_facts("early", "Early"), variant_facts("late", "Late")]
    made.adopt_rules(by(), 2, "any_variant", 15, variants)
    assert (made.untried_tickets, made.untried_orders) == (2, 1)
    assert [match.rule for match in made.assign(by())] == ["any_variant"]


def test_older_rules_are_not_adopted() -> None:
    made = pool()
    made.adopt_rules(by(), 3, "none", 15, [])
    assert Given(made).when(lambda p: p.adopt_rules(by(), 3, "any_variant", 15, [])) == []


def test_a_snapshot_gives_the_same_pool_back() -> None:
    made = pool(tickets=5, orders=9)
    made.assign(by(), 2)
    taken = PoolSnapshot.take(made)
    state = orjson.loads(orjson.dumps(taken.state))
    again = PoolSnapshot(taken.originator_id, made.version, taken.timestamp, taken.topic, state).mutate(None)
    again.queue_orders(by(), [("more", "", 99, 0)])
    assert [match.order_id for match in again.assign(by())] == ["o2", "o3", "o4"]


def test_a_replayed_pool_equals_the_one_that_decided() -> None:
    made = pool(tickets=5, orders=9)
    made.assign(by())
    made.settle(by())
    again = None
    for fact in made.pending_events:
        again = fact.mutate(again)
    assert isinstance(again, TicketPool)
    assert (again.tickets, again.orders, again.ticket_of) == (made.tickets, made.orders, made.ticket_of)


def by_rule(facts: list[Fact]) -> list[int]:
    return [vars(fact)["by_rule"] for fact in facts]


def test_a_ticket_taken_back_says_whether_the_rule_had_given_it() -> None:
    made = pool(tickets=3, orders=3)
    made.assign(by(), 2)
    made.assign_by_hand(by(), "o2", "t2", "lost ticket")
    given = Given(made)
    assert by_rule(given.when(lambda p: p.revoke(by(), ["o0", "o2"], "moved"))) == [1]
    # Once more, and this time the rule gives what a person had given before.
    given.when(lambda p: p.assign(by()))
    assert by_rule(given.when(lambda p: p.revoke(by(), ["o0", "o2"], "moved"))) == [2]


def test_a_snapshot_keeps_who_was_served_by_hand_and_an_older_one_names_nobody() -> None:
    made = pool(tickets=1, orders=1)
    made.assign_by_hand(by(), "o0", "t0", "lost ticket")
    taken = PoolSnapshot.take(made)

    def revoked(state: dict[str, object]) -> list[int]:
        again = PoolSnapshot(taken.originator_id, made.version, taken.timestamp, taken.topic, state).mutate(
            None
        )
        return by_rule(Given(again).when(lambda p: p.revoke(by(), ["o0"], "moved")))

    assert revoked(orjson.loads(orjson.dumps(taken.state))) == [0]
    older = orjson.loads(orjson.dumps(taken.state))
    del older["by_hand"]
    assert revoked(older) == [1]
