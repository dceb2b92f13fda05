"""The overview."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import AwareDatetime

from harrystix.adapters.web.access import Staff
from harrystix.adapters.web.answers import Answers
from harrystix.adapters.web.ids import UUID
from harrystix.adapters.web.paging import Cursor, Limit, link_next
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.schemas import (
    NumbersOut,
    OverviewOut,
)
from harrystix.projections.catalogue import queries as catalogue
from harrystix.projections.overview import queries as overview

router = Routes(prefix="/api", tags=["reading"], responses=Answers.READ)
Id = Annotated[str | None, Query(pattern=UUID)]
Moment = Annotated[AwareDatetime | None, Query(description="With its zone, like 2026-11-24T19:00:00Z.")]


@router.get("/admin/overview", response_model=OverviewOut)
def show_overview(
    request: Request, response: Response, who: Staff, limit: Limit = 20, cursor: Cursor = None
) -> OverviewOut:
    """All events in numbers, and a page of events with the most unmatched tickets first."""
    own = parts(request)
    after = own.cursors.decode(request, cursor) if cursor else None
    page = overview.worst(own.database, limit, (int(after[0]), str(after[1])) if after else None, who.within)
    totals = overview.totals(own.database) if who.within is None else overview.sums(own.database, who.within)
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(request, page[-1].unmatched, page[-1].event_id))
    names = catalogue.names(own.database, [row.event_id for row in page])
    return OverviewOut(
        as_of=datetime.now(UTC),
        totals=_numbers(totals, ""),
        median_upload_to_mail_ms=overview.median_ms(own.database) if who.within is None else None,
        worst=[_numbers(row, names.get(row.event_id, "")) for row in page],
    )


def _numbers(row: overview.Numbers, name: str) -> NumbersOut:
    values = {field: getattr(row, field) for field in NumbersOut.model_fields if field != "event"}
    return NumbersOut(event=name, **values)
