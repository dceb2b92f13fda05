"""Refunds against a real sandbox: made once, followed to their end, never more than was paid."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from harrystix.application.handlers import money
from harrystix.application.points import listen
from harrystix.application.processes.inbox import process
from harrystix.domain.errors import OverRefund
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.values import By
from tests.money import announced, captured, get, news, ordered, paid, refunded, told
from tests.world import World


def ask(here: World, order_id: str, key: str = "c1", amount: int = 0) -> str:
    by = here.context.by("staff:support", key)
    return money.request_refund(here.context, by, order_id, reason="the member is ill", amount_minor=amount)


def at_stripe(here: World) -> list[tuple[int, str]]:
    return [(refund["amount"], refund["status"]) for refund in here.at_stripe("GET", "refunds")["data"]]


def test_a_refund_is_made_once_and_the_member_is_told(here: World) -> None:
    (order_id,) = paid(here)
    refund_id = ask(here, order_id)
    refunded(here)
    refunded(here)
    order = get(here, order_id)
    assert (order.status, order.refunds[refund_id][2]) == (Status.REFUNDED, "succeeded")
    assert at_stripe(here) == [(1200, "succeeded")]
    assert [mail["Tag"] for mail in here.mails()] == ["refunded"]
    assert here.broken() == []


def test_clicked_twenty_times_at_once_it_is_one_refund_at_stripe(here: World) -> None:
    (order_id,) = paid(here)
    with ThreadPoolExecutor(20) as pool:
        for future in [pool.submit(ask, here, order_id) for _ in range(20)]:
            future.result()
    refunded(here)
    assert at_stripe(here) == [(1200, "succeeded")]


def test_twenty_different_refunds_at_once_never_give_back_more_than_was_paid(here: World) -> None:
    (order_id,) = paid(here)

    def click(number: int) -> bool:
        try:
            ask(here, order_id, f"c{number}", 500)
        except OverRefund:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        accepted = sum(pool.map(click, range(20)))
    refunded(here)
    assert accepted == 2
    assert sorted(at_stripe(here)) == [(500, "succeeded"), (500, "succeeded")]
    assert here.broken() == []


def test_control_with_a_command_of_its_own_each_click_is_a_refund(here: World) -> None:
    """The guard switched off: nothing says that two clicks were one wish."""
    (order_id,) = paid(here)
    for number in range(2):
        ask(here, order_id, f"click {number}", 300)
    refunded(here)
    assert at_stripe(here) == [(300, "succeeded"), (300, "succeeded")]


def test_control_without_the_limit_more_is_asked_back_than_was_paid(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (order_id,) = paid(here)
    monkeypatch.setattr(PreOrder, "_guard_refund", lambda *_: None)  # pyright: ignore
    for number in range(3):
        ask(here, order_id, f"c{number}", 500)
    here.follow()
    assert [line for line in here.broken() if "I7" in line], "and verify says so"


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("forgetful", [False, True], ids=["keys kept", "25 h later, keys forgotten"])
def test_killed_after_the_refund_was_made_the_next_one_finds_it(here: World, forgetful: bool) -> None:
    (order_id,) = paid(here)
    ask(here, order_id)
    here.stripe_fault(forgetful=forgetful)

    def die(name: str) -> None:
        if name == "ref.after_api_before_record":
            raise Killed

    ended = listen(die)
    with pytest.raises(Killed):
        refunded(here)
    ended()
    refunded(here)
    assert at_stripe(here) == [(1200, "succeeded")]
    assert here.broken() == []


@pytest.mark.parametrize("fault", ["error_before", "error_after", "drop_before", "drop_after", "rate_limit"])
def test_a_storm_of_faults_ends_in_one_refund(here: World, fault: str) -> None:
    (order_id,) = paid(here)
    ask(here, order_id)
    here.stripe_fault(requests={fault: 3}, forgetful=True)
    for _ in range(6):
        refunded(here)
    assert at_stripe(here) == [(1200, "succeeded")]


def test_a_pending_refund_is_followed_until_it_has_an_end(here: World) -> None:
    (order_id,) = paid(here, alias="pendingRefund")
    refund_id = ask(here, order_id)
    refunded(here)
    assert get(here, order_id).refunds[refund_id][2] == "pending"
    (made,) = here.at_stripe("GET", "refunds")["data"]
    with here.stripe.store.guard:
        from harrystix.adapters.sandbox.stripe import aftermath

        aftermath.settle_refund(here.stripe.machine, made["id"], "succeeded")
    refunded(here)
    assert get(here, order_id).refunds[refund_id][2] == "succeeded"
    assert here.system.database.all("SELECT * FROM reporting.due_work WHERE kind = 'refund'") == []


def test_a_refund_that_fails_afterwards_can_be_asked_for_again(here: World) -> None:
    (order_id,) = paid(here, alias="refundFail")
    refund_id = ask(here, order_id, amount=500)
    refunded(here)
    assert get(here, order_id).refunds[refund_id][2] == "failed"
    ask(here, order_id, "c2", 1200)
    assert get(here, order_id).status is Status.REFUNDED


def test_a_refund_made_in_stripes_own_dashboard_is_taken_over(here: World) -> None:
    (order_id,) = paid(here)
    payment = get(here, order_id).payment_id
    here.at_stripe("POST", "refunds", payment_intent=payment)
    for event in news(here):
        told(here, event)
    process(here.context)
    order = get(here, order_id)
    assert order.status is Status.REFUNDED
    assert [refund[1:3] for refund in order.refunds.values()] == [[1200, "succeeded"]]
    here.settle()
    assert here.broken() == []


def test_a_refund_of_a_duplicate_charge_leaves_the_good_order_alone(here: World) -> None:
    (order_id,) = paid(here)
    stray = here.charged(order_id)
    for event in news(here):
        told(here, event)
    process(here.context)
    assert get(here, order_id).strays == {stray: 1200}
    here.at_stripe("POST", "refunds", payment_intent=stray)
    for event in news(here):
        told(here, event)
    process(here.context)
    order = get(here, order_id)
    assert order.status in {Status.CONFIRMED, Status.WAITING}
    assert (order.refunded_minor(order.payment_id), order.refunded_minor(stray)) == (0, 1200)
    here.settle()
    assert here.broken() == []


def test_control_where_every_refund_counts_as_one_of_the_order_a_duplicates_refund_cancels_it(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard switched off: nobody asks which of the payments was given back."""
    (order_id,) = paid(here)
    stray = here.charged(order_id)
    for event in news(here):
        told(here, event)
    process(here.context)
    careful = PreOrder.take_over_refund

    def careless(order: PreOrder, by: By, **words: Any) -> None:
        words["payment_id"] = order.payment_id
        careful(order, by, **words)

    monkeypatch.setattr(PreOrder, "take_over_refund", careless)
    here.at_stripe("POST", "refunds", payment_intent=stray)
    for event in news(here):
        told(here, event)
    process(here.context)
    assert get(here, order_id).status is Status.REFUNDED
    here.follow()
    assert [line for line in here.broken() if "I7" in line], "and verify says so"


def test_refund_and_capture_racing_end_with_one_of_them_and_the_books_agree(here: World) -> None:
    ids = ordered(here, announced(here), 4)

    def try_refund(order_id: str) -> None:
        try:
            ask(here, order_id)
        except Exception as error:
            assert type(error).__name__ == "NotFound"

    with ThreadPoolExecutor(5) as pool:
        taking = pool.submit(captured, here, ids)
        for future in [pool.submit(try_refund, order_id) for order_id in ids * 5]:
            future.result()
        taking.result()
    refunded(here)
    refunded(here)
    for order_id in ids:
        order = get(here, order_id)
        given = order.refunded_minor(order.payment_id)
        assert (order.status is Status.REFUNDED) == (given == 1200)
    assert here.broken() == []


def test_control_without_the_look_up_a_killed_worker_gives_back_twice(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard switched off: keys forgotten, and nobody asks what was made already."""
    (order_id,) = paid(here)
    ask(here, order_id, amount=500)
    here.stripe_fault(forgetful=True)

    def die(name: str) -> None:
        if name == "ref.after_api_before_record":
            raise Killed

    ended = listen(die)
    with pytest.raises(Killed):
        refunded(here)
    ended()

    def forgetful(_: str) -> list[str]:
        return []

    monkeypatch.setattr(here.context.payments, "refunds_of", forgetful)
    refunded(here)
    assert at_stripe(here) == [(500, "succeeded"), (500, "succeeded")]
