"""Giving money back: in parts, once a command, at the provider, and what a dispute freezes."""

from itertools import permutations
from typing import Any

import pytest

from harrystix.domain.errors import IllegalTransition, InvalidValue, NotFound, OverRefund
from harrystix.domain.pre_order_events import Delivery, Status
from tests.domain.given import NOON, Given, by, names
from tests.domain.test_pre_order import PAYMENT, assigned, but, mailed, paid, placed


def test_refunding_in_parts_ends_where_everything_is_given_back() -> None:
    order = paid()
    order.request_refund(by("c1"), amount_minor=500, origin="support", reason="late")
    assert order.status is Status.CONFIRMED
    with pytest.raises(OverRefund):
        order.request_refund(by("c2"), amount_minor=701, origin="support", reason="late")
    order.request_refund(by("c3"), amount_minor=700, origin="support", reason="late")
    assert order.status is Status.REFUNDED


def test_the_same_command_refunds_once() -> None:
    order = paid()
    first = order.request_refund(by("c1"), amount_minor=500, origin="support", reason="late")
    again = order.request_refund(by("c1"), amount_minor=500, origin="support", reason="late")
    assert first == again
    assert order.refunded_minor("pi_1") == 500


@pytest.mark.parametrize(("amount", "reason"), [(0, "late"), (-5, "late"), (5, " "), (5, "x" * 201)])
def test_a_refund_needs_an_amount_and_a_reason(amount: int, reason: str) -> None:
    with pytest.raises(InvalidValue):
        paid().request_refund(by(), amount_minor=amount, origin="support", reason=reason)


def test_nothing_paid_nothing_refunded() -> None:
    with pytest.raises(NotFound):
        placed().request_refund(by(), amount_minor=1, origin="support", reason="late")


def test_a_full_refund_takes_the_ticket_back_first() -> None:
    facts = Given(mailed()).when(
        lambda o: o.request_refund(by(), amount_minor=1200, origin="support", reason="ill")
    )
    assert names(facts) == ["AssignmentRevoked", "RefundRequested"]


def test_a_refund_that_failed_at_the_bank_can_be_asked_for_again() -> None:
    order = paid()
    refund = order.request_refund(by("c1"), amount_minor=1200, origin="support", reason="ill")
    order.move_refund(by(), refund, provider_refund_id="re_1", state="pending")
    order.move_refund(
        by(), refund, provider_refund_id="re_1", state="failed", code="expired_or_canceled_card"
    )
    assert order.refunded_minor("pi_1") == 0
    order.request_refund(by("c2"), amount_minor=1200, origin="support", reason="ill, again")
    assert order.refunded_minor("pi_1") == 1200


def test_a_refund_moves_by_rank_whatever_the_order_of_the_news() -> None:
    for order_of_news in permutations(["pending", "succeeded", "pending", "failed"]):
        order = paid()
        refund = order.request_refund(by("c1"), amount_minor=1200, origin="support", reason="ill")
        for state in order_of_news:
            order.move_refund(by(), refund, provider_refund_id="re_1", state=state)
        assert order.refunds[refund][2] == "failed"


def test_a_refund_made_at_the_provider_is_taken_over_once() -> None:
    order = assigned()
    words: dict[str, Any] = {
        "payment_id": "pi_1",
        "provider_refund_id": "re_9",
        "amount_minor": 1200,
        "state": "succeeded",
    }
    order.take_over_refund(by(), **words)
    assert Given(order).when(lambda o: o.take_over_refund(by(), **words)) == []
    assert order.status is Status.REFUNDED


def test_a_refund_of_a_second_payment_leaves_the_good_one_alone() -> None:
    order = assigned()
    order.confirm_payment(by(), **but(PAYMENT, payment_id="pi_2"))
    order.request_refund(by(), amount_minor=1200, origin="stray", reason="paid twice", payment_id="pi_2")
    assert order.status is Status.ASSIGNED


def test_a_frozen_pre_order_gets_no_ticket_no_mail_and_shows_nothing() -> None:
    order = assigned()
    order.freeze(by(), case_id="dp_1", kind="dispute", reason="fraudulent")
    assert not order.may_send(order.current_intent)
    with pytest.raises(IllegalTransition):
        order.disclose_credential(by(), role="member", purpose="own ticket")
    waiting = paid()
    waiting.freeze(by(), case_id="dp_1", kind="dispute", reason="fraudulent")
    with pytest.raises(IllegalTransition):
        waiting.assign_ticket(
            by(),
            ticket_id="t",
            assignment_id="a",
            variant_id="",
            upload_id="u",
            rule="exact",
            eligible_at=NOON,
        )


def test_the_last_closed_case_thaws_and_the_held_mail_is_due_again() -> None:
    order = assigned()
    order.freeze(by(), case_id="issfr_1", kind="warning", reason="made_with_stolen_card")
    order.freeze(by(), case_id="dp_1", kind="dispute", reason="fraudulent")
    order.close_case(by(), case_id="issfr_1", outcome="dismissed")
    assert order.frozen
    order.close_case(by(), case_id="dp_1", outcome="won")
    assert not order.frozen
    assert names(Given(order).when(lambda o: o.renew_mail(by()))) == ["ResendRequested"]
    assert order.may_send(order.current_intent)
    assert order.delivery is Delivery.PLANNED


def test_who_paid_and_waits_gives_the_place_back_once_with_what_is_left_of_the_money() -> None:
    order = paid()
    order.request_refund(by("c1"), amount_minor=500, origin="support", reason="late")
    given = Given(order)
    (fact,) = given.when(lambda o: o.give_back(by("c2", "member:1")))
    assert (vars(fact)["amount_minor"], vars(fact)["origin"], vars(fact)["full"]) == (700, "member", True)
    assert given.when(lambda o: o.give_back(by("c3", "member:1"))) == []


@pytest.mark.parametrize("state", ["placed", "assigned", "mailed", "frozen"])
def test_who_does_not_wait_has_no_place_to_give_back(state: str) -> None:
    order = {"placed": placed, "assigned": assigned, "mailed": mailed, "frozen": paid}[state]()
    if state == "frozen":
        order.freeze(by(), case_id="dp_1", kind="dispute", reason="fraudulent")
    with pytest.raises(IllegalTransition):
        order.give_back(by("c2", "member:1"))
    assert not order.refunds
