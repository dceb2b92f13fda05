from pathlib import Path

from harrystix.application.dispatch import Dispatch
from harrystix.domain import capture_run_events as run
from harrystix.domain import payment_events as money
from harrystix.domain import pre_order_events as order
from harrystix.domain.base import Fact
from harrystix.projections.base import ReadModel, Tables
from harrystix.projections.changes import Counters, Table

OURS = ("system:capture", "provider:", "system:reconciliation")
OVER = {"succeeded", "failed", "canceled"}


class Fold(Tables):
    def __init__(self) -> None:
        self.runs = Table(
            "capture_runs",
            {
                "id": "uuid",
                "position": "bigint",
                "schedule": "text",
                "day": "date",
                "kind": "text",
                "actor": "text",
                "command_id": "text",
                "started_at": "timestamptz",
                "enumerated_at": "timestamptz",
                "no_card": "int",
                "needs_member": "int",
            },
            "id",
        )
        self.given_up = Counters("given_up", {"cause_id": "text"}, ["orders"])
        attempts = {
            "id": "text",
            "position": "bigint",
            "order_id": "uuid",
            "event_id": "uuid",
            "run_id": "text",
            "amount_minor": "bigint",
            "currency": "text",
            "state": "text",
            "payment_id": "text",
            "code": "text",
            "outcome": "text",
            "requested_at": "timestamptz",
            "settled_at": "timestamptz",
        }
        self.attempts = Table("capture_attempts", attempts, "id")
        # A payment that succeeds names itself, not its attempt; the link was written before it was confirmed.
        self.by_payment = Table("capture_attempts", attempts, "payment_id")
        self.payments = Table(
            "payments",
            {
                "id": "text",
                "order_id": "uuid",
                "event_id": "uuid",
                "amount_minor": "bigint",
                "currency": "text",
                "state": "text",
                "imported": "boolean",
                "recorded_at": "timestamptz",
            },
            "id",
        )
        self.refunds = Table(
            "refunds",
            {
                "id": "uuid",
                "position": "bigint",
                "order_id": "uuid",
                "event_id": "uuid",
                "payment_id": "text",
                "amount_minor": "bigint",
                "currency": "text",
                "origin": "text",
                "reason": "text",
                "actor": "text",
                "state": "text",
                "provider_refund_id": "text",
                "code": "text",
                "requested_at": "timestamptz",
                "settled_at": "timestamptz",
            },
            "id",
        )
        self.cases = Table(
            "cases",
            {
                "id": "text",
                "position": "bigint",
                "order_id": "uuid",
                "event_id": "uuid",
                "kind": "text",
                "reason": "text",
                "state": "text",
                "opened_at": "timestamptz",
                "closed_at": "timestamptz",
            },
            "id",
        )


project: Dispatch[Fold, None] = Dispatch()
TABLES = ("capture_runs", "given_up", "capture_attempts", "payments", "refunds", "cases")
MODEL = ReadModel("money", Path(__file__).parent, project, Fold, dict.fromkeys(TABLES, ()))


def _own(fact: Fact) -> str:
    return str(fact.originator_id)


@project.on(run.Started)
def _run(fold: Fold, position: int, fact: run.Started) -> None:
    fold.runs.insert(
        _own(fact),
        position=position,
        schedule=fact.schedule,
        day=fact.day,
        kind=fact.kind,
        actor=fact.actor,
        command_id=fact.command_id,
        started_at=fact.timestamp,
        enumerated_at=None,
        no_card=0,
        needs_member=0,
    )


@project.on(run.Enumerated)
def _enumerated(fold: Fold, _: int, fact: run.Enumerated) -> None:
    fold.runs.update(
        _own(fact),
        enumerated_at=fact.timestamp,
        no_card=fact.no_card,
        needs_member=fact.needs_member,
    )


@project.on(money.CaptureRequested)
def _requested(fold: Fold, position: int, fact: money.CaptureRequested) -> None:
    fold.attempts.insert(
        f"{fact.originator_id}/{fact.attempt}",
        position=position,
        order_id=_own(fact),
        event_id=fact.event_id,
        run_id=fact.run_id,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
        state="requested",
        payment_id=None,
        code="",
        outcome="",
        requested_at=fact.timestamp,
        settled_at=None,
    )


@project.on(money.PaymentIntentLinked)
def _linked(fold: Fold, _: int, fact: money.PaymentIntentLinked) -> None:
    fold.attempts.update(f"{fact.originator_id}/{fact.attempt}", state="linked", payment_id=fact.payment_id)


@project.on(money.CaptureDeclined)
def _declined(fold: Fold, _: int, fact: money.CaptureDeclined) -> None:
    fold.attempts.update(
        f"{fact.originator_id}/{fact.attempt}",
        state="declined",
        code=fact.decline_code or fact.code,
        outcome=fact.then,
        settled_at=fact.timestamp,
    )


@project.on(money.CaptureGivenUp)
def _gave_up(fold: Fold, _: int, fact: money.CaptureGivenUp) -> None:
    if fact.cause_id:
        fold.given_up.add(fact.cause_id, orders=1)


@project.on(order.PaymentConfirmed)
def _paid(fold: Fold, _: int, fact: order.PaymentConfirmed) -> None:
    imported = not fact.actor.startswith(OURS)
    fold.payments.insert(
        fact.payment_id,
        order_id=_own(fact),
        event_id=fact.event_id,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
        state="confirmed",
        imported=imported,
        recorded_at=fact.timestamp,
    )
    if not imported:
        fold.by_payment.update(fact.payment_id, state="succeeded", settled_at=fact.timestamp)


@project.on(money.StrayPaymentFound)
def _stray(fold: Fold, _: int, fact: money.StrayPaymentFound) -> None:
    fold.payments.insert(
        fact.payment_id,
        order_id=_own(fact),
        event_id=fact.event_id,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
        state="stray",
        imported=False,
        recorded_at=fact.timestamp,
    )


@project.on(money.RefundRequested)
def _refund(fold: Fold, position: int, fact: money.RefundRequested) -> None:
    fold.refunds.insert(
        fact.refund_id,
        position=position,
        order_id=_own(fact),
        event_id=fact.event_id,
        payment_id=fact.payment_id,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
        origin=fact.origin,
        reason=fact.reason,
        actor=fact.actor,
        state="requested",
        provider_refund_id="",
        code="",
        requested_at=fact.timestamp,
        settled_at=None,
    )


@project.on(money.RefundMoved)
def _moved(fold: Fold, _: int, fact: money.RefundMoved) -> None:
    fold.refunds.update(
        fact.refund_id,
        state=fact.state,
        provider_refund_id=fact.provider_refund_id,
        code=fact.code,
        settled_at=fact.timestamp if fact.state in OVER else None,
    )


@project.on(money.Frozen)
def _frozen(fold: Fold, position: int, fact: money.Frozen) -> None:
    if fact.kind == "hold":
        # No case of a provider: nothing is lost or won by it.
        return
    fold.cases.insert(
        fact.case_id,
        position=position,
        order_id=_own(fact),
        event_id=fact.event_id,
        kind=fact.kind,
        reason=fact.reason,
        state="open",
        opened_at=fact.timestamp,
        closed_at=None,
    )


@project.on(money.CaseClosed)
def _closed(fold: Fold, _: int, fact: money.CaseClosed) -> None:
    fold.cases.update(fact.case_id, state=fact.outcome, closed_at=fact.timestamp)
