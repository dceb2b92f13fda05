"""The kinds of work: what asks for each, what settles it, when it is tried again, when it parks, who is told.

The one list of them: queues, shares of threads and the page docs/reference/processes.md come from here.
"""

from dataclasses import dataclass

PARKS = "after 8 tries in about three hours; an error in the log, the list of failed work, a metric"
# Housekeeping: nobody waits for it by the second, and all of it together takes so many threads of a process at most.
DESK, AT_THE_DESK = "desk", 2
NEVER = "never: it waits, and is looked at again"


@dataclass(frozen=True, slots=True)
class WorkKind:
    """`share`: threads of a worker process that it may take at most; 0: all of them. `subject`: what one item is."""

    name: str
    queue: str
    subject: str
    asked_by: str
    settled_by: str
    tries: str
    parks: str = PARKS
    share: int = 0


OWN = "own count; 2 s, 8 s, 32 s … an hour"
ALL = (
    WorkKind(
        "match",
        "allocation",
        "event",
        "TicketsAdded, OrdersQueued, AssignmentsRevoked, OrderReturned, RulesAdopted; PaymentConfirmed as `order`",
        "the pool: nothing untried is left",
        "each 15 s by the sweep; a lost race is another step; who is unfit leaves the queue",
        NEVER,
    ),
    WorkKind(
        "mail",
        "mail",
        "dispatch intent",
        "TicketAssigned, ResendRequested, and the facts that ask for a mail about money",
        "TicketEmailAccepted, TicketEmailFailed, TicketEmailCancelled, NoticeSent, NoticeFailed; "
        "AssignmentRevoked, Frozen or Erased where it is called off",
        "3 where it can't be made; 4 outcomes that nobody knows while others are accepted; an outage counts nothing",
        "as failed: the list of failed mails, the check `mails`",
    ),
    WorkKind(
        "inbox",
        "inbox",
        "message of Stripe",
        "a webhook, or a lost one fetched",
        "what it is about is in the log",
        "20; 2 s, 4 s … an hour; while Stripe does not answer none counts",
        "after the last try; pending again by itself once its payment is known",
    ),
    WorkKind(
        "reports",
        "reports",
        "message of Postmark",
        "a webhook",
        "what it is about is in the log",
        "6 for an unknown mail; 20 for what fails",
        "after the last try",
    ),
    WorkKind(
        "sign_in",
        "inbox",
        "request for a link",
        "somebody who wants to sign in, or an invitation",
        "the mail left, or a quarter of an hour is over",
        OWN,
        "with the request, after a quarter of an hour",
        share=2,
    ),
    WorkKind(
        "complete", "allocation", "upload", "Upload.Committed", "Upload.Completed, Upload.Withdrawn", OWN
    ),
    WorkKind("run", "capture", "capture run", "CaptureRun.Started", "CaptureRun.Enumerated", OWN, share=1),
    WorkKind(
        "capture",
        "capture",
        "pre-order",
        "CaptureRequested",
        "PaymentConfirmed, CaptureDeclined, CaptureGivenUp, Erased",
        "10 s where the provider can't say; else own count; the breaker pauses all",
    ),
    WorkKind("end_payment", DESK, "pre-order", "CaptureGivenUp", "PaymentsEnded", OWN, share=1),
    WorkKind(
        "refund",
        "refund",
        "refund",
        "RefundRequested, of ours",
        "RefundMoved to its end",
        "10 s where the provider can't say, 10 min while it is pending; else own count",
        share=2,
    ),
    WorkKind(
        "refunds",
        DESK,
        "event",
        "RefundsOrdered",
        "RefundsFinished, once its job has ended",
        OWN,
        share=1,
    ),
    WorkKind("approved", DESK, "approval", "Approval.Granted", "Approval.CarriedOut", OWN, share=1),
    WorkKind(
        "erase",
        DESK,
        "member",
        "Erasure.Ordered",
        "Erasure.Completed",
        "what it waits for: 2 s … 5 min; else own count",
        share=1,
    ),
    WorkKind(
        "bulk",
        DESK,
        "job",
        "BulkJob.Ordered, BulkJob.Released",
        "BulkJob.Finished, BulkJob.Stopped; one result a pre-order",
        OWN,
        share=2,
    ),
    WorkKind(
        "push",
        DESK,
        "device",
        "the first mail with a ticket was accepted",
        "the push service took it, or it is over",
        "4; 5 s, 20 s, 80 s",
        "never: the mail has left",
        share=1,
    ),
)
KINDS = {kind.name: kind for kind in ALL}
