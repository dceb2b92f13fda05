"""A new event, for programs and for pages: whoever announces it is there for it."""

from harrystix.adapters.web.callers import Caller
from harrystix.application.context import Context
from harrystix.application.handlers import events, staff
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import By


def announce(context: Context, by: By, who: Caller, new: events.NewEvent) -> TicketedEvent:
    """Raises InvalidValue, AlreadyTaken."""
    event = events.announce(context, by, new)
    if who.session and who.events is not None:
        staff.give_event(context, by, who.session.subject_id, str(event.id))
    return event
