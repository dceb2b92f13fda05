"""The outbox: mails that wait and mails that could not be sent; called off, sent again, and read before they leave."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from harrystix.adapters.postgres.outbox import MailRow, Outbox
from harrystix.adapters.postmark import templates
from harrystix.adapters.web.access import House, Support, acting
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.ids import is_id
from harrystix.adapters.web.pages.forms import fields, go, key_of, said
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.paging import Cursor
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.roles import Act
from harrystix.adapters.web.routes import Routes
from harrystix.application.handlers import mails
from harrystix.application.processes import notices
from harrystix.application.processes.composing import ticket_model
from harrystix.domain.errors import Conflict, DomainError, NotFound
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.projections.catalogue import queries as catalogue

ROWS = 50
# Nobody reads a credential in passing: showing it is an act of its own, with a purpose.
HIDDEN = "••••••••"
WORDS = {
    "": "",
    "later": "the provider was busy or away",
    "unknown": "sent without an answer; looked up before it is sent again",
    "gave_up": "given up after several tries",
    "nothing_to_send": "the credential or the address is gone",
    "superseded": "there was no reason for it any more",
}
LIST = "/admin/mails"
router = Routes(prefix=LIST, include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def list_mails(request: Request, who: House, state: str = "waiting", cursor: Cursor = None) -> HTMLResponse:
    """Waiting, the longest first; or failed, newest first. What was sent is found among the pre-orders."""
    return _list(request, who, "failed" if state == "failed" else "waiting", cursor)


@router.get("/{order_id}", response_class=HTMLResponse)
def read_mail(request: Request, who: House, order_id: str, intent: str = "") -> HTMLResponse:
    """As its reader would get it, the credential apart."""
    own = parts(request)
    order = own.context.store.get(PreOrder, order_id)
    found = Outbox(own.database).one(intent) if is_id(intent) else None
    if found is not None and found.order_id != order_id:
        found = None
    if found is None and (not order.current_intent or intent != order.current_intent):
        raise NotFound("There is no such mail any more.")
    kind = found.kind if found else "ticket"
    return page(
        request,
        who,
        "admin/mail.html",
        mail=templates.read(kind, _model(own, order, kind, found.details if found else {})),
        kind=kind.replace("-", " ").replace("_", " "),
        order_id=order_id,
    )


@router.post("/{order_id}/abort", response_class=Response)
async def abort_mail(request: Request, who: Support, order_id: str) -> Response:
    """It never leaves. A ticket's mail can be sent again later, as a new one."""
    found = await fields(request)
    key, intent = key_of(found), found.get("intent", "")

    def work() -> Response:
        by = acting(request, who, f"POST /admin/mails/{order_id}/abort/{key}")
        try:
            if not is_id(intent):
                raise NotFound("There is no such mail any more.")
            mails.abort(parts(request).context, by, order_id, intent)
        except Conflict:
            wrong = [{"text": "This mail has just left. It cannot be taken back.", "field": ""}]
            return _list(request, who, "waiting", None, 409, errors=wrong)
        except DomainError as refused:
            return _list(request, who, "waiting", None, 409, errors=said(refused))
        return go("/admin/mails?done=aborted")

    return await run_in_threadpool(work)


def _list(
    request: Request, who: Caller, state: str, cursor: str | None, status: int = 200, **more: Any
) -> HTMLResponse:
    own = parts(request)
    outbox = Outbox(own.database)
    seen = own.cursors.decode(request, cursor) if cursor else None
    if seen and len(seen) != (2 if state == "failed" else 1):
        raise HTTPException(400, "The cursor is not valid. Start from the first page.")
    if state == "failed":
        rows = outbox.failed(ROWS, (str(seen[0]), str(seen[1])) if seen else None)
    else:
        rows = outbox.waiting(ROWS, int(seen[0]) if seen else 0)
    following = ""
    if len(rows) == ROWS:
        last = rows[-1]
        keys = (last.since.isoformat(), last.intent_id) if state == "failed" else (last.position,)
        following = f"{LIST}?state={state}&cursor={own.cursors.encode(request, *keys, path=LIST)}"
    if state == "failed":
        known = own.context.store.get_many(PreOrder, list({row.order_id for row in rows}))
        rows = [replace(row, details={"notice": _notice(known, row)}) for row in rows]
    waiting, failed = outbox.counts()
    return page(
        request,
        who,
        "admin/mails.html",
        status,
        state=state,
        rows=[(row, _words(row)) for row in rows],
        names=catalogue.names(own.database, list({row.event_id for row in rows})),
        waiting=waiting,
        failed=failed,
        outages=parts(request).context.outages.current(),
        next=following,
        may_act=who.may(Act.MONEY),
        done=request.query_params.get("done") == "aborted",
        **more,
    )


def _notice(known: Mapping[str, PreOrder], row: MailRow) -> str:
    """Which mail about money it was; empty: the ticket's."""
    order = known.get(row.order_id)
    return order.notices.get(row.intent_id, "") if order else ""


def _words(row: MailRow) -> str:
    return WORDS.get(row.code, f"refused by the provider, code {row.code}")


def _model(own: Parts, order: PreOrder, kind: str, details: dict[str, Any]) -> dict[str, str]:
    event = own.context.store.get(TicketedEvent, order.event_id)
    if kind != "ticket":
        return notices.model(own.context, kind, order, event, details)
    names = {variant["id"]: variant["name"] for variant in event.variants}
    return ticket_model(event.name, names.get(order.ticket_variant, ""), (HIDDEN, HIDDEN))
