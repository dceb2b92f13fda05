"""What nobody needs any more is forgotten unasked: unpaid pre-orders, idle members, invitations, jobs without a yes."""

from datetime import timedelta

from harrystix.application.context import Context
from harrystix.application.handlers.bulk import stop
from harrystix.application.handlers.erasing import erase_order, order
from harrystix.application.handlers.staff import withdraw_invitation
from harrystix.domain.approval import GOOD_FOR
from harrystix.domain.errors import Conflict, IllegalTransition

ACTOR = "system:retention"
KEEP_UNPAID = timedelta(days=90)
KEEP_IDLE = timedelta(days=730)
# Longer than a second person has to agree to it.
KEEP_INVITED = timedelta(days=7)
BATCH = 200


def forget_due(context: Context) -> int:
    """How many pre-orders, members, invitations and jobs; the rest comes in the next round."""
    now = context.clock.now()
    done = 0
    for order_id in context.erasures.unpaid(now - KEEP_UNPAID, BATCH):
        try:
            erase_order(context, context.by(ACTOR, f"unpaid/{order_id}"), order_id)
            done += 1
        except (IllegalTransition, Conflict):
            # Something is still under way with it: it is looked at again.
            continue
    for member_id in context.erasures.idle(now - KEEP_IDLE, BATCH):
        order(context, context.by(ACTOR, f"idle/{member_id}"), member_id, origin="retention")
        done += 1
    for staff_id in context.people.staff.unanswered(now - KEEP_INVITED):
        by = context.by(ACTOR, f"invitation/{staff_id}")
        withdraw_invitation(context, by, staff_id, "nobody came in for a week")
        done += 1
    for job_id in context.erasures.unagreed(now - GOOD_FOR, BATCH):
        try:
            stop(context, context.by(ACTOR, f"job/{job_id}"), job_id, "nobody agreed in three days")
            done += 1
        except IllegalTransition:
            # It has been stopped, or begun, a moment ago.
            continue
    return done
