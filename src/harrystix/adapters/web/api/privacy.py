"""What people may ask of us about their data: erasure, its certificate, a copy; and the desk's look at their pages."""

from typing import Annotated, Literal

import orjson
from fastapi import Query, Request, Response
from starlette.exceptions import HTTPException

from harrystix.adapters.web import own_erasure
from harrystix.adapters.web.access import (
    AddressDesk,
    Anybody,
    Eraser,
    House,
    IdempotencyKey,
    Member,
    Viewer,
    acting,
    deed,
    write,
)
from harrystix.adapters.web.answers import Answers, send
from harrystix.adapters.web.copy_of_me import as_page, copy_of
from harrystix.adapters.web.masking import masked
from harrystix.adapters.web.paging import Cursor, Limit, link_next
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.people_schemas import AddressIn, ErasureOut, FindIn, FoundOut, WaitsOut, WhyIn
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.second import ask_second
from harrystix.application.handlers import erasing, members, viewing
from harrystix.application.handlers.staff import TooOften
from harrystix.domain.erasure import Erasure
from harrystix.domain.errors import InvalidValue, NotFound
from harrystix.domain.ids import erasure_id
from harrystix.projections.approvals import queries
from harrystix.projections.member_orders import queries as member_orders

COPIES = 5
router = Routes(prefix="/api", tags=["privacy"], responses=Answers.WRITE)


@router.get("/me/export", response_class=Response)
def export_me(
    request: Request, who: Member, form: Annotated[Literal["json", "html"], Query(alias="format")] = "json"
) -> Response:
    """A copy of everything that we hold about you: for programs, or to read."""
    if who.viewing:
        raise HTTPException(403, "A copy goes to the member only.")
    own = parts(request)
    if not own.context.people.attempts.allowed("copy", str(who.member_id), COPIES, 3600):
        raise TooOften(f"{COPIES} copies an hour is the most.")
    deed(request, who, "copy_taken")
    copy = copy_of(own, str(who.member_id), own.context.clock.now())
    headers = {"Content-Disposition": f'attachment; filename="harrystix-and-me.{form}"'}
    if form == "html":
        return Response(as_page(copy), 200, headers, "text/html; charset=utf-8")
    return Response(orjson.dumps(copy, option=orjson.OPT_INDENT_2), 200, headers, "application/json")


@router.post("/me/erasure", status_code=202, response_model=WaitsOut)
def erase_me(request: Request, who: Member) -> Response:
    """Ask to be erased: an owner looks, then all that tells who you are is removed, and a ticket with it."""
    return send(WaitsOut(approval_id=own_erasure.ask(request, who)), 202)


@router.post("/admin/members/{member_id}/erasure", status_code=202, response_model=WaitsOut)
def erase_member(
    request: Request, who: Eraser, member_id: str, why: WhyIn, key: IdempotencyKey = None
) -> Response:
    """Ask for the erasure of a member; an owner who is somebody else has to agree."""
    command = write(request, who, key)

    def work() -> Response:
        erasing.member_known(command.parts.context, member_id)
        waits = ask_second(command, kind="erasure", subject=member_id, reason=why.reason)
        return send(WaitsOut(approval_id=waits), 202)

    return command.once(why.model_dump_json().encode(), work)


@router.get("/admin/erasures", response_model=list[ErasureOut])
def list_erasures(
    request: Request, response: Response, _: House, limit: Limit = 50, cursor: Cursor = None
) -> list[ErasureOut]:
    """Newest first, without certificates."""
    own = parts(request)
    page = queries.erasures(
        own.database, limit, int(own.cursors.decode(request, cursor)[0]) if cursor else None
    )
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(request, page[-1].position))
    return [
        ErasureOut(
            id=row.id,
            member_id=row.member_id,
            origin=row.origin,
            state=row.state,
            ordered_at=row.ordered_at,
            completed_at=row.completed_at,
        )
        for row in page
    ]


@router.get("/admin/erasures/{member_id}", response_model=ErasureOut)
def show_erasure(request: Request, _: House, member_id: str) -> ErasureOut:
    """The certificate: what was removed, where, when, what remains and on which legal ground."""
    found = parts(request).context.store.get(Erasure, erasure_id(member_id))
    return ErasureOut(
        id=str(found.id),
        member_id=found.member_id,
        origin=found.origin,
        state=found.state,
        ordered_at=found.ordered_at,
        completed_at=found.modified_on if found.state == "completed" else None,
        certificate=found.certificate,
    )


@router.post("/admin/members/find", response_model=FoundOut)
def find_member(request: Request, who: Viewer, wish: FindIn) -> FoundOut:
    """By address, which comes in the body so that no log and no history keeps it."""
    own = parts(request)
    member_id = own.context.members.find(wish.email)
    deed(request, who, "member_found", member_id or "")
    if member_id is None:
        raise NotFound("Nobody is known by that address.")
    member = own.context.members.reveal([member_id]).get(member_id)
    if member is None:
        raise NotFound("Nobody is known by that address.")
    orders = member_orders.of_member(own.database, member_id)
    return FoundOut(
        member_id=member_id, email=masked(member.email), pre_orders=[order.id for order in orders]
    )


@router.put("/admin/members/{member_id}/address", status_code=204)
def change_address(
    request: Request, who: AddressDesk, member_id: str, wish: AddressIn, key: IdempotencyKey = None
) -> Response:
    """Put it right, so that a mail can arrive. The old one is forgotten, and whoever was signed in has to again."""
    command = write(request, who, key)
    # The same key with another address is another command.
    by = acting(request, who, f"{command.route}/{command.key}/{wish.email}")
    members.change_address(command.parts.context, by, member_id, wish.email)
    return Response(status_code=204)


@router.post("/admin/members/{member_id}/view", status_code=204)
def start_view(request: Request, who: Viewer, member_id: str, why: WhyIn) -> Response:
    """See a member's pages as the member does, for half an hour, read-only; every look is on record."""
    if who.session is None:
        raise InvalidValue("Only a person with a session can look at pages; a key has no eyes.")
    viewing.start(parts(request).context, acting(request, who), who.session, member_id, why.reason)
    return Response(status_code=204)


@router.delete("/admin/members/view", status_code=204)
def end_view(request: Request, who: Anybody) -> Response:
    """Back to one's own pages."""
    if who.session is not None:
        viewing.end(parts(request).context, acting(request, who), who.session)
    return Response(status_code=204)
