"""The fairness report of an event as a page: every assignment with its rank, and whom it passed over, and why."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from harrystix.adapters.web.access import Staff
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.paging import Cursor
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.explain.fairness import fairness
from harrystix.domain.ticketed_event import TicketedEvent

ROWS = 50
router = Routes(prefix="/admin/events/{event_id}/fairness", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def show_fairness(request: Request, who: Staff, event_id: str, cursor: Cursor = None) -> HTMLResponse:
    """In the order of the assignments."""
    own = parts(request)
    found = fairness(own.context, event_id)
    start = int(own.cursors.decode(request, cursor)[0]) if cursor else 0
    more = own.cursors.encode(request, start + ROWS) if start + ROWS < len(found.lines) else ""
    return page(
        request,
        who,
        "admin/fairness.html",
        event=own.context.store.get(TicketedEvent, event_id),
        event_id=event_id,
        found=found,
        lines=found.lines[start : start + ROWS],
        next=f"/admin/events/{event_id}/fairness?cursor={more}" if more else "",
    )
