"""Signing in by passkey, and staff by the house's identity provider; both also prove again who somebody is."""

from collections.abc import Mapping
from typing import Any

import structlog

from harrystix.application.context import Context
from harrystix.application.handlers.staff import Note, SignInRefused, TooOften, let_in, prove
from harrystix.application.identity_ports import Ceremony, Identity, IdentityRefused, Passkey
from harrystix.application.people_ports import Session
from harrystix.domain.errors import InvalidValue, NotFound

log = structlog.get_logger()
PER_PLACE, WINDOW = 50, 900.0
REFUSED = "That did not prove who you are. Try again, or another way."


def begin_registration(context: Context, session: Session) -> tuple[str, str]:
    """(options for the browser, token of the ceremony)."""
    people = context.people
    login = "member" if session.kind == "member" else "staff"
    have = people.passkeys.of(session.kind, session.subject_id)
    options, challenge = people.site.registration(session.kind, session.subject_id, login, have)
    now = context.clock.now()
    return options, people.ceremonies.begin(
        "passkey-registration", {"challenge": challenge}, now, session.subject_id
    )


def register(context: Context, session: Session, token: str, answer: dict[str, Any]) -> Passkey:
    """Raises SignInRefused, AlreadyTaken."""
    ceremony = _ceremony(context, token, "passkey-registration")
    if ceremony.subject_id != session.subject_id:
        raise SignInRefused(REFUSED)
    try:
        passkey = context.people.site.registered(
            answer, ceremony.secret["challenge"], session.kind, session.subject_id
        )
    except IdentityRefused as refused:
        raise _said("passkey", refused) from None
    context.people.passkeys.add(passkey)
    return passkey


def remove(context: Context, session: Session, credential_id: bytes) -> None:
    """Raises NotFound."""
    if not context.people.passkeys.remove(session.kind, session.subject_id, credential_id):
        raise NotFound("There is no such passkey.")


def begin_sign_in(context: Context, place: str) -> tuple[str, str]:
    """(options for the browser, token of the ceremony): the same for everybody. Raises TooOften."""
    _may_begin(context, place)
    options, challenge = context.people.site.authentication()
    return options, context.people.ceremonies.begin(
        "passkey-sign-in", {"challenge": challenge}, context.clock.now()
    )


def sign_in(
    context: Context, note: Note, token: str, answer: dict[str, Any], *, place: str, device: str
) -> str:
    """The token of a new session. Raises SignInRefused, TooOften."""
    passkey = _proved(context, token, answer, place)
    if passkey.kind == "member":
        return context.people.sessions.open("member", passkey.subject_id, device, context.clock.now())[1]
    return let_in(context, note, passkey.subject_id, "passkey", device)


def confirm(
    context: Context, note: Note, session: Session, token: str, answer: dict[str, Any], *, place: str
) -> None:
    """Once more who it is. Raises SignInRefused, TooOften, InvalidValue for a member."""
    if session.kind != "staff":
        raise InvalidValue("Only a signed-in member of staff has something to confirm.")
    passkey = _proved(context, token, answer, place)
    if (passkey.kind, passkey.subject_id) != (session.kind, session.subject_id):
        raise SignInRefused(REFUSED)
    prove(context, note, session, "passkey")


def begin_at_provider(
    context: Context, place: str, *, again: bool = False, there: str = "/"
) -> tuple[str, str]:
    """(where to send the browser, token of the ceremony). `there`: where to go on afterwards.

    Raises NotFound where there is no provider, TooOften.
    """
    _may_begin(context, place)
    provider = context.people.provider
    if provider is None:
        raise NotFound("Nobody signs in over an identity provider here.")
    try:
        begun = provider.begin(again=again)
    except IdentityRefused as refused:
        raise _said("provider", refused) from None
    kind = "provider-again" if again else "provider"
    secret = {**begun.secret, "there": there}
    return begun.url, context.people.ceremonies.begin(kind, secret, context.clock.now())


def back_from_provider(
    context: Context,
    note: Note,
    session: Session | None,
    token: str,
    answer: Mapping[str, str],
    *,
    place: str,
    device: str,
) -> tuple[str, str]:
    """(the token of a new session, empty where one that is there was proved anew; where to go on).

    Raises SignInRefused, TooOften.
    """
    _allowed(context, place)
    provider = context.people.provider
    kind = "provider-again" if session else "provider"
    ceremony = _ceremony(context, token, kind)
    if provider is None:
        raise SignInRefused(REFUSED)
    try:
        found = provider.finish(answer, ceremony.secret, context.clock.now(), again=session is not None)
    except IdentityRefused as refused:
        raise _said("provider", refused) from None
    staff_id, there = _whom(context, found), str(ceremony.secret.get("there", "/"))
    if session is not None:
        if session.subject_id != staff_id:
            raise SignInRefused(REFUSED)
        prove(context, note, session, "provider")
        return "", there
    return let_in(context, note, staff_id, "provider", device), there


def _whom(context: Context, found: Identity) -> str:
    """Whoever was linked; the first time by an address that the provider vouches for and the owner knows."""
    identities = context.people.identities
    staff_id = identities.find(found.issuer, found.subject)
    if staff_id is None and found.email and (known := context.people.staff.find(found.email)):
        staff_id = known if identities.link(found.issuer, found.subject, known) else None
    if staff_id is None:
        raise SignInRefused("You are nobody of the staff here. Ask an owner to add you.")
    return staff_id


def _proved(context: Context, token: str, answer: dict[str, Any], place: str) -> Passkey:
    _allowed(context, place)
    ceremony = _ceremony(context, token, "passkey-sign-in")
    people = context.people
    try:
        known = people.passkeys.find(people.site.credential_of(answer))
        if known is None:
            raise IdentityRefused("no such passkey")
        passkey = people.site.authenticated(answer, ceremony.secret["challenge"], known)
    except IdentityRefused as refused:
        raise _said("passkey", refused) from None
    if not people.passkeys.used(passkey):
        raise SignInRefused(REFUSED)
    return passkey


def _allowed(context: Context, place: str) -> None:
    if not context.people.attempts.allowed("proof-place", place, PER_PLACE, WINDOW):
        raise TooOften("Too many attempts. Try again in a quarter of an hour.")


def _may_begin(context: Context, place: str) -> None:
    if not context.people.attempts.allowed("begin-place", place, 2 * PER_PLACE, WINDOW):
        raise TooOften("Too many attempts. Try again in a quarter of an hour.")


def _ceremony(context: Context, token: str, kind: str) -> Ceremony:
    found = context.people.ceremonies.take(token, kind, context.clock.now())
    if found is None:
        raise SignInRefused("This took too long, or was begun in another window. Begin again.")
    return found


def _said(what: str, refused: IdentityRefused) -> SignInRefused:
    log.warning("identity.refused", what=what, why=str(refused))
    return SignInRefused(REFUSED)
