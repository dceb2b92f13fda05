"""Acts on many pre-orders at once: first what could be done and why not, then the act, then what came of each."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from harrystix.adapters.web.access import Desk, write
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.ids import is_id
from harrystix.adapters.web.own_events import mine
from harrystix.adapters.web.pages.forms import key_of, many, said
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.second import ask_second
from harrystix.application.context import Context
from harrystix.application.handlers import orders
from harrystix.application.handlers.orders import BulkResult
from harrystix.domain.errors import DomainError
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.values import By

MOST, SHOWN = 200, 50
Try = Callable[[PreOrder, By], None]
Run = Callable[[Context, By, list[str]], BulkResult]
ACTS: dict[str, tuple[str, str, Try, Run]] = {
    "resend": (
        "Mail again",
        "Each gets the same ticket again, at the address on record. A mail that has left cannot be taken back.",
        lambda order, by: order.request_resend(by),
        orders.resend,
    ),
    "used": (
        "Mark used",
        "The ticket counts as used; it cannot be mailed again or refunded by rule. This cannot be taken back.",
        lambda order, by: order.use_ticket(by),
        orders.mark_used,
    ),
}
router = APIRouter(prefix="/admin/orders/bulk", include_in_schema=False)


@router.post("", response_class=HTMLResponse)
async def preview(request: Request, who: Desk) -> HTMLResponse:
    """What could be done with what is chosen."""
    found, ids = await many(request, "id", MOST)
    return await run_in_threadpool(_preview, request, who, found.get("act", ""), ids)


@router.post("/run", response_class=Response)
async def run(request: Request, who: Desk) -> Response:
    """The act itself; more mails than one person may send wait for a second one."""
    found, ids = await many(request, "id", MOST)
    act = found.get("act", "")

    def work() -> Response:
        name, _, _, carry_out = _act(act)
        own = parts(request)
        command = write(request, who, key_of(found))
        wanted, refused = mine(own, who, ids)
        waits = ""
        if act == "resend" and len(wanted) > own.settings.resend_alone:
            try:
                waits = ask_second(
                    command,
                    kind="resend",
                    subject="",
                    reason=found.get("reason", ""),
                    details={"order_ids": wanted},
                )
            except DomainError as wrong:
                return _preview(
                    request,
                    who,
                    act,
                    ids,
                    status=422,
                    errors=said(wrong, "reason"),
                    reason=found.get("reason", ""),
                )
            result = BulkResult()
        else:
            result = carry_out(own.context, command.by, wanted)
        return page(
            request,
            who,
            "admin/bulk-done.html",
            title=name,
            done=result.done,
            refused=_words(result.refused | refused),
            waits=waits,
        )

    return await run_in_threadpool(work)


def _preview(
    request: Request,
    who: Caller,
    act: str,
    ids: list[str],
    status: int = 200,
    reason: str = "",
    **more: Any,
) -> HTMLResponse:
    own = parts(request)
    name, consequence, tried, _ = _act(act)
    wanted, refused = mine(own, who, ids)
    known = own.context.store.get_many(PreOrder, wanted)
    by = own.context.by(who.actor)
    can: list[str] = []
    for order_id in wanted:
        try:
            # On a copy that nobody keeps: the rule itself says what it would refuse.
            tried(known[order_id], by)
            can.append(order_id)
        except KeyError:
            refused[order_id] = "There is no such pre-order."
        except DomainError as why:
            refused[order_id] = why.message
    return page(
        request,
        who,
        "admin/bulk.html",
        status,
        act=act,
        title=name,
        consequence=consequence,
        can=can,
        chosen=len(ids),
        refused=_words(refused),
        second=act == "resend" and len(can) > own.settings.resend_alone,
        reason=reason,
        **more,
    )


def _act(act: str) -> tuple[str, str, Try, Run]:
    if act not in ACTS:
        raise HTTPException(400, "This form is not whole. Load the page again.")
    return ACTS[act]


def _words(refused: dict[str, str]) -> dict[str, Any]:
    """By reason, how many and which; the most frequent first."""
    reasons: dict[str, list[str]] = {}
    for order_id, why in refused.items():
        words = why.replace(order_id, "…") if is_id(order_id) else why
        reasons.setdefault(words, []).append(order_id)
    ordered = sorted(reasons.items(), key=lambda item: -len(item[1]))
    return {"count": len(refused), "reasons": [(why, len(ids), ids[:SHOWN]) for why, ids in ordered]}
