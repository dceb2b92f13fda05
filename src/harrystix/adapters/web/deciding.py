"""Who may decide what waits for a second person: one rule for programs and for pages."""

from collections.abc import Callable

from fastapi import Request
from starlette.exceptions import HTTPException

from harrystix.adapters.web.access import acting
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.roles import GRANTED_UNDER
from harrystix.application.handlers import approvals
from harrystix.domain.approval import Approval, SamePerson
from harrystix.domain.errors import NotFound


def could(who: Caller, kind: str) -> bool:
    """Whether this role could do it alone if it were smaller."""
    return who.events is None and who.may(GRANTED_UNDER[kind])


def kinds(who: Caller) -> list[str]:
    """Those that this person could decide on."""
    return [kind for kind in GRANTED_UNDER if could(who, kind)]


def grant(
    request: Request, who: Caller, approval_id: str, sure: Callable[[Approval], None] = lambda _: None
) -> None:
    """Raises NotFound for what is not one's business, SamePerson, IllegalTransition; 403 for a key.

    `sure` may raise, for who could grant it.
    """
    own = parts(request)
    approval = approvals.get(own.context, approval_id)
    _mine_to_decide(who, approval, asked=False)
    if who.session is None:
        # A key is as good as whoever holds it: two keys are not two persons.
        raise HTTPException(403, "Only a person can grant. Sign in.")
    if own.keys.maker(approval.requested_by.removeprefix("staff:")) == who.actor:
        raise SamePerson("A key of yours asked for this: somebody else has to grant it.")
    sure(approval)
    approvals.grant(own.context, acting(request, who), approval_id)


def deny(request: Request, who: Caller, approval_id: str, reason: str) -> None:
    """Also by who asked. Raises NotFound, IllegalTransition, InvalidValue."""
    own = parts(request)
    _mine_to_decide(who, approvals.get(own.context, approval_id), asked=True)
    approvals.deny(own.context, acting(request, who), approval_id, reason)


def _mine_to_decide(who: Caller, approval: Approval, *, asked: bool) -> None:
    if not (could(who, approval.kind) or (asked and approval.requested_by == who.actor)):
        raise NotFound(f"There is no Approval {approval.id}.")
