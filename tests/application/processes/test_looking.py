"""Nobody pays twice, or for what is over, whatever our own log has forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from harrystix.application.handlers import erasing, money
from harrystix.application.processes.capture import capture_due
from harrystix.application.processes.looking import end_payments, look
from harrystix.application.processes.refunding import refund_due
from harrystix.domain.errors import IllegalTransition
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from tests.application.processes.test_refunding import at_stripe
from tests.money import announced, captured, get, news, ordered, paid, told
from tests.world import World


def asked(here: World, ids: list[str], run: str = "run-1") -> None:
    orders = here.system.store.get_many(PreOrder, ids)
    for order in orders.values():
        order.request_capture(here.context.by("system:capture"), run)
    here.system.store.commit(*orders.values())
    here.follow()


def at(here: World, days: float) -> None:
    class Then:
        def now(self) -> datetime:
            return datetime.now(UTC) + timedelta(days=days)

    object.__setattr__(here.context, "clock", Then())


def charges(here: World) -> int:
    return len([charge for charge in here.at_stripe("GET", "charges", limit="100")["data"] if charge["paid"]])


def paid_in_a_life_that_the_log_forgot(here: World, order_id: str, attempt: int = 1) -> str:
    """As after a restore: the provider has a payment of ours, and its keys have been forgotten since."""
    order = get(here, order_id)
    words = {
        "amount": "1200",
        "currency": "gbp",
        "customer": order.customer_id,
        "payment_method": order.payment_method_id,
        "metadata[pre_order_id]": order_id,
        "metadata[attempt]": str(attempt),
        "confirm": "true",
        "off_session": "true",
    }
    made = str(here.at_stripe("POST", "payment_intents", **words)["id"])
    here.stripe_fault(forget=True)
    return made


def test_who_paid_in_a_life_that_the_log_forgot_is_not_charged_again(here: World) -> None:
    ids = ordered(here, announced(here), 3)
    before = paid_in_a_life_that_the_log_forgot(here, ids[1])
    captured(here, ids)
    assert [get(here, order_id).status for order_id in ids] == [Status.CONFIRMED] * 3
    assert get(here, ids[1]).payment_id == before
    assert charges(here) == 3


def test_a_look_that_fails_is_made_for_each_alone(here: World) -> None:
    ids = ordered(here, announced(here), 3)
    paid_in_a_life_that_the_log_forgot(here, ids[1])
    real = here.context.payments.payments_since
    here.context.payments.payments_since = _away
    captured(here, ids)
    here.context.payments.payments_since = real
    assert charges(here) == 3


def _away(*_: object) -> object:
    from harrystix.application.payment_ports import Later

    raise Later(1)


def test_one_look_serves_a_whole_run(here: World) -> None:
    ordered(here, announced(here), 2)
    assert look(here.context, here.context.payments) == 0
    assert here.context.provider_payments.read_until() is not None
    here.context.payments.payments_since = _away
    assert look(here.context, here.context.payments) == 0, "nobody is asked again so soon"


def test_a_refund_made_in_a_life_that_the_log_forgot_is_not_made_again(here: World) -> None:
    (order_id,) = paid(here)
    refund_id = money.request_refund(
        here.context, here.context.by("staff:kim"), order_id, reason="r", amount_minor=500
    )
    words = {
        "payment_intent": get(here, order_id).payment_id,
        "amount": "500",
        "metadata[refund_id]": refund_id,
    }
    here.at_stripe("POST", "refunds", **words)
    here.stripe_fault(forget=True)
    here.follow()
    refund_due(here.context)
    assert at_stripe(here) == [(500, "succeeded")]


@pytest.mark.parametrize("linked", [False, True])
def test_nobody_pays_for_a_night_that_has_begun(here: World, linked: bool) -> None:
    ids = ordered(here, announced(here, days=2), 2)
    asked(here, ids)
    if linked:
        real = here.context.payments.confirm
        here.context.payments.confirm = _away
        capture_due(here.context, here.context.payments)
        here.context.payments.confirm = real
        here.follow()
    at(here, 3)
    here.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")
    capture_due(here.context, here.context.payments)
    here.follow()
    assert {get(here, order_id).status for order_id in ids} == {Status.FAILED}
    assert charges(here) == 0
    left = here.at_stripe("GET", "payment_intents", limit="100")["data"]
    assert {payment["status"] for payment in left} <= {"canceled"}
    end_payments(here.context)
    here.settle()
    assert here.broken() == []


def test_the_page_of_a_bank_can_not_be_paid_once_it_is_given_up(here: World) -> None:
    (order_id,) = ordered(here, announced(here), 1, alias="authenticationRequired")
    captured(here, [order_id])
    assert get(here, order_id).needs == "authenticate"
    order = get(here, order_id)
    order.give_up(here.context.by("system:scheduler"), "event_begun")
    here.system.store.commit(order)
    here.follow()
    assert end_payments(here.context) == 1
    here.follow()
    (payment,) = here.at_stripe("GET", "payment_intents", limit="100")["data"]
    assert payment["status"] == "canceled"
    assert here.system.database.all("SELECT 1 FROM reporting.due_work WHERE kind = 'end_payment'") == []


def test_the_card_that_was_entered_last_counts_whatever_the_order_of_the_news(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    order, later = get(here, order_id), 2**33
    for setup, method, entered_at in (
        ("b", "pm_new", later),
        ("a", "pm_old", later - 9),
        ("b", "pm_new", later),
    ):
        order.save_card(
            here.context.by("provider:stripe"),
            setup_id=f"seti_{setup}",
            customer_id="cus_1",
            payment_method_id=method,
            expires=203012,
            entered_at=entered_at,
        )
    assert order.payment_method_id == "pm_new"
    assert [type(fact).__name__ for fact in order.pending_events] == ["CardSaved"]


def test_money_under_dispute_is_not_refunded_and_keeps_its_place(here: World) -> None:
    (order_id,) = paid(here)
    by = here.context.by("staff:kim")
    money.freeze(here.context, by, order_id, case_id="dp_1", kind="dispute", reason="fraudulent")
    with pytest.raises(IllegalTransition):
        money.request_refund(here.context, by, order_id, reason="r")
    assert get(here, order_id).status is Status.WAITING


def test_who_is_erased_before_the_mail_has_left_gets_the_money_back_and_the_ticket_serves_the_next(
    here: World,
) -> None:
    event_id = announced(here)
    first, second = ordered(here, event_id, 2)
    captured(here, [first, second])
    here.settle()
    from harrystix.domain.ticketed_event import TicketedEvent

    here.committed(here.file(here.system.store.get(TicketedEvent, event_id), 1))
    here.settle_until_mail()
    assert get(here, first).ticket_id
    erasing.erase_order(here.context, here.context.by("staff:kim"), first)
    here.follow()
    refund_due(here.context)
    here.settle()
    assert at_stripe(here) == [(1200, "succeeded")]
    assert get(here, second).status is Status.FULFILLED
    assert here.broken() == []


def test_news_of_a_refund_that_came_before_its_payment_is_followed_afterwards(here: World) -> None:
    (order_id,) = ordered(here, announced(here))
    payment = here.charged(order_id)
    here.at_stripe("POST", "refunds", payment_intent=payment, amount="1200")
    events = news(here)
    for event in events:
        if event["type"].startswith(("charge.refunded", "refund.")):
            told(here, event)
    from harrystix.application.processes.inbox import process

    for _ in range(25):
        process(here.context)
        here.system.database.execute("UPDATE app.inbox SET not_before = now()")
    assert here.system.database.all("SELECT DISTINCT state FROM app.inbox") == [("parked",)]
    for event in events:
        if event["type"] == "payment_intent.succeeded":
            told(here, event)
    process(here.context)
    process(here.context)
    assert get(here, order_id).status is Status.REFUNDED
    here.settle()
