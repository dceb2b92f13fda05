"""One payment pays one pre-order, by whichever door it comes in."""

from harrystix.application.handlers import imports, ordering
from harrystix.application.processes.inbox import process
from tests.application.handlers.test_orders import AT, HEAD, codes, imported
from tests.money import announced, get, news, ordered, told
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
