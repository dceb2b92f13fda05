"""What a member is told of the wait: nothing but what the queue did, and what nobody can know is said so."""

from datetime import UTC, datetime, timedelta

import pytest

from harrystix.adapters.web.member_words import about, next_step, outlook
from harrystix.projections.member_orders.place import ENOUGH, Place
from harrystix.projections.member_orders.queries import MemberOrder

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def said(number: int, served: int, days: float, night: float = 30) -> str:
    """Of who stands at `number`, paid `days` ago, for a night in `night` days."""
    place = Place(number - 1, number + 5, served)
    return outlook(place, NOW - timedelta(days=days), NOW + timedelta(days=night), NOW)


def test_the_pace_of_the_queue_says_when_it_may_be_ones_turn() -> None:
    assert "it is your turn in about 4 days. Nobody can promise it." in said(20, 10, 2)
    assert said(20, 10, 2).startswith("10 people who want the same got theirs since you paid.")
    assert said(20, 1, 2).startswith("1 person who wants the same got theirs")
    assert said(20, ENOUGH, 2) == "More than 5,000 people who want the same got theirs since you paid."


def test_a_turn_after_the_night_is_no_turn() -> None:
    assert said(20, 10, 2, night=3).endswith("the night begins before it is your turn.")


@pytest.mark.parametrize(
    ("served", "days", "expected"),
    [
        (0, 0.5, ""),
        (
            3,
            0.5,
            "3 people who want the same got theirs since you paid. It is too early to say when yours comes.",
        ),
        (0, 3, "Nobody who wants the same got a ticket since you paid: nobody can say yet."),
    ],
)
def test_where_nobody_can_know_it_is_said_so(served: int, days: float, expected: str) -> None:
    assert said(8, served, days) == expected


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (0.4, "less than an hour"),
        (1.2, "about 1 hour"),
        (30, "about 30 hours"),
        (37, "about 2 days"),
        (240, "about 10 days"),
    ],
)
def test_a_span_is_said_roughly(hours: float, expected: str) -> None:
    assert about(timedelta(hours=hours)) == expected


def test_who_holds_a_ticket_that_is_stopped_is_told_so() -> None:
    order = MemberOrder("o", "e", "", 1200, "GBP", "fulfilled", NOW, NOW, NOW, None, "accepted", frozen=True)
    assert "it may not let you in" in next_step(order, "UTC", NOW)
