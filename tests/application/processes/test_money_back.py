"""What a member, support and the trace hear of a refund is what has become of its money."""

import pytest

from harrystix.adapters.sandbox.stripe import aftermath
from harrystix.adapters.web.member_words import next_step
from harrystix.application.explain import trace
from harrystix.application.handlers import money
from harrystix.projections.member_orders import queries
from tests.money import get, news, paid, refunded, told
from tests.world import World


def told_of(here: World, order_id: str) -> set[str]:
    """The sentence on the member's page and in the API, by the log and by the list; and the trace's."""
    order = get(here, order_id)
    rows = [queries.live(order)]
    rows += [row for row in queries.of_member(here.system.database, order.member_id) if row.id == order_id]
    sentences = {next_step(row, "UTC", here.context.clock.now()) for row in rows}
    return sentences | {trace.of_order(here.context, order_id).now}


def asked(here: World, order_id: str, amount: int = 0, key: str = "c1") -> None:
    by = here.context.by("staff:support", key)
    money.request_refund(here.context, by, order_id, reason="the member is ill", amount_minor=amount)
    here.follow()


UNDER_WAY = {
    "Your money is on its way back to your card, which takes five to ten days.",
    "It is not in the queue: it was refunded, and the money is on its way back.",
}
GIVEN_BACK = {
    "Your money was given back to your card. Banks take five to ten days to show it.",
    "It is not in the queue: it was refunded, and the money was given back.",
}
FAILED = {
    "Your refund did not go through. We see to it and pay you back in another way; ask us any time.",
    "It is not in the queue: it was refunded, and no money has gone back, as the refund failed.",
}
NEEDS_MEMBER = {
    "Our payment provider has mailed you: to give your money back it needs an answer.",
    "It is not in the queue: it was refunded, and the provider waits for an answer of who paid.",
}


def test_money_is_on_its_way_until_the_provider_says_that_it_is_back(here: World) -> None:
    (order_id,) = paid(here, alias="pendingRefund")
    asked(here, order_id)
    assert told_of(here, order_id) == UNDER_WAY
    refunded(here)
    assert told_of(here, order_id) == UNDER_WAY
    (made,) = here.at_stripe("GET", "refunds")["data"]
    with here.stripe.store.guard:
        aftermath.settle_refund(here.stripe.machine, made["id"], "succeeded")
    refunded(here)
    assert told_of(here, order_id) == GIVEN_BACK


def test_a_refund_that_the_bank_fails_is_not_told_as_given_back(here: World) -> None:
    (order_id,) = paid(here, alias="refundFail")
    asked(here, order_id)
    refunded(here)
    assert told_of(here, order_id) == FAILED
    asked(here, order_id, 1200, "c2")
    assert told_of(here, order_id) == UNDER_WAY


def test_a_refund_of_an_imported_payment_that_nobody_there_knows_is_not_told_as_given_back(
    here: World,
) -> None:
    here.paid(here.event(), 1)
    here.follow()
    ((order_id,),) = here.system.database.all("SELECT id::text FROM reporting.member_orders")
    asked(here, order_id)
    refunded(here)
    assert told_of(here, order_id) == FAILED


def test_two_parts_are_back_when_both_are(here: World) -> None:
    (order_id,) = paid(here)
    asked(here, order_id, 500)
    refunded(here)
    asked(here, order_id, 700, "c2")
    assert told_of(here, order_id) == UNDER_WAY
    refunded(here)
    assert told_of(here, order_id) == GIVEN_BACK


@pytest.mark.parametrize("first", ["pending", "succeeded"])
def test_a_refund_for_which_the_provider_waits_is_recorded_and_told(first: str, here: World) -> None:
    (order_id,) = paid(here, alias="pendingRefund")
    asked(here, order_id)
    refunded(here)
    (made,) = here.at_stripe("GET", "refunds")["data"]
    for state in ("requires_action", first, first):
        with here.stripe.store.guard:
            aftermath.settle_refund(here.stripe.machine, made["id"], state)
        for event in news(here, kinds=("refund.updated",)):
            told(here, event, state)
        here.settle()
        if state == "requires_action":
            assert told_of(here, order_id) == NEEDS_MEMBER
    assert told_of(here, order_id) == (GIVEN_BACK if first == "succeeded" else UNDER_WAY)
    assert here.broken() == []
