"""An uploaded file on its way: added, assigned, mailed, delivered; and the way back."""

from datetime import UTC, datetime
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import FOLLOWS, TicketDesk, UploadReader, acting
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.ids import is_id
from harrystix.adapters.web.pages.forms import fields, go, key_of, said
from harrystix.adapters.web.pages.live import stream
from harrystix.adapters.web.pages.render import page, piece
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.roles import Act
from harrystix.adapters.web.routes import Routes
from harrystix.application.handlers import uploads
from harrystix.domain.errors import DomainError
from harrystix.domain.upload import Upload
from harrystix.projections.uploads import queries

router = Routes(prefix="/admin/uploads", include_in_schema=False)


@router.get("/{upload_id}/progress", response_class=HTMLResponse)
def show_progress(request: Request, who: UploadReader, upload_id: str) -> HTMLResponse:
    """From added to delivered."""
    return _progress(request, who, upload_id)


@router.get("/{upload_id}/live", response_class=StreamingResponse, tags=[FOLLOWS])
def follow_progress(request: Request, who: UploadReader, upload_id: str) -> StreamingResponse:
    """The same, again whenever it changes, until everything has arrived."""
    _row(request, upload_id)
    return stream(
        request,
        who,
        lambda: piece("admin/upload-live.html", row=_row(request, upload_id), **_now(request)),
        lambda: not _moving(_row(request, upload_id)),
    )


@router.post("/{upload_id}/withdraw", response_class=Response)
async def withdraw_upload(request: Request, who: TicketDesk, upload_id: str) -> Response:
    """Take back what was not mailed."""
    found = await fields(request)
    key, reason = key_of(found), found.get("reason", "")

    def work() -> Response:
        by = acting(request, who, f"POST /admin/uploads/{upload_id}/withdraw/{key}")
        try:
            uploads.withdraw(parts(request).context, by, upload_id, reason)
        except DomainError as refused:
            return _progress(
                request, who, upload_id, status=422, reason=reason, errors=said(refused, "reason")
            )
        return go(f"/admin/uploads/{upload_id}/progress")

    return await run_in_threadpool(work)


def _now(request: Request) -> dict[str, Any]:
    return {"as_of": datetime.now(UTC), "outages": parts(request).context.outages.current()}


def _progress(
    request: Request, who: Caller, upload_id: str, status: int = 200, reason: str = "", **more: Any
) -> HTMLResponse:
    row = _row(request, upload_id)
    return page(
        request,
        who,
        "admin/upload-progress.html",
        status,
        row=row,
        **_now(request),
        moving=_moving(row),
        may_withdraw=who.may(Act.TICKETS) and row.state in {"committed", "completed"},
        reason=reason,
        **more,
    )


def _row(request: Request, upload_id: str) -> queries.UploadRow:
    """As the read model has it; a moment after the upload, as the log has it. Raises NotFound."""
    own = parts(request)
    row = queries.one(own.database, upload_id) if is_id(upload_id) else None
    upload = own.context.store.get(Upload, upload_id)
    if row is None:
        return queries.UploadRow(
            upload_id, 0, upload.file_name, upload.form, upload.rows, 0, upload.received_by,
            upload.created_on, upload.state, None, *([0] * 9),
        )  # fmt: skip
    return row


def _moving(row: queries.UploadRow) -> bool:
    """Whether more is to come: a committed file until each of its mails has arrived or come back."""
    if row.state == "completed":
        return row.delivered + row.undelivered < row.assigned
    return row.state in {"received", "committed"}
