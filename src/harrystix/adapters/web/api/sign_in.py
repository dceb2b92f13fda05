"""Signing in and out: members by a link, staff by password and code; sessions listed and ended."""

from datetime import datetime

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from harrystix.adapters.web.access import COOKIE, Anybody, noting
from harrystix.adapters.web.answers import Answers, send
from harrystix.adapters.web.origin import device_of, place_of
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.people_schemas import EnrolIn, EnrolledOut
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.shapes import Body, Model
from harrystix.application.handlers import sign_in, staff
from harrystix.domain.errors import InvalidValue, NotFound

router = Routes(prefix="/api", tags=["sign-in"], responses=Answers.WRITE)


class LinkIn(Body):
    email: str = Field(min_length=3, max_length=254)


class TokenIn(Body):
    token: str = Field(min_length=20, max_length=100)


class StaffIn(Body):
    email: str = Field(min_length=3, max_length=254)
    password: str = Field(min_length=1, max_length=200)
    code: str = Field(min_length=6, max_length=40, description="From the app, or a recovery code.")


class ConfirmIn(Body):
    password: str = Field(min_length=1, max_length=200)
    code: str = Field(min_length=6, max_length=40)


class WhoOut(Model):
    actor: str
    role: str


class SessionOut(Model):
    session_id: str
    device: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool


@router.post("/sign-in/link", status_code=202)
def ask_for_link(request: Request, wish: LinkIn) -> Response:
    """A mail with a link, to whoever reads that address. The answer is the same for every address."""
    sign_in.ask(parts(request).context, email=wish.email, place=place_of(request))
    return JSONResponse({"sent": True}, 202)


@router.post("/sign-in/use", status_code=204)
def use_link(request: Request, wish: TokenIn) -> Response:
    """The link of the mail, by a click and never by reading it: once, within 15 minutes."""
    token = sign_in.use(
        parts(request).context, token=wish.token, place=place_of(request), device=device_of(request)
    )
    return signed_in(token)


@router.post("/sign-in/desk", status_code=204)
def use_desk_link(request: Request, wish: TokenIn) -> Response:
    """Staff: a link that `harrystix staff link` has made, once, within ten minutes."""
    token = staff.use_link(
        parts(request).context,
        noting(request),
        token=wish.token,
        place=place_of(request),
        device=device_of(request),
    )
    return signed_in(token)


@router.post("/sign-in/staff", status_code=204)
def sign_in_staff(request: Request, wish: StaffIn) -> Response:
    """Address, password and code in one; one answer for whatever is wrong."""
    token = staff.sign_in(
        parts(request).context,
        noting(request),
        email=wish.email,
        password=wish.password,
        code=wish.code,
        place=place_of(request),
        device=device_of(request),
    )
    return signed_in(token)


@router.post("/sign-in/enrol", response_model=EnrolledOut)
def enrol(request: Request, wish: EnrolIn) -> Response:
    """Who was invited to the staff chooses a password, with the link of the mail; the second factor is shown once."""
    made = staff.enrol(
        parts(request).context,
        noting(request),
        token=wish.token,
        password=wish.password,
        place=place_of(request),
    )
    return send(EnrolledOut(uri=made.uri, recovery_codes=list(made.recovery_codes)))


@router.get("/session", response_model=WhoOut)
def who_am_i(_: Request, who: Anybody) -> WhoOut:
    """Who is signed in."""
    return WhoOut(actor=who.actor, role=who.role)


@router.post("/session/confirm", status_code=204)
def confirm_session(request: Request, who: Anybody, wish: ConfirmIn) -> Response:
    """Password and code once more, for what is dangerous in the next five minutes."""
    if who.session is None or who.session.kind != "staff":
        raise InvalidValue("Only a signed-in member of staff has something to confirm.")
    staff.confirm(
        parts(request).context,
        noting(request, who.role),
        who.session,
        password=wish.password,
        code=wish.code,
        place=place_of(request),
    )
    return Response(status_code=204)


@router.get("/sessions", response_model=list[SessionOut])
def list_sessions(request: Request, who: Anybody) -> list[SessionOut]:
    """One's own, the last used first."""
    if who.session is None:
        return []
    context = parts(request).context
    found = context.people.sessions.of(who.session.kind, who.session.subject_id, context.clock.now())
    return [
        SessionOut(
            session_id=one.session_id,
            device=one.device,
            created_at=one.created_at,
            seen_at=one.seen_at,
            expires_at=one.expires_at,
            current=one.session_id == who.session.session_id,
        )
        for one in found
    ]


@router.delete("/sessions/{session_id}", status_code=204)
def end_session(request: Request, who: Anybody, session_id: str) -> Response:
    """One of one's own; `current` is this one."""
    if who.session is None:
        raise NotFound("There is no such session.")
    wanted = who.session.session_id if session_id == "current" else session_id
    known = parts(request).context.people.sessions
    live = known.of(who.session.kind, who.session.subject_id, parts(request).context.clock.now())
    if wanted not in {one.session_id for one in live}:
        raise NotFound("There is no such session.")
    known.close(who.session.subject_id, wanted)
    answer = Response(status_code=204)
    if wanted == who.session.session_id:
        answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer


def signed_in(token: str) -> Response:
    answer = Response(status_code=204)
    answer.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="lax")
    return answer
