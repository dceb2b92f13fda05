"""A payment that was made on Tuesday and agreed to a second ago is no finding: its news is on its way."""

from datetime import timedelta

from harrystix.application.reconcile import compare
from harrystix.application.reconcile.run import BEGINNING, reconcile
from tests.application.reconcile.test_reconcile import books, compared, kinds
from tests.money import announced, ordered
from tests.world import World


def test_a_success_that_is_newer_than_its_payment_has_time_until_its_news_comes(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    payment_id = here.charged(order_id)
    with here.stripe.store.guard:
        intent = here.stripe.store.get(payment_id)
        assert intent is not None
        # Made on Tuesday, paid now.
        here.stripe.store.put({**intent, "created": intent["created"] - 3 * 86_400})
    here.follow()
    report = reconcile(here.context, books(here), BEGINNING, full=True)
    assert report is not None
    assert kinds(report) == []
    assert kinds(compared(here)) == ["payment_unknown", "webhook_missed"]


def test_the_moment_counts_at_which_it_was_paid(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    payment = here.context.payments.payment(here.charged(order_id))
    told = here.context.payments.with_moment(payment)
    assert told.paid_at is not None
    just_now, later = told.paid_at, told.paid_at + compare.GRACE + timedelta(seconds=1)
    assert compare.payments({}, [told], just_now) == []
    assert [finding.kind for finding in compare.payments({}, [told], later)] == ["payment_unknown"]
