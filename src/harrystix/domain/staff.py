"""StaffMember: somebody of the house, with one role. What a role may do is the web's policy table."""

from uuid import UUID

from harrystix.domain import staff_events as facts
from harrystix.domain.base import Root
from harrystix.domain.errors import IllegalTransition, InvalidValue
from harrystix.domain.values import By

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

    def change_role(self, by: By, role: str) -> None:
        _check(role)
        if role != self.role:
            self.record(by, facts.RoleChanged, role=role)

    def disable(self, by: By, reason: str) -> None:
        if not reason.strip() or len(reason) > 200:
            raise InvalidValue("Give a reason of 1 to 200 characters.", field="reason")
        if not self.disabled:
            self.record(by, facts.Disabled, reason=reason.strip())

    def enable(self, by: By) -> None:
        if self.disabled:
            self.record(by, facts.Enabled)

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

    def _refuse_disabled(self, command: str) -> None:
        if self.disabled:
            raise IllegalTransition("Staff", self.id, "disabled", command)


def _check(role: str) -> None:
    if role not in ROLES:
        raise InvalidValue(f"The role is one of {', '.join(ROLES)}.", field="role")
