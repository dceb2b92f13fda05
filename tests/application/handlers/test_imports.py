"""One payment pays one pre-order, by whichever door it comes in."""

import pytest

from harrystix.application.handlers import imports, ordering
from harrystix.application.processes.inbox import process
from tests.application.handlers.test_orders import AT, HEAD, codes, imported
from tests.money import announced, captured, get, news, ordered, told
from tests.world import World


def test_a_payment_that_stripe_says_is_another_pre_order_s_pays_none_by_a_file(here: World) -> None:
    here.context.payments.live = True
    (order_id,) = ordered(here, announced(here))
    payment = here.charged(order_id)
    report = imported(here, f"NEON,,M 9,m9@uni.example,{AT},{payment}")
    assert (report.imported, codes(report)) == (0, [(2, "payment_used")])


def test_news_of_a_payment_that_a_file_has_spent_already_pay_no_second_pre_order(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    payment = here.charged(order_id)
    assert imported(here, f"NEON,,M 9,m9@uni.example,{AT},{payment}").imported == 1
    for event in news(here, kinds=("payment_intent.succeeded",)):
        told(here, event)
    process(here.context)
    here.settle()
    assert get(here, order_id).payment_id == ""
    assert [line for line in here.broken() if "pays pre-order" in line] == []


def test_a_dry_run_says_of_each_row_what_the_import_would_say(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    ordering.cancel(here.context, here.context.by("member"), order_id)
    here.follow()
    rows = (f"NEON,,M 0,m0@uni.example,{AT},pi_0", f"NEON,,M 9,m9@uni.example,{AT},pi_0")
    file = "\n".join([HEAD, *rows]).encode()
    by = here.context.by("staff:test")
    dry = imports.import_orders(here.context, by, file, dry_run=True)
    assert codes(dry) == codes(imported(here, *rows)) != []


def test_the_same_payment_for_another_variant_contradicts_and_is_not_known(here: World) -> None:
    here.event(variants=("Early", "Late"))
    early, late = (f"NEON,{variant},M 0,m0@uni.example,{AT},pi_0" for variant in ("Early", "Late"))
    first = imported(here, early, late)
    assert (first.imported, codes(first)) == (1, [(3, "contradicts")])
    again = imported(here, late, early)
    assert (again.known, codes(again)) == (1, [(2, "contradicts")])


def test_nobody_has_paid_at_a_time_to_come(here: World) -> None:
    here.event()
    report = imported(here, "NEON,,M 0,m0@uni.example,2150-01-01T00:00:00Z,pi_0")
    assert codes(report) == [(2, "bad_time")]


def test_a_payment_that_came_too_late_is_given_back_and_pays_by_no_file(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    captured(here, [order_id])
    here.charged(order_id)
    for event in news(here, kinds=("payment_intent.succeeded",)):
        told(here, event)
    process(here.context)
    here.follow()
    (stray,) = get(here, order_id).strays
    assert codes(imported(here, f"NEON,,M 0,m0@uni.example,{AT},{stray}")) == [(2, "not_possible")]


@pytest.mark.parametrize("what", ["another amount", "given back"])
def test_with_a_live_account_a_new_pre_order_of_a_file_is_paid_in_full_and_still(
    here: World, what: str
) -> None:
    here.event()
    here.context.payments.live = True
    payment = here.charged("", amount=100 if what == "another amount" else 1200)
    if what == "given back":
        here.at_stripe("POST", "refunds", payment_intent=payment)
    report = imported(here, f"NEON,,M 1,m1@uni.example,{AT},{payment}")
    found = "payment_mismatch" if what == "another amount" else "payment_refunded"
    assert (report.imported, codes(report)) == (0, [(2, found)])
