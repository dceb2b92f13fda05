"""The filters of the list of pre-orders: in the address, as chips, and as choices."""

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query
from starlette.exceptions import HTTPException

from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.ids import UUID, is_id
from harrystix.adapters.web.parts import Parts
from harrystix.domain.pre_order_events import Status
from harrystix.projections.assignments.queries import Filters
from harrystix.projections.catalogue import queries as catalogue

# Those that come next; an earlier one is found by its code.
EVENTS = 60
DELIVERIES = ("planned", "accepted", "delivered", "bounced", "failed")
Known = dict[str, catalogue.EventRow]


def filters(
    event: Annotated[str, Query(pattern=f"^$|{UUID}")] = "",
    status: Annotated[str, Query(pattern=f"^({'|'.join(('', *Status))})$")] = "",
    variant: Annotated[str, Query(pattern=f"^$|{UUID}")] = "",
    delivery: Annotated[str, Query(pattern=f"^({'|'.join(('', *DELIVERIES))})$")] = "",
    member: Annotated[str, Query(pattern=f"^$|{UUID}")] = "",
) -> Filters:
    """Empty fields of the form are filters that are not set."""
    return Filters(event or None, status or None, member or None, variant or None, delivery or None)


Wanted = Annotated[Filters, Depends(filters)]


def chips(wanted: Filters, events: Known) -> list[tuple[str, str]]:
    """(words, address without it) of each filter that is set."""
    values = _values(wanted)
    event = events.get(wanted.event_id or "")
    names = {variant.id: variant.name for variant in event.variants} if event else {}
    words = {
        "event": event.name if event else "one event",
        "variant": names.get(wanted.variant_id or "", "one variant"),
        "member": "one member",
        "status": f"status {_words(wanted.status)}",
        "delivery": f"mail {wanted.delivery}",
    }
    return [
        (words[name], f"/admin/orders?{urlencode({n: v for n, v in values.items() if n != name})}")
        for name in values
    ]


def choices(
    own: Parts, who: Caller, wanted: Filters, events: Known
) -> dict[str, list[tuple[str, str, bool]]]:
    """Field -> (value, words, chosen)."""
    since = catalogue.lately(own.context.clock.now())
    soon = catalogue.page(own.database, EVENTS, since, who.within, variants=False)
    listed = {event.id: event for event in soon}
    event = events.get(wanted.event_id or "")
    if event:
        listed[event.id] = event
    return {
        "event": [(one.id, one.name, one.id == wanted.event_id) for one in listed.values()],
        "variant": [(v.id, v.name, v.id == wanted.variant_id) for v in (event.variants if event else [])],
        "status": [(str(one), _words(one), one == wanted.status) for one in Status],
        "delivery": [(one, one, one == wanted.delivery) for one in DELIVERIES],
    }


def _values(wanted: Filters) -> dict[str, Any]:
    found = {
        "event": wanted.event_id,
        "status": wanted.status,
        "variant": wanted.variant_id,
        "delivery": wanted.delivery,
        "member": wanted.member_id,
    }
    return {name: value for name, value in found.items() if value}


def _words(status: str | None) -> str:
    return (status or "").replace("_", " ")


def query(wanted: Filters) -> str:
    """The filters as they stand in an address."""
    return urlencode(_values(wanted))


def parse(text: str, who: Caller) -> Filters:
    """Of such a query, for whoever asks. Raises 422 for what no form of ours sends."""
    found = dict(parse_qsl(text))
    known = {"status": set(map(str, Status)), "delivery": set(DELIVERIES)}
    for name, value in found.items():
        fits = (
            value in known[name] if name in known else name in {"event", "variant", "member"} and is_id(value)
        )
        if not fits:
            raise HTTPException(422, "These filters are not known. Load the page again.")
    return replace(filters(**found), within=who.within)
