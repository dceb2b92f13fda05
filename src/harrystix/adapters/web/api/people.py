"""Staff and keys, by the owner; whatever gives somebody more needs a second one, whatever takes it away does not."""

from fastapi import Request, Response

from harrystix.adapters.postgres.retention import RETENTION, waiting
from harrystix.adapters.vault.rotation import inventory
from harrystix.adapters.web.access import IdempotencyKey, Owner, acting, deed, write
from harrystix.adapters.web.answers import Answers, send
from harrystix.adapters.web.new_keys import NewKey, make
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.people_schemas import (
    KeptOut,
    KeyIn,
    KeyNewOut,
    KeyOut,
    MasterKeyOut,
    RoleIn,
    StaffNewIn,
    StaffNewOut,
    StaffOut,
    WaitsOut,
    WhyIn,
)
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.second import ask_second
from harrystix.application.handlers import staff
from harrystix.domain.errors import NotFound
from harrystix.domain.staff import StaffMember
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import reason_given

router = Routes(prefix="/api/admin", tags=["people"], responses=Answers.WRITE)


@router.get("/staff", response_model=list[StaffOut])
def list_staff(request: Request, _: Owner) -> list[StaffOut]:
    """Everybody, with role and events."""
    rows = parts(request).context.people.staff.all()
    return [StaffOut(**{name: getattr(row, name) for name in StaffOut.model_fields}) for row in rows]


@router.post("/staff", status_code=202, response_model=StaffNewOut)
def create_staff(request: Request, who: Owner, new: StaffNewIn, key: IdempotencyKey = None) -> Response:
    """Somebody new: once a second owner has agreed they get a mail, and choose what they sign in with themselves."""
    command = write(request, who, key)

    def work() -> Response:
        reason_given(new.reason)
        staff_id = staff.invite(
            command.parts.context, command.by, email=new.email, name=new.name, role=new.role
        )
        waits = ask_second(
            command, kind="staff", subject=staff_id, reason=new.reason, details={"role": new.role}
        )
        return send(StaffNewOut(staff_id=staff_id, approval_id=waits), 202)

    return command.once(new.model_dump_json().encode(), work)


@router.post("/staff/{staff_id}/role", status_code=202, response_model=WaitsOut)
def change_role(
    request: Request, who: Owner, staff_id: str, wish: RoleIn, key: IdempotencyKey = None
) -> Response:
    """Another role, once a second owner has agreed; then they sign in again."""
    command = write(request, who, key)

    def work() -> Response:
        command.parts.context.store.get(StaffMember, staff_id)
        waits = ask_second(
            command, kind="role", subject=staff_id, reason=wish.reason, details={"role": wish.role}
        )
        return send(WaitsOut(approval_id=waits), 202)

    return command.once(wish.model_dump_json().encode(), work)


@router.post("/staff/{staff_id}/disable", status_code=204)
def disable_staff(request: Request, who: Owner, staff_id: str, why: WhyIn) -> Response:
    """At once, alone: from this moment nothing of theirs is good."""
    context = parts(request).context
    context.store.get(StaffMember, staff_id)
    staff.disable(context, acting(request, who), staff_id, why.reason)
    return Response(status_code=204)


@router.put("/staff/{staff_id}/events/{event_id}", status_code=202, response_model=WaitsOut)
def give_event(
    request: Request, who: Owner, staff_id: str, event_id: str, why: WhyIn, key: IdempotencyKey = None
) -> Response:
    """One more event that an event admin is there for, once a second owner has agreed."""
    command = write(request, who, key)

    def work() -> Response:
        command.parts.context.store.get(StaffMember, staff_id)
        command.parts.context.store.get(TicketedEvent, event_id)
        waits = ask_second(
            command, kind="event", subject=staff_id, reason=why.reason, details={"event_id": event_id}
        )
        return send(WaitsOut(approval_id=waits), 202)

    return command.once(why.model_dump_json().encode(), work)


@router.delete("/staff/{staff_id}/events/{event_id}", status_code=204)
def take_event(request: Request, who: Owner, staff_id: str, event_id: str) -> Response:
    """No longer."""
    context = parts(request).context
    context.store.get(StaffMember, staff_id)
    staff.give_event(context, acting(request, who), staff_id, event_id, given=False)
    return Response(status_code=204)


@router.get("/api-keys", response_model=list[KeyOut])
def list_keys(request: Request, _: Owner) -> list[KeyOut]:
    """All but members' own, without their secrets, which nobody has."""
    return [KeyOut.model_validate(row) for row in parts(request).keys.all()]


@router.post("/api-keys", status_code=202, response_model=KeyNewOut)
def create_key(request: Request, who: Owner, wish: KeyIn, key: IdempotencyKey = None) -> Response:
    """A key for a program. It is good once a second owner has agreed; its secret is in this answer only."""
    command = write(request, who, key)
    scopes = [str(scope) for scope in wish.scopes]
    wanted = NewKey(wish.role, wish.label, wish.reason, scopes, wish.events, wish.expires_at, wish.replaces)
    key_id, made, waits = make(command, wanted)
    return send(KeyNewOut(key_id=key_id, key=made, approval_id=waits), 202)


@router.delete("/api-keys/{key_id}", status_code=204)
def revoke_key(request: Request, who: Owner, key_id: str) -> Response:
    """At once, everywhere, alone."""
    own = parts(request)
    if not own.keys.revoke(key_id):
        raise NotFound(f"There is no live key {key_id}.")
    deed(request, who, "key_revoked", key_id)
    return Response(status_code=204)


@router.get("/master-keys", response_model=list[MasterKeyOut])
def list_master_keys(request: Request, _: Owner) -> list[MasterKeyOut]:
    """The inventory: every version, whether it is in use, and how many data keys it wraps."""
    own = parts(request)
    found = inventory(own.database, own.ring())
    return [MasterKeyOut(**{name: getattr(v, name) for name in MasterKeyOut.model_fields}) for v in found]


@router.get("/retention", response_model=list[KeptOut])
def show_retention(request: Request, _: Owner) -> list[KeptOut]:
    """What is kept how long, why, and how much of it there is."""
    counts = waiting(parts(request).database)
    return [
        KeptOut(
            what=kept.what, why=kept.why, days=kept.keep.total_seconds() / 86400, rows=counts.get(kept.what)
        )
        for kept in RETENTION
    ]
