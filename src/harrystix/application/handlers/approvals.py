"""What two people have to want: asked for by one, granted or denied by another."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.handlers import bulk, staff
from harrystix.domain.approval import Approval
from harrystix.domain.errors import NotFound
from harrystix.domain.ids import named
from harrystix.domain.values import By

# As many as one person may have mailed again alone, and give back in minor units, if nothing else is set.
RESEND_ALONE = 50


def ask(
    context: Context,
    by: By,
    *,
    kind: str,
    subject: str,
    reason: str,
    details: dict[str, Any] | None = None,
    event_id: str = "",
) -> str:
    """The id of the approval; the same command asks once. Raises InvalidValue."""
    approval_id = UUID(named(f"approval/{by.command_id}"))

    def work() -> None:
        if not context.store.get_many(Approval, [str(approval_id)]):
            context.store.commit(
                Approval.request(
                    by,
                    approval_id,
                    kind=kind,
                    subject=subject,
                    details=details or {},
                    reason=reason,
                    event_id=event_id,
                )
            )

    context.store.run(by, lambda: [approval_id], work)
    return str(approval_id)


def grant(context: Context, by: By, approval_id: str) -> None:
    """It is carried out by itself then. Raises NotFound, SamePerson, IllegalTransition."""
    _decide(context, by, approval_id, lambda approval: approval.grant(by))


def deny(context: Context, by: By, approval_id: str, reason: str) -> None:
    """Also by who asked. Raises NotFound, IllegalTransition, InvalidValue."""
    _decide(context, by, approval_id, lambda approval: approval.deny(by, reason), reason)
    denied = get(context, approval_id)
    if denied.kind == "staff":
        # Were this to die here, the invitation would end by its time.
        staff.withdraw_invitation(context, by, denied.subject, reason)


def get(context: Context, approval_id: str) -> Approval:
    """Raises NotFound, also for what is no id."""
    try:
        return context.store.get(Approval, UUID(approval_id))
    except ValueError:
        raise NotFound(f"There is no approval {approval_id}.") from None


def _decide(
    context: Context, by: By, approval_id: str, act: Callable[[Approval], None], stopped: str = ""
) -> None:
    """`stopped`: why a job that waits for this never begins, saved with it."""

    def work() -> None:
        approval = get(context, approval_id)
        act(approval)
        jobs = [bulk.get(context, approval.subject)] if stopped and approval.kind == "bulk" else []
        for job in jobs:
            job.stop(by, stopped)
        context.store.commit(approval, *jobs)

    context.store.run(by, lambda: [UUID(approval_id)], work)
