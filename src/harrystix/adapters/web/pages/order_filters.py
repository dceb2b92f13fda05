"""The filters of the list of pre-orders: in the address, as chips, and as choices."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import wraps
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query
from pydantic import ValidationError, validate_call
from starlette.exceptions import HTTPException

from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.ids import UUID
from harrystix.adapters.web.pages.render import delivery as delivery_words
from harrystix.adapters.web.pages.render import order_status
from harrystix.adapters.web.parts import Parts
from harrystix.domain.pre_order_events import Status
from harrystix.projections.assignments.queries import GROUPS, TROUBLE, Filters
from harrystix.projections.catalogue import queries as catalogue

# Those that come next; an earlier one is found by its code.
EVENTS = 60
ID = UUID.strip("^$")
DAY = r"^$|^\d{4}-\d{2}-\d{2}$"
DELIVERIES = ("planned", "accepted", "delivered", "bounced", "failed", TROUBLE)
STATUSES = (*Status, *GROUPS)
Known = dict[str, catalogue.EventRow]
# (value, words, whether it is chosen)
Choice = tuple[str, str, bool]


def checked(
    event: Annotated[str, Query(pattern=f"^(-?{ID})?$")] = "",
    status: Annotated[str, Query(pattern=f"^(-?({'|'.join(STATUSES)}))?$")] = "",
    variant: Annotated[str, Query(pattern=f"^(-?{ID})?$")] = "",
    delivery: Annotated[str, Query(pattern=f"^(-?({'|'.join(DELIVERIES)}))?$")] = "",
    member: Annotated[str, Query(pattern=f"^({ID})?$")] = "",
    since: Annotated[str, Query(pattern=DAY)] = "",
    before: Annotated[str, Query(pattern=DAY)] = "",
) -> Filters:
    """Empty fields of the form are filters that are not set; a minus before a value means all but this.

    Days are those of UTC. Raises 422 for a day that is none.
    """
    given = {"event_id": event, "status": status, "variant_id": variant, "delivery": delivery}
    plain = {name: value.removeprefix("-") or None for name, value in given.items()}
    return Filters(
        plain["event_id"],
        plain["status"],
        member or None,
        plain["variant_id"],
        plain["delivery"],
        since=day(since),
        before=day(before),
        without=frozenset(name for name, value in given.items() if value.startswith("-")),
    )


def day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) if text else None
    except ValueError:
        raise HTTPException(422, f"{text} is no day.") from None


@wraps(checked)
async def filters(**given: str) -> Filters:
    """On the loop: there is nothing to wait for, and each change of thread costs."""
    return checked(**given)


_sent = validate_call(checked)
Wanted = Annotated[Filters, Depends(filters)]


def fitting(own: Parts, wanted: Filters) -> Filters:
    """Without the variant of another event, which is left over where somebody chooses a new one."""
    if not (wanted.variant_id and wanted.event_id and "event_id" not in wanted.without):
        return wanted
    event = catalogue.some(own.database, [wanted.event_id]).get(wanted.event_id)
    if event and wanted.variant_id not in {variant.id for variant in event.variants}:
        return replace(wanted, variant_id=None, without=wanted.without - {"variant_id"})
    return wanted


def chips(wanted: Filters, events: Known) -> list[tuple[str, str]]:
    """(words, address without it) of each filter that is set."""
    values = _values(wanted)
    event = events.get(wanted.event_id or "")
    names = {variant.id: variant.name for variant in event.variants} if event else {}
    words = {
        "event": event.name if event else "one event",
        "variant": names.get(wanted.variant_id or "", "one variant"),
        "member": "one member",
        "status": order_status(wanted.status or "")[0],
        "delivery": f"mail {delivery_words(wanted.delivery or '')[0]}",
        "since": f"placed since {wanted.since:%-d %b %Y}" if wanted.since else "",
        "before": f"placed before {wanted.before:%-d %b %Y}" if wanted.before else "",
    }
    # A variant is one of its event.
    with_it = {"event": {"event", "variant"}}
    return [
        (
            ("not " if value.startswith("-") else "") + words[name],
            f"/admin/orders?{urlencode({n: v for n, v in values.items() if n not in with_it.get(name, {name})})}",
        )
        for name, value in values.items()
    ]


def choices(own: Parts, who: Caller, wanted: Filters, events: Known) -> dict[str, tuple[Choice, ...]]:
    """Field -> what it may be, and of short lists also what it may not be."""
    since = catalogue.lately(own.context.clock.now())
    listed = dict(catalogue.coming(own.database, EVENTS, since, who.within))
    event = events.get(wanted.event_id or "")
    if event:
        listed[event.id] = event.name
    values = _values(wanted)
    named = {
        "event": list(listed.items()),
        "variant": [(v.id, v.name) for v in (event.variants if event else [])],
        "status": [(str(one), order_status(one)[0]) for one in STATUSES],
        "delivery": [(one, delivery_words(one)[0]) for one in DELIVERIES],
    }
    found = {
        name: [(value, words, value == values.get(name)) for value, words in named[name]] for name in named
    }
    for name in ("variant", "status", "delivery"):
        found[name] += [
            (f"-{value}", f"not {words}", f"-{value}" == values.get(name)) for value, words in named[name]
        ]
    if event and "event_id" in wanted.without:
        found["event"].append((f"-{event.id}", f"not {event.name}", True))
    return {name: tuple(some) for name, some in found.items()}


def _values(wanted: Filters) -> dict[str, str]:
    found: dict[str, str | None] = {
        "event": _value(wanted, "event_id"),
        "status": _value(wanted, "status"),
        "variant": _value(wanted, "variant_id"),
        "delivery": _value(wanted, "delivery"),
        "member": wanted.member_id,
        "since": wanted.since and wanted.since.date().isoformat(),
        "before": wanted.before and wanted.before.date().isoformat(),
    }
    return {name: value for name, value in found.items() if value}


def _value(wanted: Filters, name: str) -> str | None:
    value: str | None = getattr(wanted, name)
    return f"-{value}" if value and name in wanted.without else value


def query(wanted: Filters) -> str:
    """The filters as they stand in an address."""
    return urlencode(_values(wanted))


def parse(text: str, who: Caller) -> Filters:
    """Of such a query, for whoever asks. Raises 422 for what no form of ours sends."""
    try:
        wanted = _sent(**dict(parse_qsl(text)))
    except ValidationError:
        raise HTTPException(422, "These filters are not known. Load the page again.") from None
    return replace(wanted, within=who.within)
