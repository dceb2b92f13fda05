"""What a comparison must find, what it must not invent, and when it is over."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harrystix.adapters.postgres.books import Books
from harrystix.application.payment_ports import Later, Payment, Refund, Refused
from harrystix.application.reconcile import repair
from harrystix.application.reconcile.run import BEGINNING, OVERLAP, reconcile, reconcile_due
from harrystix.domain.pre_order_events import Status
from tests.application.processes.test_bulk_refunds import later
from tests.application.processes.test_refunding import ask, at_stripe
from tests.application.reconcile.test_reconcile import (
    HOUR_LATER,
    all_news,
    books,
    compared,
    kinds,
    mend,
    money_without_order,
    open_findings,
)
from tests.money import announced, captured, get, ordered, paid, refunded
from tests.world import World

QUARTER = timedelta(minutes=15)


def made_hours_ago(here: World, refund_id: str, hours: int) -> None:
    """The refund is older, here and at Stripe."""
    here.system.database.execute(
        "UPDATE reporting.refunds SET requested_at = requested_at - make_interval(hours => %s) WHERE id::text = %s",
        (hours, refund_id),
    )
    with here.stripe.store.guard:
        for made in here.stripe.store.page("refund", {"limit": "100"})[0]:
            if made["metadata"].get("refund_id") == refund_id:
                here.stripe.store.put({**made, "created": made["created"] - hours * 3600})


def test_two_parts_given_back_hours_apart_are_both_there(here: World) -> None:
    (order_id,) = paid(here)
    first = ask(here, order_id, "c1", 500)
    refunded(here)
    ask(here, order_id, "c2", 300)
    refunded(here)
    all_news(here)
    made_hours_ago(here, first, 5)
    later(here, HOUR_LATER)
    report = reconcile(here.context, books(here), datetime.now(UTC) - OVERLAP)
    assert report is not None
    assert (kinds(report), open_findings(here)) == ([], [])


def failed(here: World, amount: int = 0) -> str:
    """A refund that the bank has sent back; its pre-order."""
    (order_id,) = paid(here, alias="refundFail")
    ask(here, order_id, amount=amount)
    refunded(here)
    all_news(here)
    assert kinds(compared(here)) == ["refund_failed"]
    return order_id


def test_a_failed_refund_that_a_person_has_looked_at_is_not_found_again(here: World) -> None:
    failed(here)
    ((_, finding),) = open_findings(here)
    repair.dismiss(books(here), here.context.by("staff:kim"), finding)
    for _ in range(2):
        report = compared(here)
        assert (report.new, kinds(report), open_findings(here)) == ([], [], [])


def test_a_failed_refund_is_over_once_a_second_one_has_gone_through(here: World) -> None:
    order_id = failed(here, 500)
    with here.stripe.store.guard:
        charge = here.stripe.store.page("charge", {"limit": "1"})[0][0]
        here.stripe.store.keep_card(charge["payment_method"], "4242424242424242")
    ask(here, order_id, "c2", 500)
    refunded(here)
    all_news(here)
    assert sorted(at_stripe(here)) == [(500, "failed"), (500, "succeeded")]
    assert kinds(compared(here)) == []
    assert open_findings(here) == []


def test_a_member_who_was_charged_twice_is_found_by_the_comparison(here: World) -> None:
    (order_id,) = paid(here)
    all_news(here)
    here.charged(order_id)
    report = compared(here)
    twice = [finding for finding in report.found if finding.kind == "charged_twice"]
    assert [finding.subject for finding in twice] == [order_id]
    assert len(twice[0].details["payments"]) == 2
    here.at_stripe("POST", "refunds", payment_intent=twice[0].details["payments"][0])
    assert "charged_twice" not in kinds(compared(here)), "one of them has gone back"


def test_who_was_charged_twice_before_anybody_knew_of_either_is_found_as_well(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    for _ in range(2):
        here.charged(order_id)
    assert "charged_twice" in kinds(compared(here))


def test_a_capture_that_goes_on_while_the_list_is_read_alarms_nobody(here: World) -> None:
    event_id = announced(here)
    first, second = ordered(here, event_id, 2)
    captured(here, [first])
    all_news(here)
    later(here, HOUR_LATER)
    real = here.context.payments.payments_since

    def meanwhile(moment: datetime) -> Iterator[Payment]:
        here.context.payments.payments_since = real
        yield from list(real(moment))
        later(here, HOUR_LATER)
        captured(here, [second], "run-2")
        assert get(here, second).status is Status.CONFIRMED

    here.context.payments.payments_since = meanwhile
    # By a clock of a day later: no grace helps then, only asking Stripe for what its list did not have.
    later(here, 1)
    report = reconcile(here.context, books(here), BEGINNING, full=True)
    assert report is not None
    assert "payment_missing" not in kinds(report)


def test_a_payment_that_stripe_does_not_know_does_not_end_the_comparison(here: World) -> None:
    order_id = money_without_order(here)
    (other,) = ordered(here, announced(here, code="OTHER"), 1, start=1)
    order = get(here, other)
    by = here.context.by("provider:stripe")
    order.confirm_payment(
        by, payment_id="pi_invented", amount_minor=1200, currency="GBP", paid_at=here.context.clock.now()
    )
    order.request_refund(by, amount_minor=500, origin="support", reason="r")
    here.system.store.commit(order)
    real = here.context.payments.refunds_of

    def strict(payment_id: str) -> list[Refund]:
        if payment_id == "pi_invented":
            raise Refused("resource_missing")
        return real(payment_id)

    here.context.payments.refunds_of = strict
    report = compared(here)
    assert {"payment_missing", "payment_unknown", "refund_missing", "webhook_missed"} == set(kinds(report))
    assert here.system.database.all("SELECT DISTINCT complete FROM app.reconciliations") == [(True,)]
    mend(here, next(i for kind, i in open_findings(here) if kind == "payment_unknown"))
    assert get(here, order_id).status is Status.CONFIRMED


def quiet(here: World, own: Books) -> datetime:
    """Everything that the clock asks for has been compared; when the last one began."""
    while reconcile_due(here.context, own, QUARTER):
        pass
    begun = own.last_started(full=False)
    assert begun is not None
    return begun


def test_a_comparison_that_failed_is_made_again_at_once_and_leaves_no_gap(here: World) -> None:
    own = books(here)
    begun = quiet(here, own)
    money_without_order(here)
    later(here, 20 / 1440)
    here.stripe_fault(requests={"error_before": 50})
    with pytest.raises(Later):
        reconcile_due(here.context, own, QUARTER)
    here.stripe_fault(requests={"error_before": 0})
    later(here, 21 / 1440)
    report: Any = reconcile_due(here.context, own, QUARTER)
    assert report is not None, "what was not finished is not done"
    assert report.since <= begun - OVERLAP
    assert "payment_unknown" in kinds(report)
