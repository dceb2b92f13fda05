"""A night as a calendar takes it in (RFC 5545)."""

from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event

from harrystix.projections.catalogue.queries import EventRow

# When it ends is nobody's to say here; calendars want something.
LASTS = timedelta(hours=5)
REMIND = timedelta(hours=3)


def calendar(event: EventRow, order_id: str, now: datetime, address: str) -> bytes:
    """One entry, the same each time it is taken in, with a reminder three hours before."""
    reminder = Alarm.new(description=event.name)
    reminder.ACTION = "DISPLAY"
    reminder.TRIGGER = -REMIND
    night = Event.new(
        uid=f"{order_id}@harrystix",
        stamp=now,
        start=event.starts_at,
        end=event.starts_at + LASTS,
        summary=event.name,
        location=event.venue,
        url=address,
        subcomponents=[reminder],
    )
    return Calendar.new(prodid="-//Harry's Tix//harrystix//EN", subcomponents=[night]).to_ical()
