"""A key for a program: made at once, good once a second owner has agreed. One rule for programs and for pages."""

from dataclasses import dataclass, field
from datetime import datetime

from harrystix.adapters.web.access import Write
from harrystix.adapters.web.roles import Role
from harrystix.adapters.web.second import ask_second
from harrystix.application.handlers import approvals
from harrystix.domain.errors import AlreadyTaken, InvalidValue, NotFound
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import reason_given


@dataclass(frozen=True, slots=True)
class NewKey:
    """`events`: the only ones it is for, None: all. `replaces`: another key of the same partner."""

    role: str
    label: str
    reason: str
    scopes: list[str] = field(default_factory=list[str])
    events: list[str] | None = None
    expires_at: datetime | None = None
    replaces: str | None = None


def make(command: Write, wish: NewKey) -> tuple[str, str, str]:
    """(key id, the key, which nobody sees again, and the approval that it waits for).

    Raises InvalidValue, NotFound; AlreadyTaken where the same command has made one.
    """
    reason_given(wish.reason)
    if (wish.role == Role.PARTNER) != bool(wish.scopes):
        raise InvalidValue("A partner's key has scopes, and no other has.", field="scopes")
    if wish.events is not None and wish.role not in {Role.PARTNER, Role.ADMIN}:
        raise InvalidValue("Only keys of admins and partners are for some events only.", field="events")
    if wish.role == Role.PARTNER and not wish.events:
        raise InvalidValue("A partner's key is for some events.", field="events")
    keys, store = command.parts.keys, command.parts.context.store
    if wish.replaces and not (wish.role == Role.PARTNER and keys.partners(wish.replaces)):
        raise NotFound("There is no such key of a partner.", field="replaces")
    if len(store.get_many(TicketedEvent, wish.events or [])) != len(set(wish.events or [])):
        raise NotFound("There is no such event.", field="events")
    made = keys.create(
        wish.role,
        wish.label,
        scopes=wish.scopes,
        events=wish.events,
        active=False,
        expires_at=wish.expires_at,
        created_by=command.who.actor,
        replaces=wish.replaces,
    )
    key_id = made.split("_")[1]
    details = {"role": wish.role, "scopes": wish.scopes, "events": wish.events}
    details |= {"replaces": wish.replaces} if wish.replaces else {}
    waits = ask_second(command, kind="api_key", subject=key_id, reason=wish.reason, details=details)
    if approvals.get(command.parts.context, waits).subject != key_id:
        keys.revoke(key_id)
        raise AlreadyTaken("This key was made already; its secret was in the first answer only.")
    return key_id, made, waits
