"""Staff: made, changed, signed in. Passwords and codes never reach the log."""

import secrets
from collections.abc import Callable
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.mail_address import require_mailbox, spelled_alike
from harrystix.application.people_ports import Credentials, NewStaff, Session
from harrystix.domain.errors import AlreadyTaken, DomainError, IllegalTransition, InvalidValue
from harrystix.domain.ids import named
from harrystix.domain.staff import StaffMember
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import By, plain

PER_ACCOUNT, PER_PLACE, WINDOW = 10, 50, 900.0
LINK = "desk-link"


# Puts on record from where a command came, before it is carried out.
Note = Callable[[By], None]


class SignInRefused(DomainError):
    """One answer for everything that may be wrong."""

    code = "sign_in_refused"


class TooOften(DomainError):
    code = "too_often"


def create(
    context: Context,
    by: By,
    *,
    email: str,
    name: str,
    role: str,
    password: str,
    waiting: bool = False,
    staff_id: UUID | None = None,
) -> tuple[str, Credentials]:
    """(staff id, what the person needs to sign in). Raises InvalidValue, AlreadyTaken.

    `waiting`: until a second person has agreed, nothing of theirs is good.
    """
    vault = context.people.staff
    if not name.strip() or len(name) > 100 or not plain(name):
        raise InvalidValue("Give a name of 1 to 100 characters.", field="name")
    require_mailbox(email)
    if vault.find(email):
        raise AlreadyTaken("There is somebody with this address already.", field="email")
    credentials = vault.make_credentials(email, password)
    staff = StaffMember.create(by, staff_id or context.ids.new(), role)
    new = NewStaff(str(staff.id), email.strip(), name.strip(), role)
    if waiting:
        staff.disable(by, "waits for a second person")
    context.store.commit(staff, together=[vault.add(new, credentials, waiting=waiting)])
    return new.staff_id, credentials


def invite(context: Context, by: By, *, email: str, name: str, role: str) -> str:
    """Somebody who can't sign in yet: nobody knows the password. The same command makes one. Returns the staff id."""
    staff_id = UUID(named(f"staff/{by.command_id}"))
    if context.store.get_many(StaffMember, [str(staff_id)]):
        return str(staff_id)
    unknown = secrets.token_urlsafe(32)
    create(context, by, email=email, name=name, role=role, password=unknown, waiting=True, staff_id=staff_id)
    return str(staff_id)


def send_invitation(context: Context, staff_id: str) -> None:
    """A mail with a link to who was invited, by the way that sign-in links take."""
    found = next((row for row in context.people.staff.all() if row.staff_id == staff_id), None)
    if found is not None:
        context.people.links.request(found.email)
        context.nudge.send("sign_in", "")


def withdraw_invitation(context: Context, by: By, staff_id: str, reason: str) -> None:
    """Whoever has not come in yet does not any more, and the address is free for another invitation."""

    def work() -> None:
        if not context.people.staff.awaited(staff_id):
            return
        staff = context.store.get(StaffMember, staff_id)
        staff.withdraw_invitation(by, reason)
        context.store.commit(staff, together=[context.people.staff.withdraw(staff_id)])

    context.store.run(by, lambda: [UUID(staff_id)], work)


def enrol(context: Context, note: Note, *, token: str, password: str, place: str) -> Credentials:
    """Who was invited chooses a password and gets a second factor. Raises SignInRefused, TooOften, InvalidValue."""
    if not context.people.attempts.allowed("link-use", place, PER_PLACE, WINDOW):
        raise TooOften("Too many attempts. Try again in a quarter of an hour.")
    context.people.staff.make_credentials("nobody@staff.example", password)
    email = context.people.links.use(token, context.clock.now())
    staff_id = context.people.staff.find(email) if email else None
    if email is None or staff_id is None or not context.people.staff.invited(staff_id):
        raise SignInRefused(
            "This link was used already, or is older than 15 minutes. Ask for another one at the sign-in page."
        )
    by = context.by(f"staff:{staff_id}")
    note(by)
    return reset(context, by, staff_id, email, password)


def change_role(context: Context, by: By, staff_id: str, role: str) -> None:
    """Whoever is signed in has to sign in again. Raises NotFound, InvalidValue."""
    _change(context, by, staff_id, lambda staff: staff.change_role(by, role), role=role)
    context.people.sessions.close(staff_id)


def disable(context: Context, by: By, staff_id: str, reason: str) -> None:
    """From this moment none of their sessions is good. Raises NotFound, InvalidValue."""
    _change(context, by, staff_id, lambda staff: staff.disable(by, reason), disabled=True)
    context.people.sessions.close(staff_id)


def enable(context: Context, by: By, staff_id: str) -> None:
    _change(context, by, staff_id, lambda staff: staff.enable(by), disabled=False)


def give_event(context: Context, by: By, staff_id: str, event_id: str, *, given: bool = True) -> None:
    """To an event admin, or take it away again. Raises NotFound."""
    context.store.get(TicketedEvent, event_id)

    def act(staff: StaffMember) -> None:
        if given:
            staff.give_event(by, event_id)
        else:
            staff.take_event(by, event_id)

    _change(context, by, staff_id, act)


def reset(context: Context, by: By, staff_id: str, email: str, password: str) -> Credentials:
    """A new password, second factor and recovery codes. Raises NotFound, InvalidValue."""
    credentials = context.people.staff.make_credentials(email, password)

    def work() -> None:
        staff = context.store.get(StaffMember, staff_id)
        staff.reset_credentials(by)
        context.store.commit(staff, together=[context.people.staff.reset(staff_id, credentials)])

    context.store.run(by, lambda: [UUID(staff_id)], work)
    context.people.sessions.close(staff_id)
    return credentials


def sign_in(
    context: Context, note: Note, *, email: str, password: str, code: str, place: str, device: str
) -> str:
    """The token of a new session. Raises SignInRefused, TooOften."""
    staff_id = context.people.staff.find(email)
    how = _checked(context, note, staff_id, staff_id or spelled_alike(email), password, code, place)
    if staff_id is None or not how:
        raise SignInRefused("Address, password or code is wrong.")
    return let_in(context, note, staff_id, how, device)


def let_in(context: Context, note: Note, staff_id: str, how: str, device: str) -> str:
    """Who has proved who they are. The token of a new session; raises SignInRefused for who is disabled."""
    session_id, token = context.people.sessions.open("staff", staff_id, device, context.clock.now())
    try:
        _signed(context, note, staff_id, lambda staff, by: staff.sign_in(by, session_id, how))
    except IllegalTransition:
        context.people.sessions.close(staff_id, session_id)
        raise SignInRefused("Address, password or code is wrong.") from None
    # Who has come in by another way needs no invitation any more: later its mailbox alone would be enough.
    context.people.staff.arrived(staff_id)
    return token


def link(context: Context, staff_id: str) -> str:
    """The token of a way in without password and code, once and for ten minutes, for who runs the server."""
    return context.people.ceremonies.begin(LINK, {}, context.clock.now(), staff_id)


def use_link(context: Context, note: Note, *, token: str, place: str, device: str) -> str:
    """The token of a new session. Raises SignInRefused, TooOften."""
    if not context.people.attempts.allowed("link-use", place, PER_PLACE, WINDOW):
        raise TooOften("Too many attempts. Try again in a quarter of an hour.")
    found = context.people.ceremonies.take(token, LINK, context.clock.now())
    if found is None or found.subject_id is None:
        raise SignInRefused("This link was used already, or is older than ten minutes. Make a new one.")
    return let_in(context, note, found.subject_id, "link", device)


def confirm(context: Context, note: Note, session: Session, *, password: str, code: str, place: str) -> None:
    """Once more who it is, for the next minutes. Raises SignInRefused, TooOften."""
    how = _checked(context, note, session.subject_id, session.subject_id, password, code, place)
    if not how:
        raise SignInRefused("Password or code is wrong.")
    prove(context, note, session, how)


def prove(context: Context, note: Note, session: Session, how: str) -> None:
    """Somebody of the staff has proved again who they are."""
    _signed(context, note, session.subject_id, lambda staff, by: staff.confirm(by, session.session_id, how))
    context.people.sessions.confirm(session.session_id, context.clock.now())


def _checked(
    context: Context,
    note: Note,
    staff_id: str | None,
    account: str,
    password: str,
    code: str,
    place: str,
) -> str:
    attempts = context.people.attempts
    allowed = [
        attempts.allowed("staff-account", account, PER_ACCOUNT, WINDOW),
        attempts.allowed("staff-place", place, PER_PLACE, WINDOW),
    ]
    if not all(allowed):
        raise TooOften("Too many attempts. Try again in a quarter of an hour.")
    how = context.people.staff.check(staff_id, password, code, context.clock.now())
    if staff_id and not how:
        _signed(context, note, staff_id, lambda staff, by: staff.refuse_sign_in(by, "credentials"))
    return how


def _signed(context: Context, note: Note, staff_id: str, act: Callable[[StaffMember, By], None]) -> None:
    by = context.by(f"staff:{staff_id}")
    note(by)

    def work() -> None:
        staff = context.store.get(StaffMember, staff_id)
        act(staff, by)
        context.store.commit(staff)

    context.store.run(by, lambda: [UUID(staff_id)], work)


def _change(
    context: Context,
    by: By,
    staff_id: str,
    act: Callable[[StaffMember], None],
    *,
    role: str | None = None,
    disabled: bool | None = None,
) -> None:
    def work() -> None:
        staff = context.store.get(StaffMember, staff_id)
        act(staff)
        context.store.commit(
            staff,
            together=[
                context.people.staff.change(staff_id, role=role, disabled=disabled, events=staff.events)
            ],
        )

    context.store.run(by, lambda: [UUID(staff_id)], work)
