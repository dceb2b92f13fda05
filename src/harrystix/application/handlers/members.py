"""A member's address, put right by the desk: the person stays who they are, with all that is theirs."""

from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.handlers.erasing import member_known
from harrystix.application.handlers.staff import TooOften
from harrystix.application.mail_address import require_mailbox
from harrystix.domain.deed import Deed
from harrystix.domain.errors import AlreadyTaken
from harrystix.domain.values import By

# Whoever moves an address can have a ticket mailed to it: no more often than credentials are shown.
PER_HOUR = 30


def change_address(context: Context, by: By, member_id: str, email: str) -> None:
    """Once a command. Whoever was signed in at the old one is not any more.

    Raises NotFound, InvalidValue, AlreadyTaken, TooOften.
    """
    member_known(context, member_id)
    require_mailbox(email)
    if context.members.find(email) not in {None, member_id}:
        raise AlreadyTaken("Another member has this address.", field="email")
    if not context.people.attempts.allowed("address", by.actor, PER_HOUR, 3600):
        raise TooOften(f"{PER_HOUR} addresses an hour is the most.")

    def work() -> None:
        if not context.store.get_many(Deed, [by.command_id]):
            moved = context.members.move(member_id, email)
            context.store.commit(Deed.do(by, "address_changed", member_id), together=[moved])

    context.store.run(by, lambda: [UUID(by.command_id)], work)
    context.people.sessions.close(member_id)
