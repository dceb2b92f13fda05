"""What nobody needs any more is forgotten unasked: unpaid pre-orders, idle members, invitations, jobs without a yes."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from harrystix.application.context import Context
from harrystix.application.handlers.bulk import stop
from harrystix.application.handlers.erasing import erase_order, order
from harrystix.application.handlers.staff import withdraw_invitation
from harrystix.application.processes.work import one
from harrystix.domain.approval import GOOD_FOR
from harrystix.domain.errors import Conflict, IllegalTransition
from harrystix.domain.values import By

ACTOR = "system:retention"
KEEP_UNPAID = timedelta(days=90)
KEEP_IDLE = timedelta(days=730)
# Longer than a second person has to agree to it.
KEEP_INVITED = timedelta(days=7)
BATCH = 200
WAIT = 86_400.0


class NotYet(Exception):
    """It is looked at again tomorrow."""


def forget_due(context: Context) -> int:
    """How many pre-orders, members, invitations and jobs; the rest comes in the next round."""
    now = context.clock.now()
    return (
        _each(context, "unpaid", context.erasures.unpaid(now - KEEP_UNPAID, BATCH), _forget_unpaid)
        + _each(context, "idle", context.erasures.idle(now - KEEP_IDLE, BATCH), _forget_idle)
        + _each(context, "invitation", context.people.staff.unanswered(now - KEEP_INVITED), _withdraw)
        + _each(context, "job", context.erasures.unagreed(now - GOOD_FOR, BATCH), _stop_job)
    )


def _each(context: Context, what: str, ids: Sequence[str], act: Callable[[Context, By, str], None]) -> int:
    """How many are forgotten. What can't be yet is not looked at for a while, so that what comes after it is."""
    done = 0
    for subject in ids:
        by = context.by(ACTOR, f"{what}/{subject}")
        with suppress(NotYet):
            done += one(
                context,
                f"forget_{what}",
                subject,
                lambda by=by, subject=subject: act(context, by, subject),
                but=NotYet,
            )
    return done


def _forget_unpaid(context: Context, by: By, order_id: str) -> None:
    try:
        erase_order(context, by, order_id)
    except (IllegalTransition, Conflict):
        # In dispute, being paid, a mail leaving: no failure, and it ends some day.
        context.failures.add("forget_unpaid", order_id, "not_yet", seconds=WAIT, park=False)
        raise NotYet from None


def _forget_idle(context: Context, by: By, member_id: str) -> None:
    order(context, by, member_id, origin="retention")


def _withdraw(context: Context, by: By, staff_id: str) -> None:
    withdraw_invitation(context, by, staff_id, "nobody came in for a week")


def _stop_job(context: Context, by: By, job_id: str) -> None:
    # One that has been stopped, or begun, a moment ago is none of ours.
    with suppress(IllegalTransition):
        stop(context, by, job_id, "nobody agreed in three days")
