"""The owner's pages about people of the house: who is there, somebody new, another role, the way out, events."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import Owner, acting, prove_again, write
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.choosing import known_by
from harrystix.adapters.web.pages.forms import fields, go, key_of, said
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.second import ask_second
from harrystix.application.handlers import staff
from harrystix.domain.errors import DomainError, InvalidValue
from harrystix.domain.staff import ROLES, StaffMember
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import reason_given
from harrystix.projections.catalogue import queries as catalogue

CHOICES = 100
ABOUT = {
    "admin": "events, files and what came of them; their own events only",
    "support": "members, tickets, money back",
    "owner": "everything, with a second owner where somebody gets more",
    "auditor": "sees everything, changes nothing",
}
router = Routes(prefix="/admin/house/staff", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def list_staff(request: Request, who: Owner) -> HTMLResponse:
    """Everybody, with role, state and events."""
    return _list(request, who)


@router.post("", response_class=Response)
async def invite(request: Request, who: Owner) -> Response:
    """Somebody new, once a second owner has agreed."""
    found = await fields(request)
    key = key_of(found)

    def work() -> Response:
        command = write(request, who, key)
        words = {name: found.get(name, "").strip() for name in ("email", "name", "role", "reason")}
        try:
            # Before anybody is made: a reason that is refused leaves nothing behind.
            reason_given(words["reason"])
            made = staff.invite(
                command.parts.context,
                command.by,
                email=words["email"],
                name=words["name"],
                role=words["role"],
            )
            role = {"role": words["role"]}
            ask_second(command, kind="staff", subject=made, reason=words["reason"], details=role)
        except DomainError as refused:
            return _list(request, who, 422, errors=said(refused, "email"), typed=words)
        return go("/admin/house/staff?done=asked")

    return await run_in_threadpool(work)


@router.get("/{staff_id}", response_class=HTMLResponse)
def show_one(request: Request, who: Owner, staff_id: str) -> HTMLResponse:
    """One of them, and what can be changed."""
    prove_again(request, who)
    return _one(request, who, staff_id)


@router.post("/{staff_id}/role", response_class=Response)
async def change_role(request: Request, who: Owner, staff_id: str) -> Response:
    """Another role, once a second owner has agreed."""
    found = await fields(request)
    key = key_of(found)

    def work() -> Response:
        command = write(request, who, key)
        try:
            if found.get("role") not in ROLES:
                raise InvalidValue("Choose a role.", field="role")
            command.parts.context.store.get(StaffMember, staff_id)
            role = {"role": found["role"]}
            ask_second(command, kind="role", subject=staff_id, reason=found.get("why", ""), details=role)
        except DomainError as refused:
            return _one(request, who, staff_id, 422, errors=said(refused, "why"), typed=found)
        return go(f"/admin/house/staff/{staff_id}?done=asked")

    return await run_in_threadpool(work)


@router.post("/{staff_id}/event", response_class=Response)
async def give_event(request: Request, who: Owner, staff_id: str) -> Response:
    """One more event that an admin is there for, once a second owner has agreed."""
    found = await fields(request)
    key = key_of(found)

    def work() -> Response:
        command = write(request, who, key)
        code = found.get("code", "").strip()
        event = {"event_id": found.get("event", "")}
        try:
            if code:
                event["event_id"] = known_by(command.parts.database, code, "code")
            command.parts.context.store.get(StaffMember, staff_id)
            command.parts.context.store.get(TicketedEvent, event["event_id"])
            ask_second(command, kind="event", subject=staff_id, reason=found.get("for", ""), details=event)
        except DomainError as refused:
            return _one(request, who, staff_id, 422, errors=said(refused, "for"), typed=found)
        return go(f"/admin/house/staff/{staff_id}?done=asked")

    return await run_in_threadpool(work)


@router.post("/{staff_id}/event/{event_id}/take", response_class=Response)
async def take_event(request: Request, who: Owner, staff_id: str, event_id: str) -> Response:
    """No longer, at once."""
    key_of(await fields(request))

    def work() -> Response:
        staff.give_event(parts(request).context, acting(request, who), staff_id, event_id, given=False)
        return go(f"/admin/house/staff/{staff_id}?done=taken")

    return await run_in_threadpool(work)


@router.post("/{staff_id}/disable", response_class=Response)
async def disable(request: Request, who: Owner, staff_id: str) -> Response:
    """At once, alone: from this moment nothing of theirs is good."""
    found = await fields(request)
    key_of(found)

    def work() -> Response:
        context = parts(request).context
        try:
            context.store.get(StaffMember, staff_id)
            staff.disable(context, acting(request, who), staff_id, found.get("reason", ""))
        except DomainError as refused:
            return _one(request, who, staff_id, 422, errors=said(refused, "reason"), typed=found)
        return go(f"/admin/house/staff/{staff_id}?done=disabled")

    return await run_in_threadpool(work)


DONE = {
    "asked": "It waits for a second owner.",
    "taken": "They are not there for that event any more.",
    "disabled": "Nothing of theirs is good any more.",
}


def _list(
    request: Request, who: Caller, status: int = 200, typed: dict[str, str] | None = None, **more: Any
) -> HTMLResponse:
    rows = parts(request).context.people.staff.all()
    return page(
        request,
        who,
        "admin/staff.html",
        status,
        rows=rows,
        about=ABOUT,
        done=DONE.get(request.query_params.get("done", ""), ""),
        typed=typed or {},
        **more,
    )


def _one(
    request: Request,
    who: Caller,
    staff_id: str,
    status: int = 200,
    typed: dict[str, str] | None = None,
    **more: Any,
) -> HTMLResponse:
    own = parts(request)
    known = own.context.store.get(StaffMember, staff_id)
    row = next((one for one in own.context.people.staff.all() if one.staff_id == staff_id), None)
    given = catalogue.some(own.database, known.events)
    since = catalogue.lately(own.context.clock.now())
    soon = catalogue.page(own.database, CHOICES, since, variants=False)
    return page(
        request,
        who,
        "admin/staff-one.html",
        status,
        staff_id=staff_id,
        known=known,
        called=row.name if row else "",
        email=row.email if row else "",
        given=list(given.values()),
        choices=[event for event in soon if event.id not in given],
        about=ABOUT,
        me=who.actor == f"staff:{staff_id}",
        done=DONE.get(request.query_params.get("done", ""), ""),
        typed=typed or {},
        **more,
    )
