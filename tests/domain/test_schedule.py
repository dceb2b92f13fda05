from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given

from harrystix.domain.schedule import Schedule

LONDON, NEW_YORK = Schedule(), Schedule(time_zone="America/New_York")


@pytest.mark.parametrize(
    ("schedule", "day", "utc_hour"),
    [
        (LONDON, date(2026, 3, 24), 19),
        (LONDON, date(2026, 3, 31), 18),
        (LONDON, date(2026, 10, 20), 18),
        (LONDON, date(2026, 10, 27), 19),
        (NEW_YORK, date(2026, 3, 3), 24),
        (NEW_YORK, date(2026, 3, 10), 23),
        (NEW_YORK, date(2026, 10, 27), 23),
        (NEW_YORK, date(2026, 11, 3), 24),
        (LONDON, date(2028, 2, 29), 19),
    ],
)
def test_the_run_is_at_seven_by_the_clock_on_the_wall(schedule: Schedule, day: date, utc_hour: int) -> None:
    expected = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=utc_hour)
    assert schedule.moment(day) == expected
    assert schedule.due(expected) == day
    assert schedule.due(expected - timedelta(seconds=1)) is None


def test_a_week_over_the_clock_change_is_an_hour_off() -> None:
    assert LONDON.moment(date(2026, 3, 31)) - LONDON.moment(date(2026, 3, 24)) == timedelta(hours=167)
    assert LONDON.moment(date(2026, 10, 27)) - LONDON.moment(date(2026, 10, 20)) == timedelta(hours=169)


def test_a_missed_run_is_made_up_for_within_a_day_and_not_after() -> None:
    seven = LONDON.moment(date(2026, 11, 24))
    assert LONDON.due(seven + timedelta(minutes=20)) == date(2026, 11, 24)
    assert LONDON.due(seven + timedelta(hours=24)) is None


@given(
    st.integers(0, 18 * 365 * 24 * 60),
    st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.integers(0, 6),
)
def test_the_next_run_is_the_first_one_after_now_on_its_weekday(
    minutes: int, zone: str, weekday: int
) -> None:
    schedule, aware = (
        Schedule(weekday=weekday, time_zone=zone),
        datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes),
    )
    coming = schedule.next(aware)
    assert aware < coming <= aware + timedelta(days=7, hours=2)
    local = coming.astimezone(ZoneInfo(zone))
    assert (local.weekday(), local.hour, local.minute) == (weekday, 19, 0)
    assert schedule.moment(schedule.latest(aware)) <= aware
