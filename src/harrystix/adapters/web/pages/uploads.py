"""Ticket files as pages: upload, check, confirm, progress; each with its own address."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from harrystix.adapters.web.access import TicketDesk, UploadReader, acting, deed
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.csv_export import line
from harrystix.adapters.web.ids import is_id
from harrystix.adapters.web.own_events import foreign
from harrystix.adapters.web.pages.forms import fields, go, key_of, said
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.paging import Cursor
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.reports import MASK, report
from harrystix.adapters.web.roles import Act
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.schemas import ReportOut, UnclearOut
from harrystix.application.csv_file import MAX_BYTES, FileRefused
from harrystix.application.handlers import uploads
from harrystix.application.uploads.forecast import Forecast
from harrystix.domain.errors import DomainError
from harrystix.domain.upload import Upload
from harrystix.projections.catalogue import queries as catalogue
from harrystix.projections.uploads import queries

ROWS = 50
# One answer is for all rows with it: who needs more than these has another kind of file.
UNCLEAR, CHOICES = 50, 100
ENCODINGS = {"utf-8", "cp1252"}
router = Routes(prefix="/admin/uploads", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def list_uploads(request: Request, who: UploadReader, cursor: Cursor = None) -> HTMLResponse:
    """Uploads, newest first."""
    own = parts(request)
    before = int(own.cursors.decode(request, cursor)[0]) if cursor else None
    mine = None if who.within is None else queries.Own(who.actor, who.within)
    rows = queries.page(own.database, ROWS, before, own=mine)
    more = own.cursors.encode(request, rows[-1].position) if len(rows) == ROWS else ""
    return page(
        request,
        who,
        "admin/uploads.html",
        rows=rows,
        next=f"/admin/uploads?cursor={more}" if more else "",
        may_upload=who.may(Act.TICKETS),
    )


@router.get("/new", response_class=HTMLResponse)
def new_upload(request: Request, who: TicketDesk) -> HTMLResponse:
    """The panel for a file."""
    return page(request, who, "admin/upload-new.html", encoding="utf-8", most=MAX_BYTES)


@router.post("", response_class=Response)
async def upload_file(request: Request, who: TicketDesk) -> Response:
    """Check a file; then its own page."""
    async with request.form(max_files=1, max_fields=5) as form:
        found = {name: value for name, value in form.items() if isinstance(value, str)}
        sent = form.get("file")
        data = await sent.read(MAX_BYTES + 1) if isinstance(sent, UploadFile) else b""
        name = (sent.filename if isinstance(sent, UploadFile) else "") or ""
    encoding = found.get("encoding", "utf-8") if found.get("encoding") in ENCODINGS else "utf-8"
    key = key_of(found)

    def work() -> Response:
        try:
            if not name:
                raise FileRefused("missing", "Select a CSV file.")
            if len(data) > MAX_BYTES:
                raise FileRefused("too_large", "The selected file must be smaller than 5 MB.")
            # The way back may bring the same form with another file: that is another command.
            content = f"{sha256(data).hexdigest()}/{encoding}"
            by = acting(request, who, f"POST /admin/uploads/{key}/{content}")
            upload = uploads.receive(parts(request).context, by, data, name, encoding)
        except FileRefused as refused:
            wrong = said(refused, "file")
            return page(
                request, who, "admin/upload-new.html", 422, errors=wrong, encoding=encoding, most=MAX_BYTES
            )
        earlier = parts(request).context.files.earlier(sha256(data).hexdigest())
        same = f"?same={earlier}" if earlier and earlier != str(upload.id) else ""
        return go(f"/admin/uploads/{upload.id}{same}")

    return await run_in_threadpool(work)


@router.get("/{upload_id}", response_class=Response)
def check_upload(request: Request, who: UploadReader, upload_id: str, same: str = "") -> Response:
    """What is in the file, row by row; once it is committed, its progress."""
    upload = parts(request).context.store.get(Upload, upload_id)
    if upload.state != "received" or not who.may(Act.TICKETS):
        return go(f"/admin/uploads/{upload_id}/progress")
    return _check(request, who, upload, same=same if is_id(same) else "")


@router.post("/{upload_id}/corrections", response_class=Response)
async def correct_upload(request: Request, who: TicketDesk, upload_id: str) -> Response:
    """What one way of writing means."""
    found = await fields(request)
    key, written, means = key_of(found), found.get("written", ""), found.get("means", "")
    event_id = found.get("event_id", "")
    is_event, code = found.get("column") == "Event", found.get("code", "").strip()

    def work() -> Response:
        context = parts(request).context
        meant = (catalogue.by_code(parts(request).database, code) or "") if is_event and code else means
        if not meant or foreign(who, [meant if is_event else event_id]):
            text = f"No event has the code {code}." if code else "Choose what it means."
            wrong = [{"text": text, "field": "unclear"}]
            upload = context.store.get(Upload, upload_id)
            return _check(request, who, upload, status=422, errors=wrong, typed=found)
        by = acting(request, who, f"POST /admin/uploads/{upload_id}/corrections/{key}")
        try:
            uploads.correct(
                context,
                by,
                upload_id,
                events={written: meant} if is_event else {},
                variants={} if is_event else {event_id: {written: meant}},
                remember=True,
            )
        except DomainError as refused:
            upload = context.store.get(Upload, upload_id)
            return _check(request, who, upload, status=409, errors=said(refused), typed=found)
        return go(f"/admin/uploads/{upload_id}")

    return await run_in_threadpool(work)


@router.get("/{upload_id}/rejected.csv", response_class=StreamingResponse)
def rejected_rows(request: Request, who: TicketDesk, upload_id: str) -> StreamingResponse:
    """Every row that can't be added, as it was read where it could be, with the reason; passwords and codes masked."""
    context = parts(request).context
    upload = context.store.get(Upload, upload_id)
    found = uploads.assess(context, upload, who.events)
    bad = {problem.row for problem in found.problems}
    kept = {row.row: row for row in context.tickets.staged(upload_id) if row.row in bad}
    emails = (
        context.tickets.reveal([row.ticket_id for row in kept.values()]) if upload.form == "login" else {}
    )
    deed(request, who, "rejected_rows_taken", upload_id)
    columns = ["Email", "Password"] if upload.form == "login" else ["QR"]

    def lines() -> Iterator[str]:
        yield "\ufeff" + line(["row", "Event", "Variant", *columns, "column", "reason"])
        for problem in found.problems:
            row = kept.get(problem.row)
            read = [row.event, row.variant] if row else [problem.event, problem.variant]
            secret = (
                [emails.get(row.ticket_id, ("",))[0], MASK][-len(columns) :] if row else [""] * len(columns)
            )
            yield line([problem.row, *read, *secret, problem.column, problem.message])

    headers = {"Content-Disposition": 'attachment; filename="rejected.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(lines(), 200, headers, "text/csv; charset=utf-8")


@router.get("/{upload_id}/confirm", response_class=Response)
def confirm_upload(request: Request, who: TicketDesk, upload_id: str) -> Response:
    """What the commit would do."""
    upload = parts(request).context.store.get(Upload, upload_id)
    if upload.state != "received":
        return go(f"/admin/uploads/{upload_id}/progress")
    return _confirm(request, who, upload)


@router.post("/{upload_id}/commit", response_class=Response)
async def commit_upload(request: Request, who: TicketDesk, upload_id: str) -> Response:
    """Add the valid rows, once."""
    key = key_of(await fields(request))

    def work() -> Response:
        context = parts(request).context
        by = acting(request, who, f"POST /admin/uploads/{upload_id}/commit/{key}")
        try:
            uploads.commit(context, by, upload_id, who.events)
        except DomainError as refused:
            upload = context.store.get(Upload, upload_id)
            if upload.state != "received":
                return go(f"/admin/uploads/{upload_id}/progress")
            return _confirm(request, who, upload, status=409, errors=said(refused))
        return go(f"/admin/uploads/{upload_id}/progress")

    return await run_in_threadpool(work)


@router.post("/{upload_id}/discard", response_class=Response)
async def discard_upload(request: Request, who: TicketDesk, upload_id: str) -> Response:
    """Forget the waiting rows."""
    key = key_of(await fields(request))

    def work() -> Response:
        by = acting(request, who, f"POST /admin/uploads/{upload_id}/discard/{key}")
        uploads.discard(parts(request).context, by, upload_id)
        return go(f"/admin/uploads/{upload_id}/progress")

    return await run_in_threadpool(work)


def _check(request: Request, who: Caller, upload: Upload, status: int = 200, **more: Any) -> HTMLResponse:
    own = parts(request)
    found = report(own.context, upload, uploads.assess(own.context, upload, who.events))
    unclear, found.unclear = len(found.unclear), found.unclear[:UNCLEAR]
    since = catalogue.lately(own.context.clock.now())
    events = catalogue.page(own.database, CHOICES, since, who.within) if found.unclear else []
    known = {event.id: event for event in events}
    missing = [one.event_id for one in found.unclear if one.event_id and one.event_id not in known]
    known |= catalogue.some(own.database, missing) if missing else {}

    def choices(one: UnclearOut) -> list[tuple[str, str]]:
        if one.column == "Event":
            listed = [(event.id, event.name) for event in events]
        else:
            listed = [(v.id, v.name) for v in known[one.event_id].variants] if one.event_id in known else []
        hint = one.suggestion
        return listed if hint is None or hint.id in dict(listed) else [(hint.id, hint.name), *listed]

    earlier = more.pop("same", "")
    typed: dict[str, str] = more.pop("typed", {})
    return page(
        request,
        who,
        "admin/upload-check.html",
        status,
        report=found,
        earlier=earlier,
        choices=choices,
        unclear=unclear,
        typed=typed,
        **more,
    )


def _covered(found: ReportOut, served: int) -> dict[str, Any]:
    """`share`: of those who wait, who would be served; `short`: variants for which somebody would still wait."""
    waiting = sum(one.waiting for one in found.coverage)
    short = sum(one.short > 0 for one in found.coverage)
    return {"waiting": waiting, "share": min(1.0, served / waiting) if waiting else None, "short": short}


def _confirm(request: Request, who: Caller, upload: Upload, status: int = 200, **more: Any) -> HTMLResponse:
    context = parts(request).context
    assessed = uploads.assess(context, upload, who.events)
    forecast = Forecast(context.store, context.due, assessed)
    found, outcomes = report(context, upload, assessed), forecast.what_if()
    return page(
        request,
        who,
        "admin/upload-confirm.html",
        status,
        report=found,
        what_if=outcomes,
        served=(served := sum(one.matched for one in outcomes if one.is_current)),
        covered=_covered(found, served),
        **more,
    )
