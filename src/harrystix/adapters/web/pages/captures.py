"""Captures as pages: what the next one would do, those that ran, one live, and one by hand."""

from datetime import UTC, datetime
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import FOLLOWS, Capturer, House, acting, prove_again
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.ids import is_id
from harrystix.adapters.web.pages.forms import fields, go, key_of, said, typed_out
from harrystix.adapters.web.pages.live import stream
from harrystix.adapters.web.pages.render import page, piece
from harrystix.adapters.web.paging import Cursor
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.roles import Act
from harrystix.adapters.web.routes import Routes
from harrystix.application.processes import runs
from harrystix.domain.errors import InvalidValue, NotFound
from harrystix.projections.money import queries
from harrystix.projections.money.rehearsal import Rehearsal, Shortfall, rehearse

ROWS, SHORT = 20, 20
# So many are counted without being asked to.
BY_ITSELF = 5000
WORD = "charge"
FATES = {
    "charge": "to be charged",
    "no_card": "no card",
    "needs_member": "the member has to act",
    "expired_card": "the card has ended; tried all the same",
    "over": "too late",
}
router = Routes(prefix="/admin/captures", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def list_captures(request: Request, who: House, cursor: Cursor = None, count: bool = False) -> HTMLResponse:
    """The rehearsal of the next one, and those that ran, newest first. `count`: also of very many."""
    own = parts(request)
    before = int(own.cursors.decode(request, cursor)[0]) if cursor else None
    rows = queries.runs(own.database, ROWS, before)
    more = own.cursors.encode(request, rows[-1].position) if len(rows) == ROWS else ""
    at = own.context.schedule.next(own.context.clock.now())
    counted = count or not queries.many_due(own.database, BY_ITSELF)
    found = rehearse(own.database, at) if counted else Rehearsal(at)
    return page(
        request,
        who,
        "admin/captures.html",
        counted=counted,
        at=at,
        found=found,
        fates=fates_of(found),
        short=short_of(found),
        rows=rows,
        next=f"/admin/captures?cursor={more}" if more else "",
        may_start=who.may(Act.CAPTURE) and (bool(found.orders) or not counted),
    )


@router.post("", response_class=Response)
async def start_now(request: Request, who: Capturer) -> Response:
    """Take the money now, of everybody who ordered until now. The same form starts one run."""
    sent = await fields(request)
    key = key_of(sent)

    def work() -> Response:
        context = parts(request).context
        by = acting(request, who, f"POST /admin/captures/{key}")
        run = runs.started(context, by, context.schedule)
        if run:
            return go(f"/admin/captures/{run}")
        if sent.get("seen") != _seen(_of_now(parts(request))):
            changed = "What would be charged has changed meanwhile. Look at the new numbers, then charge."
            return _confirm(request, who, 409, [{"text": changed, "field": ""}])
        try:
            typed_out(sent, WORD)
        except InvalidValue as refused:
            return _confirm(request, who, 422, said(refused))
        return go(f"/admin/captures/{runs.start_now(context, by, context.schedule)}")

    return await run_in_threadpool(work)


@router.get("/now", response_class=HTMLResponse)
def confirm_now(request: Request, who: Capturer) -> HTMLResponse:
    """Who would be charged at this moment, which is not who will be on Tuesday."""
    prove_again(request, who)
    return _confirm(request, who)


def _confirm(
    request: Request, who: Caller, status: int = 200, errors: list[dict[str, str]] | None = None
) -> HTMLResponse:
    own = parts(request)
    found = _of_now(own)
    return page(
        request,
        who,
        "admin/capture-now.html",
        status,
        errors=errors,
        word=WORD,
        count=_charged(found),
        amounts=found.amounts,
        fates=fates_of(found),
        at=own.context.schedule.next(own.context.clock.now()),
        seen=_seen(found),
    )


def _of_now(own: Parts) -> Rehearsal:
    return rehearse(own.database, own.context.clock.now())


def fates_of(found: Rehearsal) -> list[tuple[str, int]]:
    """(in words, how many)."""
    return [(FATES.get(fate, fate), count) for fate, count in found.orders.items()]


def short_of(found: Rehearsal) -> list[Shortfall]:
    """The worst of what would be short."""
    return [line for line in found.shortfall if line.short][:SHORT]


def _charged(found: Rehearsal) -> int:
    """A card that has ended is tried all the same."""
    return found.orders.get("charge", 0) + found.orders.get("expired_card", 0)


def _seen(found: Rehearsal) -> str:
    return f"{_charged(found)} {sorted(found.amounts.items())}"


@router.get("/{run_id}", response_class=HTMLResponse)
def show_run(request: Request, who: House, run_id: str) -> HTMLResponse:
    """Progress while it runs, the result afterwards."""
    return page(request, who, "admin/capture.html", **_run(parts(request), run_id))


@router.get("/{run_id}/live", response_class=StreamingResponse, tags=[FOLLOWS])
def follow_run(request: Request, who: House, run_id: str) -> StreamingResponse:
    """The same, again whenever it changes, until it is over."""
    own = parts(request)
    return stream(
        request,
        who,
        lambda: piece("admin/capture-live.html", **_run(own, run_id)),
        lambda: not _run(own, run_id)["moving"],
    )


def _run(own: Parts, run_id: str) -> dict[str, Any]:
    """A run that was started a moment ago is not in the read model yet."""
    if not is_id(run_id):
        raise NotFound(f"There is no capture run {run_id}.")
    found = queries.runs(own.database, 1, run_id=run_id)
    run = found[0] if found else None
    return {
        "run_id": run_id,
        "run": run,
        "asked": sum(run.counts.values()) if run else 0,
        "moving": run is None or run.state != "finished",
        "declined": queries.attempts(own.database, run_id, "declined", ROWS) if run else [],
        "as_of": datetime.now(UTC),
    }
