"""Histories that are legal, if odd: `verify` says nothing of them."""

from harrystix.application.processes.inbox import process
from harrystix.domain.pre_order_events import Status
from tests.application.processes.test_refunding import ask, at_stripe
from tests.money import get, news, paid, refunded, told
from tests.world import World


def test_a_refund_in_stripe_s_dashboard_that_overtakes_ours_is_no_broken_rule(here: World) -> None:
    (order_id,) = paid(here)
    payment = get(here, order_id).payment_id
    ask(here, order_id)
    here.at_stripe("POST", "refunds", payment_intent=payment)
    refunded(here)
    for event in news(here):
        told(here, event)
    process(here.context)
    order = get(here, order_id)
    assert sorted(str(refund[2]) for refund in order.refunds.values()) == ["failed", "succeeded"]
    assert (order.status, order.refunded_minor(payment)) == (Status.REFUNDED, 1200)
    assert at_stripe(here) == [(1200, "succeeded")]
    here.settle()
    assert here.broken() == []


def test_the_news_of_that_refund_may_come_before_ours_was_refused(here: World) -> None:
    (order_id,) = paid(here)
    ask(here, order_id)
    here.at_stripe("POST", "refunds", payment_intent=get(here, order_id).payment_id)
    for event in news(here):
        told(here, event)
    process(here.context)
    refunded(here)
    order = get(here, order_id)
    assert (order.status, order.refunded_minor(order.payment_id)) == (Status.REFUNDED, 1200)
    assert at_stripe(here) == [(1200, "succeeded")]
    here.settle()
    assert here.broken() == []


def test_a_full_refund_that_the_bank_failed_and_that_is_asked_for_again_is_no_broken_rule(
    here: World,
) -> None:
    (order_id,) = paid(here, alias="refundFail")
    ask(here, order_id)
    refunded(here)
    ask(here, order_id, "c2")
    refunded(here)
    for event in news(here):
        told(here, event)
    process(here.context)
    order = get(here, order_id)
    assert [str(refund[2]) for refund in order.refunds.values()] == ["failed", "failed"]
    assert order.status is Status.REFUNDED
    here.settle()
    assert here.broken() == []
