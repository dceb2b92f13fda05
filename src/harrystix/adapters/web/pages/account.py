"""One's own account: where one is signed in, passkeys, and for members a copy of everything and the way out."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from harrystix.adapters.web import own_erasure
from harrystix.adapters.web.access import Anybody, Member, deed, is_fresh, prove_again
from harrystix.adapters.web.pages.forms import fields, go, key_of
from harrystix.adapters.web.pages.render import THEMES, page
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.roles import Role
from harrystix.adapters.web.routes import Routes
from harrystix.application.handlers import identity
from harrystix.domain.errors import NotFound

router = Routes(prefix="/account", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def show_account(request: Request, who: Anybody, asked: str = "") -> HTMLResponse:
    """Devices, passkeys, and one's data."""
    own = parts(request)
    context, session = own.context, who.session
    now = context.clock.now()
    passkeys: list[dict[str, Any]] = []
    devices: list[Any] = []
    if session is not None:
        devices = context.people.sessions.of(session.kind, session.subject_id, now)
        passkeys = [
            {"id": bytes_to_base64url(one.credential_id), "made": one.created_at, "used": one.used_at}
            for one in context.people.passkeys.of(session.kind, session.subject_id)
        ]
    member_id = str(who.member_id) if who.role == Role.MEMBER else ""
    member = context.members.reveal([member_id]).get(member_id) if member_id else None
    return page(
        request,
        who,
        "account.html",
        devices=devices,
        current=session.session_id if session else "",
        passkeys=passkeys,
        email=member.email if member else "",
        push_key=own.push_key if member_id and not who.viewing else "",
        devices_told=context.push.count(member_id) if member_id and own.push_key else 0,
        member=bool(member_id),
        # The list of what waits is a moment behind whoever has just asked.
        asked=bool(member_id and (asked == "1" or own_erasure.waiting(own, member_id))),
        fresh=is_fresh(request, who),
    )


@router.post("/devices/{session_id}/end", response_class=Response)
async def end_device(request: Request, who: Anybody, session_id: str) -> Response:
    """Sign out there."""
    key_of(await fields(request))

    def work() -> Response:
        people, session = parts(request).context.people, who.session
        if session is not None:
            live = people.sessions.of(session.kind, session.subject_id, parts(request).context.clock.now())
            if session_id not in {one.session_id for one in live}:
                raise NotFound("There is no such session.")
            people.sessions.close(session.subject_id, session_id)
        return go("/account")

    return await run_in_threadpool(work)


@router.post("/passkeys/{credential}/remove", response_class=Response)
async def remove_passkey(request: Request, who: Anybody, credential: str) -> Response:
    """It is no good any more."""
    key_of(await fields(request))

    def work() -> Response:
        prove_again(request, who)
        if who.session is not None:
            try:
                credential_id = base64url_to_bytes(credential)
            except ValueError:
                raise NotFound("There is no such passkey.") from None
            identity.remove(parts(request).context, who.session, credential_id)
            deed(request, who, "passkey_removed")
        return go("/account")

    return await run_in_threadpool(work)


@router.post("/erase", response_class=Response)
async def erase_me(request: Request, who: Member) -> Response:
    """Ask to be erased; somebody looks at it first."""
    key_of(await fields(request))

    def work() -> Response:
        own_erasure.ask(request, who)
        return go("/account?asked=1#erase")

    return await run_in_threadpool(work)


@router.post("/colours", response_class=Response)
async def choose_colours(request: Request, _: Anybody) -> Response:
    """Light or dark in this browser, whatever its system says; or as that says."""
    wish = (await fields(request)).get("theme", "")
    answer = go("/account#colours")
    if wish in THEMES:
        answer.set_cookie(
            "theme", wish, max_age=365 * 86_400, path="/", secure=True, httponly=True, samesite="lax"
        )
    else:
        answer.delete_cookie("theme", path="/", secure=True, httponly=True, samesite="lax")
    return answer
