from harrystix.domain.matching import (
    Board,
    any_variant,
    closeness,
    closest_time,
    exact,
    match,
    no_preference,
)
from harrystix.domain.pool_indexes import Line
from harrystix.domain.values import FallbackRule, Rules

NINE, HALF_PAST, TEN, MIDNIGHT = "v9", "v930", "v10", "v24"
INTERVALS = {
    NINE: (9 * 3600, 9 * 3600 + 1800),
    HALF_PAST: (9 * 3600 + 1800, 10 * 3600),
    TEN: (9 * 3600 + 900, 10 * 3600 + 900),
    MIDNIGHT: (24 * 3600, 25 * 3600),
}


def board(
    free: dict[str, list[str]], waiting: dict[str, list[tuple[int, str]]], fallback: str = "none"
) -> Board:
    sequence = iter(range(1, 1000))
    return Board(
        free={
            variant: Line([(next(sequence), ticket) for ticket in tickets])
            for variant, tickets in free.items()
        },
        waiting={wanted: Line(orders) for wanted, orders in waiting.items()},
        rules=Rules(1, FallbackRule(fallback), 15, INTERVALS),
    )


def test_exact_proposes_the_earliest_pre_order_whose_variant_is_in_stock() -> None:
    proposal = exact(board({NINE: ["t1"]}, {NINE: [(5, "o5"), (7, "o7")], TEN: [(1, "o1")]}))
    assert proposal and (proposal.position, proposal.variant) == (5, NINE)


def test_exact_is_quiet_when_nobody_wants_what_is_free() -> None:
    assert exact(board({NINE: ["t1"]}, {TEN: [(1, "o1")]})) is None


def test_no_preference_takes_the_variant_that_is_least_in_demand() -> None:
    proposal = no_preference(
        board({NINE: ["t1"], TEN: ["t2", "t3"]}, {"": [(1, "o1")], NINE: [(2, "o2")], TEN: [(3, "o3")]})
    )
    assert proposal and proposal.variant == TEN


def test_any_variant_takes_the_nearest_time() -> None:
    proposal = any_variant(board({MIDNIGHT: ["t1"], HALF_PAST: ["t2"]}, {NINE: [(1, "o1")]}, "any_variant"))
    assert proposal and proposal.variant == HALF_PAST


def test_closest_time_prefers_the_highest_jaccard_similarity() -> None:
    proposal = closest_time(board({TEN: ["t1"], HALF_PAST: ["t2"]}, {NINE: [(1, "o1")]}, "closest_time"))
    assert proposal and proposal.variant == TEN


def test_closest_time_refuses_what_lies_outside_the_window() -> None:
    assert closest_time(board({MIDNIGHT: ["t1"]}, {NINE: [(1, "o1")]}, "closest_time")) is None


def test_touching_intervals_have_no_overlap_and_no_gap() -> None:
    rules = Rules(1, FallbackRule.CLOSEST_TIME, 15, INTERVALS)
    assert closeness(rules, NINE, HALF_PAST) == (0.0, 0)


def test_a_fallback_waits_until_nobody_wants_the_ticket_exactly() -> None:
    made = match(board({NINE: ["t1"]}, {TEN: [(1, "o1")], NINE: [(9, "o9")]}, "any_variant"), 10)
    assert [(m.order_id, m.rule) for m in made] == [("o9", "exact")]


def test_the_earlier_of_exact_and_no_preference_is_served_first() -> None:
    made = match(board({NINE: ["t1"]}, {NINE: [(2, "o2")], "": [(1, "o1")]}), 10)
    assert [(m.order_id, m.rule) for m in made] == [("o1", "no_preference")]


def test_without_fallback_the_rest_waits() -> None:
    assert match(board({NINE: ["t1"]}, {TEN: [(1, "o1")]}), 10) == []


def test_the_limit_holds() -> None:
    orders = [(i, f"o{i}") for i in range(5)]
    assert len(match(board({NINE: [f"t{i}" for i in range(5)]}, {NINE: orders}), 3)) == 3
