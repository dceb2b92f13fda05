"""The overview: all events in numbers, live."""

from datetime import UTC, date, datetime
from math import log
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, StreamingResponse

from harrystix.adapters.web.access import FOLLOWS, Staff
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.live import stream
from harrystix.adapters.web.pages.render import count_of, duration, page, piece
from harrystix.adapters.web.paging import Cursor
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.roles import Act
from harrystix.adapters.web.routes import Routes
from harrystix.projections.catalogue import queries as catalogue
from harrystix.projections.overview import queries as overview

ROWS = 50
PROMISE_MS = 120_000
# The picture: 600 units wide, from a tenth of a second to an hour, each step the same factor.
WIDE, HIGH, FIRST, LAST = 600, 72, 100, 3_600_000
# The smaller one: a bar a day.
DAYS, SMALL = 30, 48
TICKS = ((100, "0.1 s"), (1000, "1 s"), (10_000, "10 s"), (60_000, "1 min"), (600_000, "10 min"))

router = Routes(prefix="/admin", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def show_overview(request: Request, who: Staff, cursor: Cursor = None) -> HTMLResponse:
    """The overview page."""
    with parts(request).database.held():
        return page(request, who, "admin/overview.html", **_numbers(request, who, cursor))


@router.get("/live", response_class=StreamingResponse, tags=[FOLLOWS])
def follow_overview(request: Request, who: Staff) -> StreamingResponse:
    """The same numbers, again whenever they change."""
    return stream(request, who, lambda: piece("admin/overview-live.html", **_numbers(request, who, None)))


def _numbers(request: Request, who: Caller, cursor: str | None) -> dict[str, Any]:
    own = parts(request)
    after = own.cursors.decode(request, cursor) if cursor else None
    rows = overview.worst(own.database, ROWS, (int(after[0]), str(after[1])) if after else None, who.within)
    names = catalogue.names(own.database, [row.event_id for row in rows])
    more = own.cursors.encode(request, rows[-1].unmatched, rows[-1].event_id) if len(rows) == ROWS else ""
    whole = who.within is None
    mine = [overview.ALL] if who.within is None else who.within
    took = overview.latencies(own.database, "mailed", *mine)
    now = datetime.now(UTC)
    return {
        "as_of": now,
        "outages": own.context.outages.current(),
        "today": overview.since(own.database, now.date(), mine),
        "totals": overview.totals(own.database) if whole else overview.sums(own.database, who.within or []),
        "median": overview.median_of(took),
        "waits": waits(took),
        "history": history(overview.days(own.database, DAYS)) if whole else None,
        "events": [(row, names.get(row.event_id, "")) for row in rows],
        "next": f"/admin?cursor={more}" if more else "",
        "first": not cursor,
        "may_upload": who.may(Act.TICKETS),
    }


def waits(found: list[tuple[int, int]]) -> dict[str, Any] | None:
    """A picture of how long it took from ticket and money to the mail; None where nothing was mailed yet."""
    mailed = sum(orders for _, orders in found)
    if not mailed:
        return None
    columns: dict[int, int] = {}
    for bucket, orders in found:
        columns[_column(1.1**bucket)] = columns.get(_column(1.1**bucket), 0) + orders
    most = max(columns.values())
    late = sum(orders for bucket, orders in found if 1.1**bucket > PROMISE_MS)
    bars = [
        {
            "x": column * 10 + 1,
            "y": round(HIGH - HIGH * orders / most, 1),
            "width": 8,
            "height": round(HIGH * orders / most, 1),
            "words": f"{count_of(orders, 'mail')} within about {duration(round(_end(column)))}",
        }
        for column, orders in sorted(columns.items())
    ]
    within = f"{mailed - late:,} of {count_of(mailed, 'mail')} left within two minutes"
    return {
        "bars": bars,
        "mark": _place(PROMISE_MS),
        "ticks": [{"x": max(14, _place(at)), "name": name} for at, name in TICKS],
        "words": f"{within}; the median took {duration(overview.median_of(found))}.",
    }


def history(found: list[tuple[date, int, int]]) -> dict[str, Any] | None:
    """A picture of each day's median; None before there is a second day to compare with."""
    if len(found) < 2:
        return None
    bars = [
        {
            "x": index * WIDE // DAYS + 2,
            "y": SMALL - _tall(median),
            "width": WIDE // DAYS - 4,
            "height": _tall(median),
            "late": median > PROMISE_MS,
            "words": f"{day:%-d %B}: {duration(median)}, {count_of(mails, 'mail')}",
        }
        for index, (day, median, mails) in enumerate(found)
    ]
    kept = sum(median <= PROMISE_MS for _, median, _ in found)
    words = f"The median kept the promise on {kept} of the last {count_of(len(found), 'day')} with mails"
    words = f"{words}; on the last one it was {duration(found[-1][1])}."
    return {"bars": bars, "mark": SMALL - _tall(PROMISE_MS), "words": words}


def _tall(milliseconds: float) -> int:
    return max(2, _place(milliseconds) * SMALL // WIDE)


def _place(milliseconds: float) -> int:
    """Where on the picture, 0 to 600."""
    share = log(max(milliseconds, FIRST) / FIRST) / log(LAST / FIRST)
    return min(WIDE, round(WIDE * share))


def _column(milliseconds: float) -> int:
    return min(WIDE // 10 - 1, _place(milliseconds) // 10)


def _end(column: int) -> float:
    return FIRST * (LAST / FIRST) ** ((column + 1) * 10 / WIDE)
