"""Who is there for some events only meets nothing of the others, not even that it is there.

One place for all routes: whatever stands in a path leads to its event; a parameter that is not known here is refused.
"""

from collections.abc import Callable, Iterable

from fastapi import Request

from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.ids import is_id
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.roles import Role
from harrystix.domain.bulk_job import BulkJob
from harrystix.domain.errors import NotFound
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.upload import Upload
from harrystix.projections.assignments import queries as assignments

READING = frozenset({"GET", "HEAD"})


def own_events_only(request: Request, who: Caller) -> None:
    """Raises NotFound, in the words for what does not exist."""
    own = parts(request)
    for name, value in request.path_params.items():
        look = LEADS_TO.get(name)
        if look is not None and (look(own, who, str(value)) is not True):
            raise NotFound(f"There is no {WORDS[name]} {value}.", id=str(value))
        if who.role == Role.PARTNER and request.method not in READING and name == "order_id":
            _refuse_foreign_act(own, who, str(value))
        if look is None and name not in HARMLESS:
            raise NotFound(f"There is no {value}.", id=str(value))


def foreign(who: Caller, event_ids: Iterable[str]) -> list[str]:
    return [event_id for event_id in event_ids if not who.sees(event_id)]


def mine(own: Parts, who: Caller, order_ids: list[str]) -> tuple[list[str], dict[str, str]]:
    """Those of one's own events, and the words for the others: as if they were not there."""
    if who.events is None:
        return order_ids, {}
    found = own.context.store.get_many(PreOrder, order_ids)
    seen = [i for i in order_ids if i in found and who.sees(found[i].event_id)]
    return seen, {i: f"There is no pre-order {i}." for i in order_ids if i not in seen}


def _event(_: Parts, who: Caller, event_id: str) -> bool:
    return who.sees(event_id)


def _order(own: Parts, who: Caller, order_id: str) -> bool:
    found = own.context.store.get_many(PreOrder, [order_id] if is_id(order_id) else [])
    return any(who.sees(order.event_id) for order in found.values())


def _refuse_foreign_act(own: Parts, who: Caller, order_id: str) -> None:
    """A partner reads all pre-orders of its events, and acts on those that it has placed itself."""
    if own.context.store.get(PreOrder, order_id).placed_by != who.actor:
        raise NotFound(f"There is no PreOrder {order_id}.", id=order_id)


def _ticket(own: Parts, who: Caller, ticket_id: str) -> bool:
    event_id = assignments.event_of(own.database, ticket_id)
    return event_id is not None and who.sees(event_id)


def _upload(own: Parts, who: Caller, upload_id: str) -> bool:
    """One whose tickets are all for one's own events; before it is committed, who brought it."""
    if not is_id(upload_id):
        return False
    found = own.context.store.get(Upload, upload_id)
    mine = found.received_by == who.actor
    return (mine or who.role != Role.PARTNER) and not foreign(who, found.tickets) if found.tickets else mine


def _job(own: Parts, who: Caller, job_id: str) -> bool:
    """A job runs over pre-orders of many events: it is its author's."""
    return is_id(job_id) and own.context.store.get(BulkJob, job_id).ordered_by == who.actor


def _audited(own: Parts, who: Caller, position: str) -> bool:
    row = own.database.one(
        "SELECT event_id::text FROM reporting.assignment_logs WHERE position = %s",
        (int(position) if position.isdigit() and len(position) < 19 else 0,),
    )
    return bool(row and row[0] and who.sees(row[0]))


LEADS_TO: dict[str, Callable[[Parts, Caller, str], bool]] = {
    "event_id": _event,
    "order_id": _order,
    "ticket_id": _ticket,
    "upload_id": _upload,
    "position": _audited,
    "job_id": _job,
}
WORDS = {
    "event_id": "TicketedEvent",
    "order_id": "PreOrder",
    "ticket_id": "ticket",
    "upload_id": "Upload",
    "position": "entry",
    "job_id": "BulkJob",
}
# One's own sessions, passkeys and lists; and approvals, which the route itself looks at.
HARMLESS = {"session_id", "approval_id", "credential", "view_id", "choice_id"}
