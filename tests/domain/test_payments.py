"""The money of a pre-order, as given facts, a command, and the facts that follow."""

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from harrystix.domain.declines import CARD_REMOVED, Then
from harrystix.domain.errors import IllegalTransition, NotFound
from harrystix.domain.notice_events import Notice
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from tests.domain.given import Given, by, names
from tests.domain.test_pre_order import PAYMENT, but, paid, placed

CARD: dict[str, Any] = {
    "setup_id": "seti_1",
    "customer_id": "cus_1",
    "payment_method_id": "pm_1",
    "expires": 203012,
}
SOFT: dict[str, Any] = {"code": "card_declined", "decline_code": "insufficient_funds"}


def with_card() -> PreOrder:
    order = placed()
    order.save_card(by(), **CARD)
    return order


def capturing(
    order: PreOrder | None = None, run: str = "run1", payment: str = "pi_1", week: int = 0
) -> PreOrder:
    order = order or with_card()
    order.request_capture(by(weeks=week), run)
    order.link_payment(by(), order.attempt, payment)
    return order


def test_without_a_card_nothing_is_captured() -> None:
    assert Given(placed()).when(lambda o: o.request_capture(by(), "run1")) == []


def test_a_run_tries_a_pre_order_once_however_often_it_is_resumed() -> None:
    order = with_card()
    assert names(Given(order).when(lambda o: o.request_capture(by(), "run1"))) == ["CaptureRequested"]
    assert Given(order).when(lambda o: o.request_capture(by(), "run1")) == []
    assert order.status is Status.PROCESSING


def test_no_second_attempt_begins_while_one_is_open() -> None:
    assert Given(capturing()).when(lambda o: o.request_capture(by(), "run2")) == []


def test_an_attempt_has_one_payment_and_never_a_second() -> None:
    order = capturing()
    assert Given(order).when(lambda o: o.link_payment(by(), 1, "pi_1")) == []
    with pytest.raises(IllegalTransition):
        order.link_payment(by(), 1, "pi_2")


def test_a_soft_decline_stays_processing_and_the_next_run_tries_again() -> None:
    order = capturing()
    order.decline(by(), "pi_1", **SOFT)
    assert order.status is Status.PROCESSING
    assert Given(order).when(lambda o: o.request_capture(by(), "run2")) == [], "not on the same evening"
    found = Given(order).when(lambda o: o.request_capture(by(weeks=1), "run2"))
    assert names(found) == ["CaptureRequested"]
    assert order.attempt == 2


def test_a_soft_decline_fails_after_three_retries() -> None:
    order = with_card()
    for run in range(4):
        capturing(order, f"run{run}", f"pi_{run}", run)
        order.decline(by(), f"pi_{run}", **SOFT)
    assert order.status is Status.FAILED


def test_a_hard_decline_fails_at_once() -> None:
    order = capturing()
    order.decline(by(), "pi_1", code="card_declined", decline_code="stolen_card")
    assert order.status is Status.FAILED


def test_who_needs_a_new_card_is_left_alone_until_there_is_one() -> None:
    order = capturing()
    order.decline(by(), "pi_1", code="expired_card")
    assert order.needs == Then.NEW_CARD
    assert Given(order).when(lambda o: o.request_capture(by(), "run2")) == []
    order.save_card(by(), **but(CARD, setup_id="seti_2", payment_method_id="pm_2"))
    assert names(Given(order).when(lambda o: o.request_capture(by(), "run2"))) == ["CaptureRequested"]


def test_the_card_cannot_change_while_it_is_charged() -> None:
    with pytest.raises(IllegalTransition):
        capturing().save_card(by(), **but(CARD, setup_id="seti_2"))


def test_a_decline_of_another_or_a_settled_payment_means_nothing() -> None:
    assert Given(capturing()).when(lambda o: o.decline(by(), "pi_other", **SOFT)) == []
    done = capturing()
    done.confirm_payment(by(), **PAYMENT)
    assert Given(done).when(lambda o: o.decline(by(), "pi_1", **SOFT)) == []


def test_money_beats_a_word_of_failure_that_came_first() -> None:
    order = capturing()
    order.decline(by(), "pi_1", code="card_declined", decline_code="stolen_card")
    order.confirm_payment(by(), **PAYMENT)
    assert order.status is Status.CONFIRMED


def test_cancelling_is_for_before_the_capture() -> None:
    order = with_card()
    assert names(Given(order).when(lambda o: o.cancel(by()))) == ["Cancelled"]
    assert Given(order).when(lambda o: o.cancel(by())) == []
    with pytest.raises(IllegalTransition):
        capturing().cancel(by())


def test_money_after_a_cancellation_is_a_stray_and_can_be_given_back() -> None:
    order = with_card()
    order.cancel(by())
    assert names(Given(order).when(lambda o: o.confirm_payment(by(), **PAYMENT))) == ["StrayPaymentFound"]
    order.request_refund(by("c9"), amount_minor=1200, origin="stray", reason="not wanted", payment_id="pi_1")
    assert order.status is Status.CANCELLED


def test_a_cancelled_pre_order_can_be_placed_again_at_todays_price() -> None:
    order = with_card()
    order.cancel(by())
    order.place_again(by(), variant_id="late", price_minor=1500, currency="GBP")
    assert (order.status, order.price_minor, order.payment_method_id) == (Status.PLACED, 1500, "")
    with pytest.raises(IllegalTransition):
        order.place_again(by(), variant_id="", price_minor=1, currency="GBP")


NEWS: dict[str, Callable[[PreOrder], None]] = {
    "succeeded": lambda o: o.confirm_payment(by(), **PAYMENT),
    "failed": lambda o: o.decline(by(), "pi_1", **SOFT),
    "refunded": lambda o: o.take_over_refund(
        by(), payment_id="pi_1", provider_refund_id="re_1", amount_minor=1200, state="succeeded"
    ),
    "dispute": lambda o: o.freeze(by(), case_id="dp_1", kind="dispute", reason="fraudulent"),
}


@given(st.permutations([*NEWS, *NEWS, *NEWS]))
def test_the_provider_s_news_lead_to_the_same_end_in_any_order(news: list[str]) -> None:
    order, waiting = capturing(), list(news)
    while waiting:
        left = list[str]()
        for word in waiting:
            try:
                NEWS[word](order)
            except NotFound:
                left.append(word)
        assert left != waiting
        waiting = left
    assert (order.status, order.frozen, order.refunded_minor("pi_1")) == (Status.REFUNDED, True, 1200)


def test_a_decline_asks_for_the_mail_that_fits_it() -> None:
    asked: dict[str, str] = {}
    for code in ("insufficient_funds", "authentication_required", "expired_card", "stolen_card"):
        order = capturing()
        order.decline(by(), "pi_1", code="card_declined", decline_code=code)
        asked[code] = "".join(order.notices.values())
    assert asked == {
        "insufficient_funds": "payment-retry",
        "authentication_required": "authentication-needed",
        "expired_card": "card-needed",
        "stolen_card": "payment-failed",
    }


def test_a_notice_is_sent_once_and_then_forgotten() -> None:
    order = capturing()
    order.decline(by(), "pi_1", **SOFT)
    (intent,) = order.notices
    assert order.may_send(intent)
    assert names(Given(order).when(lambda o: o.record_mail_accepted(by(), intent))) == ["NoticeSent"]
    assert Given(order).when(lambda o: o.record_mail_accepted(by(), intent)) == []
    assert not order.may_send(intent)


def test_a_notice_of_missing_money_is_not_sent_once_the_money_is_there() -> None:
    order = capturing()
    order.decline(by(), "pi_1", **SOFT)
    (intent,) = order.notices
    order.confirm_payment(by(), **but(PAYMENT, payment_id="pi_1"))
    assert not order.may_send(intent)


def test_a_card_that_ends_before_the_next_capture_is_said_once_a_card() -> None:
    order = with_card()
    assert Given(order).when(lambda o: o.warn_of_expiry(by(), 203012)) == []
    assert names(Given(order).when(lambda o: o.warn_of_expiry(by(), 203101))) == ["CardExpiring"]
    assert Given(order).when(lambda o: o.warn_of_expiry(by(), 203101)) == []


def test_a_lost_dispute_is_money_gone() -> None:
    order = paid()
    order.take_over_refund(
        by(),
        payment_id=order.payment_id,
        provider_refund_id="dp_1",
        amount_minor=order.price_minor,
        state="succeeded",
        origin="dispute",
    )
    assert order.status is Status.REFUNDED


def test_a_card_that_is_gone_leaves_the_pre_order_where_it_was() -> None:
    order = with_card()
    assert names(Given(order).when(lambda o: o.remove_card(by(), "pm_1"))) == ["CardRemoved"]
    assert (order.status, order.needs, order.payment_method_id) == (Status.PLACED, "", "")
    assert Given(order).when(lambda o: o.remove_card(by(), "pm_1")) == []
    assert Given(order).when(lambda o: o.request_capture(by(), "run1")) == []
    order.save_card(by(), **but(CARD, setup_id="seti_2", payment_method_id="pm_2"))
    assert names(Given(order).when(lambda o: o.request_capture(by(), "run1"))) == ["CaptureRequested"]


def test_who_was_declined_before_is_tried_at_once_with_the_next_card() -> None:
    order = capturing()
    order.decline(by(), "pi_1", **SOFT)
    order.remove_card(by(), "pm_1")
    assert order.needs == Then.NEW_CARD


def test_another_card_that_is_gone_is_no_news() -> None:
    assert Given(with_card()).when(lambda o: o.remove_card(by(), "pm_9")) == []
    assert Given(with_card()).when(lambda o: o.update_card(by(), "pm_9", 203101)) == []
    assert Given(with_card()).when(lambda o: o.update_card(by(), "pm_1", CARD["expires"])) == []


def test_an_attempt_that_finds_no_card_costs_no_retry_and_asks_for_another() -> None:
    order = capturing()
    order.decline(by(), "pi_1", code=CARD_REMOVED)
    assert (order.status, order.needs, order.retries) == (Status.PROCESSING, Then.NEW_CARD, 0)
    assert (order.payment_method_id, order.card_expires) == ("", 0)
    assert list(order.notices.values()) == [Notice.CARD_REMOVED]
    (intent,) = order.notices
    order.save_card(by(), **but(CARD, setup_id="seti_2", payment_method_id="pm_2"))
    assert not order.may_notify(intent), "with a card there is nothing to ask for"
