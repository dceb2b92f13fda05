"""Our books beside Stripe's: each kind of difference is found, said, and repaired by a person's word only."""

from datetime import timedelta
from uuid import UUID

import pytest

from harrystix.adapters.postgres.books import Books
from harrystix.application.payment_ports import Later
from harrystix.application.processes.inbox import process
from harrystix.application.processes.replay import fetch_event
from harrystix.application.reconcile import repair
from harrystix.application.reconcile.run import BEGINNING, Report, reconcile, reconcile_due
from harrystix.domain.errors import InvalidValue, NotFound
from harrystix.domain.pre_order_events import Status
from tests.application.processes.test_bulk_refunds import later
from tests.application.processes.test_refunding import ask
from tests.money import announced, get, news, ordered, paid, refunded, told
from tests.world import World

HOUR_LATER = 1 / 24


def books(here: World) -> Books:
    return Books(here.system.database)


def compared(here: World) -> Report:
    """An hour later, when nothing is on its way any more."""
    here.follow()
    later(here, HOUR_LATER)
    report = reconcile(here.context, books(here), BEGINNING, full=True)
    assert report is not None
    return report


def all_news(here: World) -> None:
    for event in news(here):
        told(here, event)
    process(here.context)
    here.settle()


def kinds(report: Report) -> list[str]:
    return sorted(finding.kind for finding in report.found)


def open_findings(here: World) -> list[tuple[str, str]]:
    return [(row.kind, row.id) for row in books(here).findings(50, None, resolved=False)]


def mend(here: World, finding_id: str) -> None:
    by = here.context.by("staff:kim", f"repair/{finding_id}")
    repair.repair(here.context, books(here), by, finding_id, lambda e: fetch_event(here.context, e))


def test_equal_books_give_no_findings(here: World) -> None:
    (first, *_) = paid(here, 3)
    ask(here, first)
    refunded(here)
    all_news(here)
    report = compared(here)
    assert report.found == []
    assert report.counts["payments"] == 3
    assert report.counts["refunds"] == 1


def money_without_order(here: World) -> str:
    (order_id,) = ordered(here, announced(here))
    here.charged(order_id)
    return order_id


def test_money_that_we_do_not_know_is_found_and_taken_in_on_a_word(here: World) -> None:
    order_id = money_without_order(here)
    assert kinds(compared(here)) == ["payment_unknown", "webhook_missed"]
    assert get(here, order_id).status is Status.PLACED, "nothing is repaired silently"
    (finding,) = [i for kind, i in open_findings(here) if kind == "payment_unknown"]
    mend(here, finding)
    assert get(here, order_id).status is Status.CONFIRMED
    with pytest.raises(NotFound):
        mend(here, finding)


def test_a_lost_webhook_is_found_and_taken_in_on_a_word(here: World) -> None:
    order_id = money_without_order(here)
    compared(here)
    (finding,) = [i for kind, i in open_findings(here) if kind == "webhook_missed"]
    mend(here, finding)
    process(here.context)
    assert get(here, order_id).status is Status.CONFIRMED
    assert kinds(compared(here)) == []
    assert open_findings(here) == [], "what is gone is resolved by itself"


def test_an_order_without_money_is_found_and_has_no_easy_repair(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    order = get(here, order_id)
    by = here.context.by("provider:stripe")
    order.confirm_payment(
        by, payment_id="pi_invented", amount_minor=1200, currency="GBP", paid_at=here.context.clock.now()
    )
    here.system.store.commit(order)
    assert kinds(compared(here)) == ["payment_missing"]
    ((_, finding),) = open_findings(here)
    with pytest.raises(InvalidValue):
        mend(here, finding)
    repair.dismiss(books(here), here.context.by("staff:kim"), finding)
    assert open_findings(here) == []


def test_another_amount_is_found(here: World) -> None:
    (order_id,) = paid(here)
    payment = get(here, order_id).payment_id
    with here.stripe.store.guard:
        body = here.stripe.store.get(payment)
        here.stripe.store.put({**body, "amount_received": 1100})
    all_news(here)
    assert kinds(compared(here)) == ["amount_differs"]


def test_a_stray_payment_is_found_until_it_is_given_back(here: World) -> None:
    (order_id,) = paid(here)
    stray = here.charged(order_id)
    all_news(here)
    assert kinds(compared(here)) == ["stray_payment"]
    ((_, finding),) = open_findings(here)
    mend(here, finding)
    refunded(here)
    all_news(here)
    order = get(here, order_id)
    assert (order.refunded_minor(stray), order.status is Status.REFUNDED) == (1200, False)
    assert kinds(compared(here)) == []


def test_a_refund_that_we_do_not_know_is_found_and_taken_over_on_a_word(here: World) -> None:
    (order_id,) = paid(here)
    here.at_stripe("POST", "refunds", payment_intent=get(here, order_id).payment_id, amount="500")
    assert "refund_unknown" in kinds(compared(here))
    (finding,) = [i for kind, i in open_findings(here) if kind == "refund_unknown"]
    mend(here, finding)
    assert get(here, order_id).refunded_minor(get(here, order_id).payment_id) == 500


def test_a_refund_that_never_reached_stripe_is_found(here: World) -> None:
    (order_id,) = paid(here)
    all_news(here)
    ask(here, order_id)
    assert kinds(compared(here)) == ["refund_missing"]


def test_a_failed_refund_is_found(here: World) -> None:
    (order_id,) = paid(here, alias="refundFail")
    ask(here, order_id)
    refunded(here)
    all_news(here)
    assert kinds(compared(here)) == ["refund_failed"]


def test_what_is_found_again_is_not_new(here: World) -> None:
    money_without_order(here)
    assert len(compared(here).new) == 2
    assert compared(here).new == []
    assert len(open_findings(here)) == 2


def test_two_at_once_are_one(here: World) -> None:
    run = books(here).begin(BEGINNING, full=True)
    assert run is not None
    assert reconcile(here.context, books(here), BEGINNING) is None


def test_while_stripe_is_away_nothing_is_said_and_nothing_resolved(here: World) -> None:
    money_without_order(here)
    compared(here)
    here.stripe_fault(requests={"drop_before": 50})
    with pytest.raises(Later):
        reconcile(here.context, books(here), BEGINNING)
    assert len(open_findings(here)) == 2


def test_the_clock_asks_every_quarter_of_an_hour_and_for_everything_at_night(here: World) -> None:
    every = timedelta(minutes=15)
    ran: list[bool] = []
    for _ in range(3):
        ran.append(reconcile_due(here.context, books(here), every) is not None)
    assert ran[-1] is False
    rows = here.system.database.all("SELECT is_full FROM app.reconciliations")
    assert len(rows) == ran.count(True) >= 1


def test_verify_compares_with_stripes_own_books(here: World) -> None:
    money_without_order(here)
    here.settle()
    assert [line for line in here.broken() if line.startswith("I7")] != []


def test_control_a_capture_without_link_and_look_up_charges_twice_and_verify_says_so(here: World) -> None:
    """The guards switched off: made and confirmed in one call, forgotten, made again."""
    (order_id,) = ordered(here, announced(here))
    here.stripe_fault(forgetful=True)
    for _ in range(2):
        here.charged(order_id)
    found = [line for line in here.broken() if "charged_twice" in line]
    assert found == [f"I7: charged_twice {UUID(order_id)}"]
