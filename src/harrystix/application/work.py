"""The kinds of work: what asks for each, what settles it, when it is tried again, when it parks, who is told.

The one list of them: queues, shares of threads and the page docs/reference/processes.md come from here.
"""

from dataclasses import dataclass

PARKS = "after 8 tries in about two hours; an error in the log, the list of failed work, a metric"
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
        "TicketsAdded, OrdersQueued, AssignmentsRevoked, OrderReturned, RulesAdopted; PaymentConfirmed as `order`; "
        "FallbackRuleChanged and VariantAdded as `rules`",
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
        share=2,
    ),
    WorkKind(
        "reports",
        "reports",
        "message of Postmark",
        "a webhook",
        "what it is about is in the log",
        "20; 2 s, 4 s … an hour",
        "after the last try; one of a mail that is none of ours is ignored then",
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
    WorkKind(
        "end_payment", DESK, "pre-order", "CaptureGivenUp, PaymentsAbandoned", "PaymentsEnded", OWN, share=1
    ),
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
# What the scheduler does by the clock, each by itself: name -> what, and whether items of it have a count of their own.
EACH, ROUND = (
    "own count for each item",
    "comes again by the clock; parked as `schedule` after 8 failures in a row",
)
BY_THE_CLOCK = {
    "sweep": ("whatever is overdue is asked for again: a queue may have lost it", ROUND),
    "complete": ("uploads of which every ticket was tried are closed", EACH),
    "capture_run": ("the weekly run is started, by whoever comes first", ROUND),
    "read_again": ("pre-orders that could not be read come back to their place once they can", EACH),
    "forget_settled": ("failures of work that is not due any more are forgotten", ROUND),
    "discard_expired": ("rows of files wait 24 hours at most", EACH),
    "warn_expiring": ("members are told of cards that end before the next run", EACH),
    "give_up_begun": ("nobody pays for a night that has begun", EACH),
    "forget": (
        "unpaid pre-orders, idle members, invitations, jobs without a yes; what can't be yet: tomorrow",
        EACH,
    ),
    "refund_rule": ("who paid and got no ticket is refunded after the event", EACH),
    "reconcile_mails": ("mails beside the provider's, each quarter of an hour", ROUND),
    "reconcile": (
        "payments and refunds beside the provider's, each quarter of an hour and each night",
        ROUND,
    ),
}
KINDS = {kind.name: kind for kind in ALL}
