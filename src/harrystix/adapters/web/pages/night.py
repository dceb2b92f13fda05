"""What a member's pages say of one pre-order, and where they get it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Request
from fastapi.responses import HTMLResponse

from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.ids import UUID
from harrystix.adapters.web.member_words import next_step, outlook
from harrystix.adapters.web.pages.render import member_status, page
from harrystix.adapters.web.parts import Parts, parts
from harrystix.application.handlers import ordering
from harrystix.domain.errors import NotFound
from harrystix.projections.catalogue import queries as catalogue
from harrystix.projections.member_orders import queries as member_orders
from harrystix.projections.member_orders.place import Place, place
from harrystix.projections.overview import queries as overview

Id = Annotated[str, Path(pattern=UUID)]
WAITING = {"confirmed", "waiting_for_stock"}
GONE = {"cancelled", "failed"}
# A place is counted over those who wait for its event: a page does that for so many.
COUNTED = 20_000
HOLDS = {"assigned", "fulfilled", "used"}


@dataclass(frozen=True, slots=True)
class Night:
    """One pre-order with everything that its card says. `step`: one sentence. `outlook`: on the wait, or empty."""

    order: member_orders.MemberOrder
    event: catalogue.EventRow
    word: str
    tone: str
    step: str
    place: Place | None
    outlook: str
    may_order_again: bool
    may_give_back: bool

    @property
    def variant(self) -> str:
        wanted = self.order.ticket_variant_id or self.order.variant_id
        return next((variant.name for variant in self.event.variants if variant.id == wanted), "")

    @property
    def waits(self) -> bool:
        return self.order.status in WAITING

    @property
    def needs_card(self) -> bool:
        """Without one nothing can be taken."""
        open_still = self.order.status in {"placed", "processing"}
        return open_still and (not self.order.card_expires or self.order.needs == "new_card")

    @property
    def may_change_card(self) -> bool:
        return self.order.status in {"placed", "processing"} and not self.needs_card

    @property
    def at_bank(self) -> bool:
        return self.order.status == "processing" and self.order.needs == "authenticate"

    @property
    def may_cancel(self) -> bool:
        return self.order.status == "placed"

    @property
    def has_ticket(self) -> bool:
        return self.order.status in HOLDS and not self.order.frozen


def one(
    request: Request, who: Caller, order_id: str, name: str, status: int = 200, **more: Any
) -> HTMLResponse:
    """A page about one pre-order, as the log has it. Raises NotFound, also for somebody else's."""
    own = parts(request)
    order = member_orders.live(ordering.own(own.context, str(who.member_id), order_id))
    (night,) = cards(own, [order])
    return page(
        request,
        who,
        name,
        status,
        night=night,
        taken=own.context.schedule.next(own.context.clock.now()),
        **more,
    )


def event_of(own: Parts, event_id: str) -> catalogue.EventRow:
    """Raises NotFound."""
    found = catalogue.some(own.database, [event_id]).get(event_id)
    if found is None:
        raise NotFound("There is no such event.")
    return found


def mine(own: Parts, member_id: str) -> list[member_orders.MemberOrder]:
    """Everything that this member ever ordered."""
    return member_orders.of_member(own.database, member_id)


def cards(own: Parts, rows: list[member_orders.MemberOrder]) -> list[Night]:
    """What each card says, in the same order."""
    events = catalogue.some(own.database, list({row.event_id for row in rows}))
    now = own.context.clock.now()
    taken = own.context.schedule.next(now)
    numbers = overview.some(own.database, list(events))
    found: list[Night] = []
    for row in rows:
        if (event := events.get(row.event_id)) is None:
            continue
        word, tone = member_status(row)
        waits = row.status in WAITING and numbers[row.event_id].waiting <= COUNTED
        stands = place(own.database, row.id) if waits else None
        said = outlook(stands, row.confirmed_at, event.starts_at, now) if stands and row.confirmed_at else ""
        found.append(
            Night(
                row,
                event,
                word,
                tone,
                step=next_step(row, event.time_zone, taken),
                place=stands,
                outlook=said,
                may_order_again=row.status in GONE and on_sale(event, now, taken),
                may_give_back=row.status in WAITING and not row.frozen and own.settings.give_back,
            )
        )
    return found


def on_sale(event: catalogue.EventRow, now: datetime, taken: datetime) -> bool:
    """And money can still be taken before it begins."""
    end = min(event.sales_close_at or event.starts_at, event.starts_at)
    return (event.sales_open_at or now) <= now < end and taken < event.starts_at
