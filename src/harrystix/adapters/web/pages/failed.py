"""Failed work: messages that wait for a person, and where our books and the provider's differ."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from harrystix.adapters.postgres.books import Books
from harrystix.adapters.web.access import House, Support, acting, deed, prove_again
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.forms import fields, go, key_of, said
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.paging import Cursor
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.roles import Act
from harrystix.adapters.web.routes import Routes
from harrystix.application.processes.replay import fetch_event
from harrystix.application.reconcile import repair
from harrystix.application.work import KINDS
from harrystix.domain.errors import DomainError, InvalidValue
from harrystix.domain.values import reason_given

ROWS = 50
LIST = "/admin/failed"
router = Routes(prefix=LIST, include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def list_failed(
    request: Request, who: House, messages: Cursor = None, findings: Cursor = None
) -> HTMLResponse:
    """What nobody but a person can bring to an end. Each list goes on by itself."""
    return _list(request, who, messages=messages, findings=findings)


@router.post("/messages/{item_id}/replay", response_class=Response)
async def replay_message(request: Request, who: Support, item_id: int) -> Response:
    """Work on it again."""
    key_of(await fields(request))

    def work() -> Response:
        context = parts(request).context
        if not context.inbox.replay([item_id]):
            return _list(request, who, 409, errors=GONE)
        deed(request, who, "message_replayed", str(item_id))
        context.nudge.send("inbox", "")
        return go("/admin/failed?done=replayed")

    return await run_in_threadpool(work)


@router.post("/retry", response_class=Response)
async def retry_work(request: Request, who: Support) -> Response:
    """A piece of work that was parked after its last try is tried again."""
    found = await fields(request)
    key_of(found)

    def work() -> Response:
        context, kind = parts(request).context, found.get("kind", "")
        if not context.failures.retry(kind, found.get("subject", "")):
            return _list(request, who, 409, errors=GONE)
        if kind in KINDS:
            context.nudge.send(kind, "")
        return go("/admin/failed?done=tried")

    return await run_in_threadpool(work)


@router.post("/messages/{item_id}/drop", response_class=Response)
async def drop_message(request: Request, who: Support, item_id: int) -> Response:
    """It is not worked on any more; the reason stays with it."""
    found = await fields(request)
    key_of(found)

    def work() -> Response:
        inbox = parts(request).context.inbox
        try:
            why = reason_given(found.get("reason", ""))
        except InvalidValue as refused:
            wrong = said(refused, f"reason-{item_id}")
            return _list(request, who, 422, errors=wrong, typed={item_id: found.get("reason", "")})
        if not inbox.drop(item_id, why):
            return _list(request, who, 409, errors=GONE)
        deed(request, who, "message_dropped", str(item_id))
        return go("/admin/failed?done=dropped")

    return await run_in_threadpool(work)


@router.post("/findings/{finding_id}/repair", response_class=Response)
async def repair_finding(request: Request, who: Support, finding_id: str) -> Response:
    """What would have happened by itself."""
    key = key_of(await fields(request))

    def work() -> Response:
        own = parts(request)
        by = acting(request, who, f"POST /admin/failed/findings/{finding_id}/repair/{key}")
        try:
            repair.repair(
                own.context,
                Books(own.database),
                by,
                finding_id,
                lambda event_id: fetch_event(own.context, event_id),
            )
        except DomainError as refused:
            return _list(request, who, 409, errors=said(refused))
        return go("/admin/failed?done=repaired")

    return await run_in_threadpool(work)


@router.post("/findings/{finding_id}/dismiss", response_class=Response)
async def dismiss_finding(request: Request, who: Support, finding_id: str) -> Response:
    """A person has looked: it is well."""
    key_of(await fields(request))

    def work() -> Response:
        prove_again(request, who)
        try:
            repair.dismiss(Books(parts(request).database), acting(request, who), finding_id)
        except DomainError as refused:
            return _list(request, who, 409, errors=said(refused))
        return go("/admin/failed?done=dismissed")

    return await run_in_threadpool(work)


# Two people at the same list, or the same button twice.
GONE = [{"text": "This message waits for nobody any more: it is worked on, done or dropped.", "field": ""}]
DONE = {
    "tried": "It is tried again.",
    "replayed": "It is worked on again.",
    "dropped": "It is dropped. The reason stays with it.",
    "repaired": "It is repaired.",
    "dismissed": "It is dismissed. It comes back if it is found again.",
}


def _list(
    request: Request,
    who: Caller,
    status: int = 200,
    typed: dict[int, str] | None = None,
    messages: str | None = None,
    findings: str | None = None,
    **more: Any,
) -> HTMLResponse:
    own = parts(request)
    last = _after(request, messages, "message")
    parked = own.context.inbox.parked(ROWS, int(last[0]) if last else 0)
    last = _after(request, findings, "finding")
    since = (datetime.fromisoformat(last[0]), str(last[1])) if last else None
    found = Books(own.database).findings(ROWS, since, resolved=False)
    failed = own.database.one(
        "SELECT count(*) FROM app.mail_ledger WHERE state = 'failed' AND error_code <> 'recalled'"
    ) or (0,)
    return page(
        request,
        who,
        "admin/failed.html",
        status,
        messages=parked,
        more_messages=_next(request, "messages", "message", parked[-1].id) if len(parked) == ROWS else "",
        findings=found,
        more_findings=_next(request, "findings", "finding", found[-1].first_seen.isoformat(), found[-1].id)
        if len(found) == ROWS
        else "",
        mails=failed[0],
        outages=own.context.outages.current(),
        work=own.context.failures.parked(ROWS),
        may_act=who.may(Act.MONEY),
        done=DONE.get(request.query_params.get("done", ""), ""),
        typed=typed or {},
        **more,
    )


def _after(request: Request, cursor: str | None, kind: str) -> list[Any]:
    """Where this list goes on. Raises 400 for the cursor of the other one."""
    if not cursor:
        return []
    of, *last = parts(request).cursors.decode(request, cursor)
    if of != kind:
        raise HTTPException(400, "The cursor is not valid. Start from the first page.")
    return last


def _next(request: Request, name: str, kind: str, *last: Any) -> str:
    """Further in this list, and where the other one is."""
    other = {key: value for key, value in request.query_params.items() if key in {"messages", "findings"}}
    cursor = parts(request).cursors.encode(request, kind, *last, path=LIST)
    return f"{LIST}?{urlencode({**other, name: cursor})}#{name}"
