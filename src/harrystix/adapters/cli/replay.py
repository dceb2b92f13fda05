"""Anything as it was at a time or a log position, from the log alone."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from harrystix.domain.base import Fact
from harrystix.domain.errors import NotFound
from harrystix.domain.ids import pool_id

if TYPE_CHECKING:
    from harrystix.bootstrap import System

HIDDEN = {"_pending_events", "indexes"}


def as_it_was(system: "System", thing: str, until: int | datetime) -> dict[str, Any]:
    """Raises NotFound. A ticketed event comes with its pool; a ticket is found by what touched it."""
    try:
        thing_id = UUID(thing)
    except ValueError:
        raise NotFound(f"{thing} is not an id.") from None
    streams = [thing_id, pool_id(thing)]
    found = {stream: _state(system, stream, until) for stream in streams}
    states = [state for state in found.values() if state]
    if not states:
        ticket = _ticket(system, thing, until)
        if ticket:
            return ticket
        raise NotFound(f"There was no {thing} then.")
    return states[0] if len(states) == 1 else {**states[0], "pool": states[1]}


def _state(system: "System", stream: UUID, until: int | datetime) -> dict[str, Any] | None:
    rows = system.database.all(
        "SELECT originator_version, notification_id FROM log.stored_events WHERE originator_id = %s",
        (stream,),
    )
    position = dict(rows)
    aggregate: Any = None
    for event in system.store.events.get(stream):
        fact = cast("Fact", event)
        seen = (
            fact.timestamp <= until
            if isinstance(until, datetime)
            else position[fact.originator_version] <= until
        )
        if not seen:
            break
        aggregate = fact.mutate(aggregate)
    if aggregate is None:
        return None
    state = cast("dict[str, Any]", vars(aggregate))
    values = {key.lstrip("_"): value for key, value in state.items() if key not in HIDDEN}
    return {"kind": type(aggregate).__name__, **values}


def _ticket(system: "System", ticket: str, until: int | datetime) -> dict[str, Any] | None:
    """A ticket is not an aggregate: its pool knows it."""
    row = system.database.one("SELECT event_id FROM reporting.tickets WHERE id = %s", (ticket,))
    pool = _state(system, pool_id(str(row[0])), until) if row else None
    known = pool["tickets"].get(ticket) if pool else None
    if pool is None or known is None:
        return None
    names = ("variant", "upload", "sequence", "state", "added_at")
    return {
        "kind": "Ticket",
        "id": ticket,
        **dict(zip(names, known, strict=True)),
        "held_by": next((order for order, held in pool["ticket_of"].items() if held == ticket), None),
    }
