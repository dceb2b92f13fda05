"""Signing in by passkey or over the house's identity provider, and the passkeys that one has."""

from datetime import datetime
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from harrystix.adapters.web.access import Anybody, deed, noting, prove_again, somebody
from harrystix.adapters.web.answers import Answers
from harrystix.adapters.web.api.sign_in import signed_in
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.origin import device_of, place_of, within
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.shapes import Body, Model
from harrystix.application.handlers import identity
from harrystix.application.people_ports import Session
from harrystix.domain.errors import InvalidValue, NotFound

router = Routes(prefix="/api", tags=["sign-in"], responses=Answers.WRITE)
CEREMONY = "__Host-harrystix-ceremony"


class AnswerIn(Body):
    """What the browser's authenticator said, as its toJSON() has it."""

    answer: dict[str, Any]


class PasskeyOut(Model):
    id: str
    transports: list[str]
    synced: bool
    created_at: datetime | None
    used_at: datetime | None


@router.post("/session/passkey-options", response_class=Response)
def passkey_options(request: Request, who: Anybody) -> Response:
    """Begin to make a passkey for oneself; right after signing in, or proving it again."""
    session = _fresh(request, who)
    return _ceremony(*identity.begin_registration(parts(request).context, session))


@router.post("/passkeys", status_code=201, response_model=PasskeyOut)
def add_passkey(request: Request, who: Anybody, said: AnswerIn) -> PasskeyOut:
    """Keep the new passkey."""
    session = _fresh(request, who)
    made = identity.register(parts(request).context, session, _token(request), said.answer)
    deed(request, who, "passkey_added")
    return PasskeyOut(
        id=bytes_to_base64url(made.credential_id),
        transports=list(made.transports),
        synced=made.synced,
        created_at=None,
        used_at=None,
    )


@router.get("/passkeys", response_model=list[PasskeyOut])
def list_passkeys(request: Request, who: Anybody) -> list[PasskeyOut]:
    """One's own."""
    if who.session is None:
        return []
    found = parts(request).context.people.passkeys.of(who.session.kind, who.session.subject_id)
    return [
        PasskeyOut(
            id=bytes_to_base64url(one.credential_id),
            transports=list(one.transports),
            synced=one.synced,
            created_at=one.created_at,
            used_at=one.used_at,
        )
        for one in found
    ]


@router.delete("/passkeys/{credential}", status_code=204)
def remove_passkey(request: Request, who: Anybody, credential: str) -> Response:
    """One of one's own; it is no good any more."""
    session = _fresh(request, who)
    try:
        credential_id = base64url_to_bytes(credential)
    except ValueError:
        raise NotFound("There is no such passkey.") from None
    identity.remove(parts(request).context, session, credential_id)
    deed(request, who, "passkey_removed")
    return Response(status_code=204)


@router.post("/sign-in/passkey/options", response_class=Response)
def passkey_sign_in_options(request: Request) -> Response:
    """Begin to sign in by passkey: the same answer for everybody."""
    return _ceremony(*identity.begin_sign_in(parts(request).context, place_of(request)))


@router.post("/sign-in/passkey", status_code=204)
def sign_in_by_passkey(request: Request, said: AnswerIn) -> Response:
    """A passkey that has verified its user is both factors in one."""
    token = identity.sign_in(
        parts(request).context,
        noting(request),
        _token(request),
        said.answer,
        place=place_of(request),
        device=device_of(request),
    )
    return signed_in(token)


@router.post("/session/confirm/passkey", status_code=204)
def confirm_by_passkey(request: Request, who: Anybody, said: AnswerIn) -> Response:
    """Once more who it is, for what is dangerous in the next five minutes."""
    if who.session is None:
        raise InvalidValue("Only who is signed in has something to confirm.")
    identity.confirm(
        parts(request).context,
        noting(request, who.role),
        who.session,
        _token(request),
        said.answer,
        place=place_of(request),
    )
    return Response(status_code=204)


@router.get("/sign-in/provider", status_code=303, response_class=RedirectResponse)
def go_to_provider(request: Request, again: bool = False, next: str = "/") -> Response:
    """Staff: to the house's identity provider; `again`: to prove anew who one is; `next`: where to go on afterwards."""
    url, token = identity.begin_at_provider(
        parts(request).context, place_of(request), again=again, there=within(next)
    )
    answer = RedirectResponse(url, 303)
    _set(answer, token)
    return answer


@router.get("/sign-in/provider/back", status_code=303, response_class=RedirectResponse)
def back_from_provider(request: Request) -> Response:
    """Where the provider sends the browser."""
    pairs = request.query_params.multi_items()
    if len(dict(pairs)) != len(pairs):
        raise HTTPException(400, "A parameter came twice.")
    who = _signed_in(request)
    token, there = identity.back_from_provider(
        parts(request).context,
        noting(request, who.role if who else ""),
        who.session if who else None,
        _token(request),
        dict(pairs),
        place=place_of(request),
        device=device_of(request),
    )
    answer = RedirectResponse(within(there), 303)
    if token:
        answer.headers.append("Set-Cookie", signed_in(token).headers["Set-Cookie"])
    answer.delete_cookie(CEREMONY, path="/", secure=True, httponly=True, samesite="lax")
    return answer


def _signed_in(request: Request) -> Caller | None:
    """A member of staff who is there already comes back from proving it again."""
    found = somebody(request)
    return found if found and found.session and found.session.kind == "staff" else None


def _fresh(request: Request, who: Caller) -> Session:
    if who.session is None:
        raise InvalidValue("A key has no passkeys: sign in.")
    prove_again(request, who)
    return who.session


def _token(request: Request) -> str:
    return request.cookies.get(CEREMONY, "")


def _ceremony(options: str, token: str) -> Response:
    answer = Response(orjson.dumps({"options": orjson.loads(options)}), 200, media_type="application/json")
    _set(answer, token)
    return answer


def _set(answer: Response, token: str) -> None:
    """Lax: the provider's page sends the browser back from another site."""
    answer.set_cookie(CEREMONY, token, max_age=600, path="/", secure=True, httponly=True, samesite="lax")
