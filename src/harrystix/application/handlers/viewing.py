"""View as a member: read-only, for a written reason, every look on record. Credentials stay behind reveal."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.handlers.erasing import member_known
from harrystix.application.people_ports import Session
from harrystix.domain.staff import StaffMember
from harrystix.domain.values import By

LONGEST = timedelta(minutes=30)


def start(context: Context, by: By, session: Session, member_id: str, reason: str) -> None:
    """For half an hour at most. Raises NotFound, InvalidValue."""
    member_known(context, member_id)
    _change(context, by, session, lambda staff: staff.start_view(by, session.session_id, member_id, reason))
    context.people.sessions.view(session.session_id, member_id, by.at + LONGEST)


def note_look(context: Context, by: By, session: Session, page: str) -> None:
    """Before anything is shown."""
    member_id = session.viewing or ""
    _change(context, by, session, lambda staff: staff.note_look(by, session.session_id, member_id, page))


def end(context: Context, by: By, session: Session) -> None:
    context.people.sessions.view(session.session_id, None, by.at)
    _change(context, by, session, lambda staff: staff.end_view(by, session.session_id))


def _change(context: Context, by: By, session: Session, act: Callable[[StaffMember], None]) -> None:
    def work() -> None:
        staff = context.store.get(StaffMember, session.subject_id)
        act(staff)
        context.store.commit(staff)

    context.store.run(by, lambda: [UUID(session.subject_id)], work)
