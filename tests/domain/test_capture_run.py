"""A capture run: one a schedule and day, and on demand only by a named person."""

from datetime import date

import pytest

from harrystix.domain.capture_run import NOW, CaptureRun
from harrystix.domain.errors import InvalidValue
from tests.domain.given import NOON, Given, by, names

DAY = date(2026, 11, 24)


def test_whoever_starts_the_run_of_a_day_it_is_the_same_one() -> None:
    first = CaptureRun.start(by("c1", "system:scheduler"), "weekly", DAY, NOON)
    second = CaptureRun.start(by("c2", "system:scheduler"), "weekly", DAY, NOON)
    other = CaptureRun.start(by("c1", "system:scheduler"), "weekly", date(2026, 12, 1), NOON)
    assert first.id == second.id != other.id


def test_a_run_on_demand_is_its_own_and_needs_a_person() -> None:
    scheduled = CaptureRun.start(by("c1", "system:scheduler"), "weekly", DAY, NOON)
    now = CaptureRun.start(by("c1", "staff:kim"), "weekly", DAY, NOON, NOW)
    assert now.id != scheduled.id
    with pytest.raises(InvalidValue):
        CaptureRun.start(by("c1", "system:scheduler"), "weekly", DAY, NOON, NOW)


def test_a_run_is_enumerated_once() -> None:
    run = CaptureRun.start(by("c1", "system:scheduler"), "weekly", DAY, NOON)
    found = Given(run).when(lambda r: r.finish_enumeration(by(), no_card=1, needs_member=2))
    assert names(found) == ["Enumerated"]
    assert Given(run).when(lambda r: r.finish_enumeration(by(), no_card=0, needs_member=0)) == []
