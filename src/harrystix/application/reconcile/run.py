"""One reconciliation: fetch, compare, write down. Every quarter of an hour what is new, every night everything."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from harrystix.application.context import Context
from harrystix.application.payment_ports import Later, Payment, Refund, Refused
from harrystix.application.processes.payment_news import SUBSCRIBED
from harrystix.application.reconcile import compare
from harrystix.application.reconcile.books import Books, Finding, OwnPayment, OwnRefund

log = structlog.get_logger()
OVERLAP = timedelta(hours=2)
NIGHTLY = timedelta(days=35)
EVENTS_KEPT = timedelta(days=30)
NIGHT = 3
MOST_LAG = 60.0
BEGINNING = datetime(2011, 9, 1, tzinfo=UTC)
Progress = Callable[[str, int], None]


@dataclass
class Report:
    """What was compared, and what differs; `new`: ids of findings that nobody had seen before."""

    since: datetime
    counts: dict[str, int] = field(default_factory=dict[str, int])
    found: list[Finding] = field(default_factory=list[Finding])
    new: list[str] = field(default_factory=list[str])


def reconcile_due(context: Context, books: Books, every: timedelta) -> Report | None:
    """What the clock asks for now, if anything. Raises Later where the provider does not answer."""
    now = context.clock.now()
    local = now.astimezone(ZoneInfo(context.schedule.time_zone))
    nightly = books.last_started(full=True)
    if local.hour >= NIGHT and (nightly is None or nightly.astimezone(local.tzinfo).date() < local.date()):
        return reconcile(context, books, now - NIGHTLY, full=True)
    last = books.last_started(full=False)
    if last is None or now - last >= every:
        return reconcile(context, books, (last or now) - OVERLAP)
    return None


def reconcile(
    context: Context,
    books: Books,
    since: datetime,
    *,
    full: bool = False,
    progress: Progress = lambda _what, _done: None,
) -> Report | None:
    """None while another one is under way. Raises Later where our books are behind, or the provider away."""
    if books.lag_seconds() > MOST_LAG:
        raise Later(MOST_LAG)
    run = books.begin(since, full=full)
    if run is None:
        return None
    report = Report(since)
    try:
        _payments_and_refunds(context, books, report, progress)
        _events(context, books, report, progress)
    finally:
        report.new = books.finish(run, report.counts, report.found, since)
    for kind, count in Counter(finding.kind for finding in report.found).items():
        log.error("payments.finding", kind=kind, count=count, new=len(report.new))
    return report


def _payments_and_refunds(context: Context, books: Books, report: Report, progress: Progress) -> None:
    now, since = context.clock.now(), report.since
    theirs: dict[str, Payment] = {}
    for payment in context.payments.payments_since(since):
        theirs[payment.payment_id] = payment
        if len(theirs) % 500 == 0:
            progress("payments", len(theirs))
    own = books.payments(since)
    # Made before, paid since, or paid while their list was read: what is not there as paid is asked for by name.
    for payment_id in [one for one in own if one not in theirs or not theirs[one].succeeded]:
        if payment := _named(context, payment_id):
            theirs[payment_id] = payment
    own |= books.payments_of([p for p in theirs if p not in own])
    for payment in [p for p in theirs.values() if p.succeeded and p.order_id and p.payment_id not in own]:
        # It may have been made long ago and agreed to a second ago, so that its news is on its way.
        theirs[payment.payment_id] = context.payments.with_moment(payment)
    report.found += compare.payments(own, theirs.values(), now)
    context.provider_payments.add(list(theirs.values()), _known_until(context, since))
    refunds = list(context.payments.refunds_since(since))
    progress("refunds", len(refunds))
    own |= books.payments_of([refund.payment_id for refund in refunds if refund.payment_id not in own])
    known = books.refunds(since, sorted({refund.payment_id for refund in refunds}))
    refunds += _older(context, refunds, known, own)
    report.found += compare.refunds(known, refunds, own, now)
    given_back: Counter[str] = Counter()
    for refund in refunds:
        given_back[refund.payment_id] += 0 if refund.state in compare.LOST else refund.amount_minor
    # One that nobody wants is said by itself.
    wanted = [p for p in theirs.values() if p.payment_id not in own or own[p.payment_id].state != "stray"]
    report.found += compare.charged_twice(wanted, given_back)
    report.found += [
        Finding(
            "stray_payment",
            stray.payment_id,
            stray.recorded_at,
            {"order_id": stray.order_id, "amount_minor": stray.amount_minor, "currency": stray.currency},
        )
        for stray in books.strays()
    ]
    report.found += [
        Finding(
            "refund_failed",
            refund.refund_id,
            refund.requested_at,
            {"order_id": refund.order_id, "amount_minor": refund.amount_minor},
        )
        for refund in books.failed_refunds(since)
    ]
    report.counts |= {"payments": len(theirs), "refunds": len(refunds)}


def _known_until(context: Context, since: datetime) -> datetime | None:
    """Up to when everything that the provider has is known, with what was read since then."""
    until = context.provider_payments.read_until()
    # Where this look begins after the last one had ended, there is a gap that nobody has read.
    return context.clock.now() if until is not None and since <= until else until


def _older(
    context: Context, listed: Sequence[Refund], known: Sequence[OwnRefund], own: dict[str, OwnPayment]
) -> list[Refund]:
    """Refunds that our books name and their list of new ones does not have."""
    have = {refund.refund_id for refund in listed} | {refund.provider_refund_id for refund in listed}
    missing = [
        refund.payment_id
        for refund in known
        if refund.payment_id in own and refund.refund_id not in have and refund.provider_refund_id not in have
    ]
    found: list[Refund] = []
    for payment in dict.fromkeys(missing):
        try:
            found += context.payments.refunds_of(payment)
        except Refused:
            # A payment that they do not know is a finding of its own; the others are compared.
            continue
    there = {refund.provider_refund_id for refund in listed}
    return [refund for refund in found if refund.provider_refund_id not in there]


def _events(context: Context, books: Books, report: Report, progress: Progress) -> None:
    now = context.clock.now()
    waiting: dict[str, tuple[str, datetime]] = {}
    seen = 0
    for event in context.payments.events_since(max(report.since, now - EVENTS_KEPT), SUBSCRIBED):
        seen += 1
        made = datetime.fromtimestamp(int(event["created"]), UTC)
        if now - made > compare.GRACE:
            waiting[str(event["id"])] = (str(event["type"]), made)
        if seen % 500 == 0:
            progress("events", seen)
    for missed in books.unseen(waiting):
        kind, made = waiting[missed]
        report.found.append(Finding("webhook_missed", missed, made, {"kind": kind}))
    report.counts["events"] = seen


def _named(context: Context, payment_id: str) -> Payment | None:
    try:
        return context.payments.payment(payment_id)
    except Refused:
        return None
