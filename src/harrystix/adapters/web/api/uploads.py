"""Ticket files: check, correct, ask what if, commit, discard, withdraw."""

from hashlib import sha256
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import IdempotencyKey, TicketDesk, UploadReader, Write, write
from harrystix.adapters.web.answers import Answers, send
from harrystix.adapters.web.files import BODY, read_file
from harrystix.adapters.web.ids import UUID, is_id
from harrystix.adapters.web.own_events import foreign
from harrystix.adapters.web.paging import Cursor, Limit, link_next
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.reports import report
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.schemas import (
    CommandOut,
    CorrectionsIn,
    ProblemOut,
    ReasonIn,
    ReportOut,
    UploadOut,
    WhatIfOut,
)
from harrystix.application.handlers import uploads
from harrystix.application.uploads.forecast import Forecast
from harrystix.domain.errors import NotFound
from harrystix.domain.upload import Upload
from harrystix.projections.uploads import queries

router = Routes(prefix="/api/admin", tags=["uploads"], responses=Answers.WRITE)


@router.post("/tickets/upload", status_code=201, response_model=ReportOut, openapi_extra=BODY)
async def upload_tickets(
    request: Request,
    who: TicketDesk,
    key: IdempotencyKey = None,
    encoding: Annotated[Literal["utf-8", "cp1252"], Query()] = "utf-8",
    file_name: Annotated[str, Query(alias="fileName", max_length=200)] = "upload.csv",
) -> Response:
    """Check a CSV file. Nothing is added before it is committed; the rows wait encrypted, at most 24 h."""
    command = write(request, who, key)
    data, name = await read_file(request)
    name = name if name != "upload.csv" else file_name

    def work() -> Response:
        context = command.parts.context
        earlier = context.files.earlier(sha256(data).hexdigest())
        upload = uploads.receive(context, command.by, data, name, encoding)
        found = report(context, upload, uploads.assess(context, upload, who.events))
        found.same_file_as = earlier if earlier != str(upload.id) else None
        return send(found, 201, {"Location": f"/api/admin/uploads/{upload.id}"})

    return await run_in_threadpool(command.once, data, work)


@router.get("/uploads", response_model=list[UploadOut])
def list_uploads(
    request: Request,
    response: Response,
    who: UploadReader,
    event_id: Annotated[str | None, Query(alias="eventId", pattern=UUID)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> list[UploadOut]:
    """Newest first."""
    own = parts(request)
    before = int(own.cursors.decode(request, cursor)[0]) if cursor else None
    mine = None if who.within is None else queries.Own(who.actor, who.within)
    page = queries.page(own.database, limit, before, event_id, mine)
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(request, page[-1].position))
    return [_shown(row) for row in page]


@router.get("/uploads/{upload_id}", response_model=UploadOut)
def show_upload(request: Request, _: UploadReader, upload_id: str) -> UploadOut:
    """State and progress: added, assigned, mailed, delivered."""
    row = queries.one(parts(request).database, upload_id) if is_id(upload_id) else None
    if row is None:
        raise NotFound(f"There is no upload {upload_id}.")
    return _shown(row)


@router.get("/uploads/{upload_id}/report", response_model=ReportOut)
def show_report(request: Request, who: TicketDesk, upload_id: str) -> ReportOut:
    context = parts(request).context
    upload = context.store.get(Upload, upload_id)
    return report(context, upload, uploads.assess(context, upload, who.events))


@router.get("/uploads/{upload_id}/problems", response_model=list[ProblemOut])
def list_problems(
    request: Request,
    response: Response,
    who: TicketDesk,
    upload_id: str,
    limit: Limit = 200,
    cursor: Cursor = None,
) -> list[ProblemOut]:
    """Every row that can't be added, by row and column."""
    own = parts(request)
    found = uploads.assess(own.context, own.context.store.get(Upload, upload_id), who.events)
    problems = found.problems
    start = int(own.cursors.decode(request, cursor)[0]) if cursor else 0
    if start + limit < len(problems):
        link_next(request, response, own.cursors.encode(request, start + limit))
    return [ProblemOut.model_validate(problem) for problem in problems[start : start + limit]]


@router.get("/uploads/{upload_id}/what-if", response_model=list[WhatIfOut])
def show_what_if(request: Request, who: TicketDesk, upload_id: str) -> list[WhatIfOut]:
    """The matcher itself, run on a copy of each pool, for each fallback rule."""
    context = parts(request).context
    found = uploads.assess(context, context.store.get(Upload, upload_id), who.events)
    return [WhatIfOut.model_validate(item) for item in Forecast(context.store, context.due, found).what_if()]


@router.post("/uploads/{upload_id}/corrections", response_model=ReportOut)
def correct_upload(
    request: Request, who: TicketDesk, upload_id: str, corrections: CorrectionsIn, key: IdempotencyKey = None
) -> Response:
    """What distinct written values mean; variants are remembered with their event."""
    command = write(request, who, key)

    if foreign(who, {*corrections.events.values(), *corrections.variants}):
        raise NotFound("There is no such event.")

    def work() -> Response:
        upload = uploads.correct(
            command.parts.context,
            command.by,
            upload_id,
            events=corrections.events,
            variants=corrections.variants,
            remember=corrections.remember,
        )
        context = command.parts.context
        return send(report(context, upload, uploads.assess(context, upload, who.events)))

    return command.once(corrections.model_dump_json().encode(), work)


@router.post("/uploads/{upload_id}/commit", response_model=CommandOut)
def commit_upload(request: Request, who: TicketDesk, upload_id: str, key: IdempotencyKey = None) -> Response:
    """Add the valid rows to the stock, once, and start the assignment."""
    command = write(request, who, key)
    return command.once(
        b"", lambda: _done(command, uploads.commit(command.parts.context, command.by, upload_id, who.events))
    )


@router.post("/uploads/{upload_id}/discard", response_model=CommandOut)
def discard_upload(request: Request, who: TicketDesk, upload_id: str, key: IdempotencyKey = None) -> Response:
    command = write(request, who, key)
    return command.once(
        b"", lambda: _done(command, uploads.discard(command.parts.context, command.by, upload_id))
    )


@router.post("/uploads/{upload_id}/withdraw", response_model=CommandOut)
def withdraw_upload(
    request: Request, who: TicketDesk, upload_id: str, body: ReasonIn, key: IdempotencyKey = None
) -> Response:
    """Take back what was not mailed yet; pre-orders return to their original place."""
    command = write(request, who, key)
    return command.once(
        body.model_dump_json().encode(),
        lambda: _done(command, uploads.withdraw(command.parts.context, command.by, upload_id, body.reason)),
    )


def _done(command: Write, upload: Upload) -> Response:
    return send(
        CommandOut(
            upload_id=str(upload.id),
            state=upload.state,
            tickets=sum(upload.tickets.values()),
            recalled=upload.recalled,
            left_out=upload.left,
        )
    )


def _shown(row: queries.UploadRow) -> UploadOut:
    return UploadOut.model_validate({name: getattr(row, name) for name in UploadOut.model_fields})
