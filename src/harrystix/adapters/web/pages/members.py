"""One member, as the desk sees them: what they ordered, a wrong address, a look at their pages, the way out."""

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import (
    AddressDesk,
    Anybody,
    Eraser,
    Viewer,
    acting,
    deed,
    prove_again,
    write,
)
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.masking import masked
from harrystix.adapters.web.pages.forms import fields, go, key_of, said
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.second import ask_second
from harrystix.application.handlers import erasing, members, viewing
from harrystix.domain.errors import DomainError
from harrystix.projections.catalogue import queries as catalogue
from harrystix.projections.member_orders import queries as member_orders

router = Routes(prefix="/admin/members", include_in_schema=False)


@router.get("/{member_id}", response_class=HTMLResponse)
def show_member(request: Request, who: Viewer, member_id: str, done: str = "") -> HTMLResponse:
    """Pre-orders, and what the desk can do. That somebody looked is on record."""
    prove_again(request, who)
    erasing.member_known(parts(request).context, member_id)
    deed(request, who, "member_found", member_id)
    return _member(request, who, member_id, done=done if done in DONE else "")


@router.post("/{member_id}/address", response_class=Response)
async def change_address(request: Request, who: AddressDesk, member_id: str) -> Response:
    """Put it right."""
    found = await fields(request)
    key, email = key_of(found), found.get("email", "").strip()

    def work() -> Response:
        try:
            by = acting(request, who, f"POST /admin/members/{member_id}/address/{key}/{email}")
            members.change_address(parts(request).context, by, member_id, email)
        except DomainError as refused:
            return _member(request, who, member_id, 422, email=email, errors=said(refused, "email"))
        return go(f"/admin/members/{member_id}?done=address")

    return await run_in_threadpool(work)


@router.post("/{member_id}/view", response_class=Response)
async def start_view(request: Request, who: Viewer, member_id: str) -> Response:
    """See what the member sees, for half an hour, without changing anything."""
    found = await fields(request)
    reason = found.get("reason", "")

    def work() -> Response:
        if who.session is None:
            return go(f"/admin/members/{member_id}")
        try:
            viewing.start(parts(request).context, acting(request, who), who.session, member_id, reason)
        except DomainError as refused:
            return _member(request, who, member_id, 422, reason=reason, errors=said(refused, "reason"))
        return go("/me")

    return await run_in_threadpool(work)


@router.post("/view/end", response_class=Response)
def end_view(request: Request, who: Anybody) -> Response:
    """Back to one's own pages."""
    there = who.session.viewing if who.session else None
    if who.session is not None:
        viewing.end(parts(request).context, acting(request, who), who.session)
    return go(f"/admin/members/{there}" if there else "/")


@router.post("/{member_id}/erase", response_class=Response)
async def erase(request: Request, who: Eraser, member_id: str) -> Response:
    """Ask for it; an owner who is somebody else has to agree."""
    found = await fields(request)
    key, why = key_of(found), found.get("why", "")

    def work() -> Response:
        command = write(request, who, key)
        try:
            erasing.member_known(command.parts.context, member_id)
            ask_second(command, kind="erasure", subject=member_id, reason=why)
        except DomainError as refused:
            return _member(request, who, member_id, 422, why=why, errors=said(refused, "why"))
        return go(f"/admin/members/{member_id}?done=erase")

    return await run_in_threadpool(work)


DONE = {
    "address": "The address is changed. Mail again what did not arrive.",
    "erase": "The erasure waits for an owner who is somebody else.",
}


def _member(
    request: Request,
    who: Caller,
    member_id: str,
    status: int = 200,
    *,
    done: str = "",
    errors: list[dict[str, str]] | None = None,
    **typed: str,
) -> HTMLResponse:
    """`typed`: what stood in the form that was refused."""
    own = parts(request)
    orders = member_orders.of_member(own.database, member_id)
    known = own.context.members.reveal([member_id]).get(member_id)
    return page(
        request,
        who,
        "admin/member.html",
        status,
        member_id=member_id,
        member=masked(known.email) if known else "erased",
        orders=orders,
        events=catalogue.some(own.database, list({order.event_id for order in orders})),
        done=DONE.get(done, ""),
        errors=errors,
        **{"email": "", "reason": "", "why": "", **typed},
    )
