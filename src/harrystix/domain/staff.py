"""StaffMember: somebody of the house, with one role. What a role may do is the web's policy table."""

from uuid import UUID

from harrystix.domain import staff_events as facts
from harrystix.domain.base import Root
from harrystix.domain.errors import IllegalTransition, InvalidValue
from harrystix.domain.values import By, reason_given

ROLES = ("admin", "support", "owner", "auditor")


class StaffMember(Root):
    TOPIC = "StaffMember"
    Event = facts.Event
    Created = facts.Created
    RoleChanged = facts.RoleChanged
    Disabled = facts.Disabled
    Enabled = facts.Enabled
    CredentialsReset = facts.CredentialsReset
    SignedIn = facts.SignedIn
    Confirmed = facts.Confirmed
    SignInRefused = facts.SignInRefused
    InvitationWithdrawn = facts.InvitationWithdrawn
    EventGiven = facts.EventGiven
    EventTaken = facts.EventTaken
    ViewStarted = facts.ViewStarted
    Viewed = facts.Viewed
    ViewEnded = facts.ViewEnded

    @classmethod
    def create(cls, by: By, staff_id: UUID, role: str) -> "StaffMember":
        """Raises InvalidValue."""
        _check(role)
        return cls._create(
            facts.Created,
            id=staff_id,
            timestamp=by.at,
            role=role,
            actor=by.actor,
            command_id=by.command_id,
            cause_id=by.cause_id,
        )

    def __init__(self, role: str) -> None:
        self.role = role
        self.disabled = False
        self.events: list[str] = []
        self.viewing: dict[str, str] = {}

    def change_role(self, by: By, role: str) -> None:
        _check(role)
        if role != self.role:
            self.record(by, facts.RoleChanged, role=role)

    def disable(self, by: By, reason: str) -> None:
        why = reason_given(reason)
        if not self.disabled:
            self.record(by, facts.Disabled, reason=why)

    def enable(self, by: By) -> None:
        if self.disabled:
            self.record(by, facts.Enabled)

    def withdraw_invitation(self, by: By, reason: str) -> None:
        """Raises InvalidValue."""
        self.record(by, facts.InvitationWithdrawn, reason=reason_given(reason))

    def reset_credentials(self, by: By) -> None:
        self.record(by, facts.CredentialsReset)

    def sign_in(self, by: By, session_id: str, how: str) -> None:
        """Raises IllegalTransition for who is disabled."""
        self._refuse_disabled("signing in")
        self.record(by, facts.SignedIn, session_id=session_id, how=how)

    def confirm(self, by: By, session_id: str, how: str) -> None:
        self._refuse_disabled("signing in")
        self.record(by, facts.Confirmed, session_id=session_id, how=how)

    def refuse_sign_in(self, by: By, why: str) -> None:
        self.record(by, facts.SignInRefused, why=why)

    def give_event(self, by: By, event_id: str) -> None:
        """An event admin acts on the events that were given to them."""
        if event_id not in self.events:
            self.record(by, facts.EventGiven, event_id=event_id)

    def take_event(self, by: By, event_id: str) -> None:
        if event_id in self.events:
            self.record(by, facts.EventTaken, event_id=event_id)

    def start_view(self, by: By, session_id: str, member_id: str, reason: str) -> None:
        """Raises InvalidValue."""
        self._refuse_disabled("viewing as a member")
        why = reason_given(reason)
        self.record(by, facts.ViewStarted, session_id=session_id, member_id=member_id, reason=why)

    def note_look(self, by: By, session_id: str, member_id: str, page: str) -> None:
        """Raises IllegalTransition where nobody looks at this member's pages: no look without a record."""
        if self.viewing.get(session_id) != member_id:
            raise IllegalTransition("Staff", self.id, "not viewing", "looking at a member's page")
        self.record(by, facts.Viewed, session_id=session_id, member_id=member_id, page=page)

    def end_view(self, by: By, session_id: str) -> None:
        if session_id in self.viewing:
            self.record(by, facts.ViewEnded, session_id=session_id, member_id=self.viewing[session_id])

    def _refuse_disabled(self, command: str) -> None:
        if self.disabled:
            raise IllegalTransition("Staff", self.id, "disabled", command)


def _check(role: str) -> None:
    if role not in ROLES:
        raise InvalidValue(f"The role is one of {', '.join(ROLES)}.", field="role")
