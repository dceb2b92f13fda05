"""Carrying out what two people wanted, in the name of who asked, because of who granted."""

from collections.abc import Callable
from uuid import UUID

import structlog

from harrystix.application.context import Context
from harrystix.application.handlers import bulk, erasing, money, orders, staff
from harrystix.application.handlers.orders import BulkResult
from harrystix.application.ports import Due
from harrystix.application.processes import bulk_refunds
from harrystix.application.processes.work import each
from harrystix.domain.approval import Approval
from harrystix.domain.errors import Conflict, DomainError
from harrystix.domain.values import By

log = structlog.get_logger()
LEASE, AGAIN = 60.0, 15.0
ACTOR = "system:approvals"


def carry_out(context: Context) -> int:
    """Whatever was granted; returns how many. What is refused by now ends with the reason as its outcome."""
    done: list[str] = []
    while due := context.due.claim("approved", 10, LEASE):
        each(context, "approved", due, lambda item: _see_to(context, item, done))
        context.due.defer("approved", [item.subject for item in due], AGAIN)
    return len(done)


def _see_to(context: Context, item: Due, done: list[str]) -> None:
    approval = context.store.get(Approval, item.subject)
    if approval.state == "granted":
        try:
            _carry_out(context, approval, item.cause_id)
            done.append(item.subject)
        except Conflict:
            # Somebody else was faster, again and again: it is granted, so it comes again.
            log.warning("approval.conflict", kind=approval.kind)


def _carry_out(context: Context, approval: Approval, cause_id: str) -> None:
    # Always the same command: done half and done again, it is done once.
    by = context.by(approval.requested_by, f"approved/{approval.id}", cause_id)
    try:
        result = ACTS[approval.kind](context, by, approval)
        outcome = "done"
    except Conflict:
        raise
    except DomainError as refused:
        result, outcome = BulkResult(), refused.code
        log.warning("approval.refused", kind=approval.kind, why=refused.code)
    closing = context.by(ACTOR, f"approval-finished/{approval.id}", cause_id)

    def work() -> None:
        found = context.store.get(Approval, approval.id)
        found.finish(closing, outcome, len(result.done), len(result.refused))
        context.store.commit(found)

    context.store.run(closing, lambda: [UUID(str(approval.id))], work)


def _resend(context: Context, by: By, approval: Approval) -> BulkResult:
    return orders.resend(context, by, approval.details["order_ids"])


def _refund(context: Context, by: By, approval: Approval) -> BulkResult:
    money.request_refund(
        context, by, approval.subject, reason=approval.reason, amount_minor=approval.details["amount_minor"]
    )
    return BulkResult([approval.subject])


def _refunds(context: Context, by: By, approval: Approval) -> BulkResult:
    bulk_refunds.order(
        context,
        by,
        approval.subject,
        scope=approval.details["scope"],
        reason=approval.reason,
        orders=approval.details["orders"],
        amount=approval.details["amount_minor"],
        # One that was asked for before there were fingerprints is refused: the dry run has to be looked at again.
        fingerprint=str(approval.details.get("fingerprint", "")),
    )
    return BulkResult([approval.subject])


def _bulk(context: Context, by: By, approval: Approval) -> BulkResult:
    bulk.release(context, by, approval.subject)
    return BulkResult([approval.subject])


def _erasure(context: Context, by: By, approval: Approval) -> BulkResult:
    erasing.member_known(context, approval.subject)
    erasing.order(context, by, approval.subject, origin="approval", approval_id=str(approval.id))
    return BulkResult([approval.subject])


def _role(context: Context, by: By, approval: Approval) -> BulkResult:
    staff.change_role(context, by, approval.subject, approval.details["role"])
    return BulkResult([approval.subject])


def _staff(context: Context, by: By, approval: Approval) -> BulkResult:
    staff.enable(context, by, approval.subject)
    staff.send_invitation(context, approval.subject)
    return BulkResult([approval.subject])


def _event(context: Context, by: By, approval: Approval) -> BulkResult:
    staff.give_event(context, by, approval.subject, approval.details["event_id"])
    return BulkResult([approval.subject])


def _api_key(context: Context, by: By, approval: Approval) -> BulkResult:
    context.people.keys.activate(approval.subject)
    return BulkResult([approval.subject])


def _import(_: Context, __: By, ___: Approval) -> BulkResult:
    # Nothing of the file is kept: who asked brings the very same bytes once more.
    return BulkResult()


ACTS: dict[str, Callable[[Context, By, Approval], BulkResult]] = {
    "resend": _resend,
    "refund": _refund,
    "refunds": _refunds,
    "bulk": _bulk,
    "erasure": _erasure,
    "role": _role,
    "staff": _staff,
    "event": _event,
    "api_key": _api_key,
    "import": _import,
}
