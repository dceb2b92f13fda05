"""Jobs over many pre-orders as pages: how far each is, what came of every item, stopping it, trying again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from harrystix.adapters.web.access import FOLLOWS, Desk, acting, prove_again
from harrystix.adapters.web.csv_export import line
from harrystix.adapters.web.ids import is_id
from harrystix.adapters.web.pages.bulk_acts import ACTS
from harrystix.adapters.web.pages.forms import fields, go, key_of, said
from harrystix.adapters.web.pages.live import stream
from harrystix.adapters.web.pages.render import page, piece
from harrystix.adapters.web.paging import Cursor
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.handlers import bulk
from harrystix.domain.approval import GOOD_FOR
from harrystix.domain.bulk_job import MOST
from harrystix.domain.errors import DomainError
from harrystix.projections.bulk_jobs import queries

ROWS, ITEMS = 30, 50
router = Routes(prefix="/admin/jobs", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def list_jobs(request: Request, who: Desk, cursor: Cursor = None) -> HTMLResponse:
    """Newest first; who is there for some events sees the own ones."""
    own = parts(request)
    before = int(own.cursors.decode(request, cursor)[0]) if cursor else None
    rows = queries.page(own.database, ROWS, before, by=who.actor if who.events is not None else None)
    more = own.cursors.encode(request, rows[-1].position) if len(rows) == ROWS else ""
    return page(
        request,
        who,
        "admin/jobs.html",
        rows=rows,
        titles={kind: act.title for kind, act in ACTS.items()},
        names=_names(own),
        next=f"/admin/jobs?cursor={more}" if more else "",
    )


@router.get("/{job_id}", response_class=HTMLResponse)
def show_job(request: Request, who: Desk, job_id: str, after: str = "") -> HTMLResponse:
    """Progress while it runs, the result of each afterwards: what was refused first."""
    return _page(request, who, job_id, after)


@router.get("/{job_id}/live", response_class=StreamingResponse, tags=[FOLLOWS])
def follow_job(request: Request, who: Desk, job_id: str) -> StreamingResponse:
    """The same, again whenever it changes, until it is over."""
    own = parts(request)
    return stream(
        request,
        who,
        lambda: piece("admin/job-live.html", **_job(own, job_id)),
        lambda: not _job(own, job_id)["moving"],
    )


@router.get("/{job_id}/items.csv", response_class=StreamingResponse)
def export(request: Request, who: Desk, job_id: str) -> StreamingResponse:
    """What came of each."""
    bulk.get(parts(request).context, job_id)
    headers = {"Content-Disposition": 'attachment; filename="job.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(parts(request), job_id), 200, headers, "text/csv; charset=utf-8")


@router.post("/{job_id}/stop", response_class=Response)
async def stop(request: Request, who: Desk, job_id: str) -> Response:
    """What is done stays done, the rest is left as it is."""
    found = await fields(request)
    key = key_of(found)

    def work() -> Response:
        act = ACTS[bulk.get(parts(request).context, job_id).kind]
        if not who.may(act.needs):
            raise HTTPException(403, "This is not for your role.")
        if act.dangerous:
            prove_again(request, who)
        by = acting(request, who, f"POST /admin/jobs/{job_id}/stop/{key}")
        try:
            bulk.stop(parts(request).context, by, job_id, found.get("reason", ""))
        except DomainError as wrong:
            return _page(request, who, job_id, status=422, errors=said(wrong), reason=found.get("reason", ""))
        return go(f"/admin/jobs/{job_id}")

    return await run_in_threadpool(work)


def _page(
    request: Request, who: Any, job_id: str, after: str = "", status: int = 200, reason: str = "", **more: Any
) -> HTMLResponse:
    own = parts(request)
    items = queries.items(own.database, job_id, ITEMS, after if is_id(after) else "", refused=True)
    following = f"/admin/jobs/{job_id}?after={items[-1].pre_order_id}" if len(items) == ITEMS else ""
    return page(
        request,
        who,
        "admin/job.html",
        status,
        **_job(own, job_id),
        items=items,
        next=following,
        names=_names(own),
        reason=reason,
        **more,
    )


def _job(own: Parts, job_id: str) -> dict[str, Any]:
    """As the log has it: a job that was ordered a moment ago is not in the read model yet."""
    job = bulk.get(own.context, job_id)
    row = queries.one(own.database, job_id)
    return {
        "job": row,
        "job_id": job_id,
        "act": ACTS[job.kind],
        "total": job.total,
        "state": row.state if row else job.state,
        "reasons": queries.reasons(own.database, job_id),
        "moving": row is None or row.state in {"running", "waiting"},
        "late": bool(row and row.state == "waiting" and own.context.clock.now() - row.ordered_at > GOOD_FOR),
        "as_of": datetime.now(UTC),
    }


def _names(own: Parts) -> dict[str, str]:
    return {f"staff:{one.staff_id}": one.name for one in own.context.people.staff.all()}


def _lines(own: Parts, job_id: str) -> Iterator[str]:
    yield "\ufeff" + line(("pre_order", "result", "why"))
    after = ""
    for _ in range(0, MOST + 1, 500):
        items = queries.items(own.database, job_id, 500, after)
        for item in items:
            yield line((item.pre_order_id, "left out" if item.why else "done", item.why))
        if len(items) < 500:
            return
        after = items[-1].pre_order_id
