"""Who asks, and what they may: API keys and sessions, and the policy table. Deny by default."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Annotated
from uuid import uuid4

from fastapi import Depends, Header, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from harrystix.adapters.postgres.idempotency import Answer
from harrystix.adapters.vault.requests import Origin
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.origin import device_of, place_of
from harrystix.adapters.web.own_events import own_events_only
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.roles import ALLOWED, DANGEROUS, Act, Role
from harrystix.application.handlers import viewing
from harrystix.domain.deed import Deed
from harrystix.domain.errors import DomainError
from harrystix.domain.values import By

COOKIE = "__Host-harrystix"
FRESH = timedelta(minutes=5)
# The tag of routes that a page asks by itself.
FOLLOWS = "follows"


class ConfirmFirst(DomainError):
    """Something dangerous, and it is a while since this person proved who they are."""

    code = "confirm_first"


def caller(request: Request) -> Caller:
    """Raises 401 for a missing or wrong key or session."""
    own = parts(request)
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme:
        holder = own.keys.holder(key.strip()) if scheme.lower() == "bearer" else None
        if holder is not None:
            kind = "member" if holder.member_id else "partner" if holder.role == Role.PARTNER else "staff"
            actor = (
                f"{kind}:{holder.member_id or (holder.partner_id if kind == 'partner' else holder.key_id)}"
            )
            none = frozenset[str]() if holder.role == Role.PARTNER else None
            events = none if holder.events is None else holder.events
            return Caller(actor, holder.role, holder.member_id, scopes=holder.scopes, events=events)
    elif token := request.cookies.get(COOKIE):
        people = own.context.people
        # A page that follows by itself is nobody who does something.
        alone = FOLLOWS in request.scope["route"].tags
        session = people.sessions.find(token, own.context.clock.now(), seen=not alone)
        if session and session.kind == "member":
            return Caller(f"member:{session.subject_id}", Role.MEMBER, session.subject_id, session)
        post = people.staff.post(session.subject_id) if session else None
        if session and post:
            events = frozenset(post.events) if post.role == Role.ADMIN else None
            return Caller(f"staff:{session.subject_id}", post.role, None, session, events=events)
    raise HTTPException(
        401,
        "Sign in, or send an API key: Authorization: Bearer htx_…",
        {"WWW-Authenticate": "Bearer"},
    )


def somebody(request: Request) -> Caller | None:
    """Who is there, if anybody is: for what is open to all."""
    try:
        return caller(request)
    except HTTPException:
        return None


def allow(act: Act) -> Callable[..., Caller]:
    """The route's policy: the roles of this act, nobody else."""
    roles = ALLOWED[act]

    # Who it is and whether they may in one step: each dependency of its own costs a change of thread.
    def check(request: Request) -> Caller:
        who = caller(request)
        writes = request.method not in {"GET", "HEAD"}
        if act is Act.OWN and who.session and who.session.viewing:
            return _as_member(request, who, writes=writes)
        if not who.may(act):
            raise HTTPException(403, f"This needs the role {' or '.join(sorted(roles))}.")
        if who.events is not None:
            own_events_only(request, who)
        if who.session and act in DANGEROUS and writes:
            prove_again(request, who)
        return who

    check.act = act  # type: ignore[attr-defined]
    check.roles = tuple(sorted(roles))  # type: ignore[attr-defined]
    return check


def is_fresh(request: Request, who: Caller) -> bool:
    """Members have one way in, which they took; a key has nothing more to prove."""
    if who.session is None or who.session.kind != "staff":
        return True
    return parts(request).context.clock.now() - who.session.confirmed_at <= FRESH


def prove_again(request: Request, who: Caller) -> None:
    """Raises ConfirmFirst for somebody of the staff who has not proved who they are for a while."""
    if not is_fresh(request, who):
        raise ConfirmFirst("Confirm with your password and code first: POST /api/session/confirm.")


def _as_member(request: Request, who: Caller, *, writes: bool) -> Caller:
    """Somebody of the staff at a member's pages: sees what the member sees, and every look is on record."""
    session = who.session
    if session is None or not session.viewing or not Caller(who.actor, who.role, None).may(Act.VIEW):
        raise HTTPException(403, "This needs the role member.")
    if writes:
        raise HTTPException(403, "You only look at these pages: nothing can be changed here.")
    context = parts(request).context
    viewing.note_look(context, acting(request, who), session, request.scope["route"].path)
    return Caller(who.actor, Role.MEMBER, session.viewing, session, viewing=True)


Member = Annotated[Caller, Depends(allow(Act.OWN))]
Staff = Annotated[Caller, Depends(allow(Act.READ))]
OrderReader = Annotated[Caller, Depends(allow(Act.ORDERS))]
House = Annotated[Caller, Depends(allow(Act.HOUSE))]
Admin = Annotated[Caller, Depends(allow(Act.STOCK))]
UploadReader = Annotated[Caller, Depends(allow(Act.FILES))]
TicketDesk = Annotated[Caller, Depends(allow(Act.TICKETS))]
Capturer = Annotated[Caller, Depends(allow(Act.CAPTURE))]
Orderer = Annotated[Caller, Depends(allow(Act.BEHALF))]
Viewer = Annotated[Caller, Depends(allow(Act.VIEW))]
AddressDesk = Annotated[Caller, Depends(allow(Act.ADDRESS))]
Eraser = Annotated[Caller, Depends(allow(Act.ERASE))]
Approver = Annotated[Caller, Depends(allow(Act.APPROVE))]
Desk = Annotated[Caller, Depends(allow(Act.SERVE))]
Support = Annotated[Caller, Depends(allow(Act.MONEY))]
Revealer = Annotated[Caller, Depends(allow(Act.REVEAL))]
AuditReader = Annotated[Caller, Depends(allow(Act.AUDIT))]
Owner = Annotated[Caller, Depends(allow(Act.PEOPLE))]
Anybody = Annotated[Caller, Depends(allow(Act.SELF))]


@dataclass(frozen=True, slots=True)
class Write:
    """A write request: its Idempotency-Key makes its command recognisable, and its answer repeatable."""

    who: Caller
    key: str
    route: str
    parts: Parts
    by: By

    def once(self, content: bytes, work: Callable[[], Response]) -> Response:
        """The stored answer of the first request with this key, or `work`'s."""
        actor, store = self.who.actor, self.parts.idempotency
        digest = sha256(self.route.encode() + b"\0" + content).digest()
        known = store.begin(actor, self.key, digest)
        if known:
            headers = {"Idempotency-Replayed": "true"}
            return Response(known.body, known.status, headers, media_type="application/json")
        try:
            answer = work()
        except BaseException:
            store.forget(actor, self.key)
            raise
        store.finish(actor, self.key, Answer(answer.status_code, bytes(answer.body)))
        return answer


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="Any unique text: the same key gives the same answer, with effects once.",
    ),
]


def write(request: Request, who: Caller, key: str | None) -> Write:
    """Raises 400 without a key."""
    if not key:
        raise HTTPException(400, "Send an Idempotency-Key header with this request.")
    route = f"{request.method} {request.url.path}"
    return Write(who, key, route, parts(request), acting(request, who, f"{route}/{key}"))


def acting(request: Request, who: Caller, key: str = "") -> By:
    """A command of this caller, from where it came being on record before anything happens."""
    by = parts(request).context.by(who.actor, key or str(uuid4()))
    note(request, by, who.role)
    return by


def deed(request: Request, who: Caller, kind: str, subject: str = "") -> None:
    """On record before it is done: what changes nothing else, and still somebody may ask about."""
    context = parts(request).context
    context.store.commit(Deed.do(acting(request, who), kind, subject))


def note(request: Request, by: By, role: str) -> None:
    """From where this command came."""
    origin = Origin(by.actor, role, request.state.request_id, place_of(request), device_of(request))
    parts(request).requests.record(by.command_id, origin)


def noting(request: Request, role: str = "") -> Callable[[By], None]:
    """For what makes its own command: whoever signs in has no role yet."""
    return lambda by: note(request, by, role)
