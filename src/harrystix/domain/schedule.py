"""Tuesday 19:00, by the clock on the wall: never seven days of 24 hours, which is an hour off twice a year."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CATCH_UP = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Schedule:
    """`weekday`: Monday is 0. The name is part of a run's id."""

    name: str = "weekly"
    weekday: int = 1
    at: time = time(19, 0)
    time_zone: str = "Europe/London"

    def moment(self, day: date) -> datetime:
        """The run of that local day, in UTC. An hour that the clocks skip counts as the hour after."""
        local = datetime.combine(day, self.at, ZoneInfo(self.time_zone))
        return local.astimezone(UTC)

    def latest(self, now: datetime) -> date:
        """The local day of the last run that is due at `now` (aware)."""
        today = now.astimezone(ZoneInfo(self.time_zone)).date()
        day = today - timedelta(days=(today.weekday() - self.weekday) % 7)
        return day if self.moment(day) <= now else day - timedelta(days=7)

    def next(self, now: datetime) -> datetime:
        """The next run after `now`, in UTC."""
        return self.moment(self.latest(now) + timedelta(days=7))

    def due(self, now: datetime) -> date | None:
        """The day whose run should have begun by now and is not too old to be made up for."""
        day = self.latest(now)
        return day if now - self.moment(day) < CATCH_UP else None
