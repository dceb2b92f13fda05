from typing import Any

import pytest

from harrystix.domain.errors import IllegalTransition, NotPaid, PaymentMismatch
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Delivery, Status
from tests.domain.given import NOON, Given, by, names

PAYMENT: dict[str, Any] = {"payment_id": "pi_1", "amount_minor": 1200, "currency": "GBP", "paid_at": NOON}
TICKET: dict[str, Any] = {
    "ticket_id": "t1",
    "assignment_id": "a1",
    "variant_id": "",
    "upload_id": "u1",
    "rule": "exact",
    "eligible_at": NOON,
}


def but(values: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {**values, **changed}


def placed() -> PreOrder:
    return PreOrder.place(by(), event_id="e", member_id="m", variant_id="", price_minor=1200, currency="GBP")


def paid() -> PreOrder:
    order = placed()
    order.confirm_payment(by(), **PAYMENT)
    return order


def assigned() -> PreOrder:
    order = paid()
    order.assign_ticket(by(), **TICKET)
    return order


def mailed() -> PreOrder:
    order = assigned()
    order.record_mail_accepted(by(), order.current_intent)
    return order


def test_a_payment_confirms() -> None:
    assert names(Given(placed()).when(lambda o: o.confirm_payment(by(), **PAYMENT))) == ["PaymentConfirmed"]


def test_a_payment_delivered_twice_stays_quiet() -> None:
    assert Given(paid()).when(lambda o: o.confirm_payment(by(), **PAYMENT)) == []


def test_a_second_payment_is_kept_apart_as_a_stray() -> None:
    facts = Given(paid()).when(lambda o: o.confirm_payment(by(), **but(PAYMENT, payment_id="pi_2")))
    assert names(facts) == ["StrayPaymentFound"]


def test_another_amount_is_refused() -> None:
    with pytest.raises(PaymentMismatch):
        placed().confirm_payment(by(), **but(PAYMENT, amount_minor=1))


def test_no_ticket_without_a_succeeded_payment() -> None:
    with pytest.raises(NotPaid):
        placed().assign_ticket(by(), **TICKET)


def test_a_ticket_is_assigned_once() -> None:
    assert Given(assigned()).when(lambda o: o.assign_ticket(by(), **TICKET)) == []
    with pytest.raises(IllegalTransition):
        assigned().assign_ticket(by(), **but(TICKET, assignment_id="a2"))


def test_only_a_confirmed_pre_order_is_told_to_wait() -> None:
    assert names(Given(paid()).when(lambda o: o.wait_for_stock(by()))) == ["WaitingForStock"]
    assert Given(assigned()).when(lambda o: o.wait_for_stock(by())) == []


def test_an_accepted_mail_fulfils_and_says_how_long_it_took() -> None:
    order = assigned()
    facts = Given(order).when(lambda o: o.record_mail_accepted(by(), o.current_intent))
    assert names(facts) == ["TicketEmailAccepted"]
    assert (order.status, order.delivery) == (Status.FULFILLED, Delivery.ACCEPTED)


def test_the_same_acceptance_twice_stays_quiet() -> None:
    order = mailed()
    assert Given(order).when(lambda o: o.record_mail_accepted(by(), o.current_intent)) == []


def test_a_mail_is_due_only_for_the_current_intent_of_a_held_ticket() -> None:
    order = assigned()
    intent = order.current_intent
    assert order.may_send(intent)
    assert not order.may_send("another")
    order.revoke_assignment(by(), assignment_id="a1", reason="withdrawn")
    assert not order.may_send(intent)


def test_a_revoked_pre_order_waits_again() -> None:
    order = assigned()
    assert names(Given(order).when(lambda o: o.revoke_assignment(by(), assignment_id="a1", reason="r"))) == [
        "AssignmentRevoked"
    ]
    assert order.status is Status.WAITING


def test_a_revocation_of_an_older_assignment_stays_quiet() -> None:
    assert Given(assigned()).when(lambda o: o.revoke_assignment(by(), assignment_id="a0", reason="r")) == []


def test_a_resend_is_a_new_intent_unless_one_is_on_its_way() -> None:
    order = mailed()
    first = order.current_intent
    assert names(Given(order).when(lambda o: o.request_resend(by()))) == ["ResendRequested"]
    assert order.current_intent != first
    assert Given(order).when(lambda o: o.request_resend(by())) == []


def test_delivery_moves_forward_only() -> None:
    order = mailed()
    order.record_bounced(by(), order.current_intent, "HardBounce")
    assert order.delivery is Delivery.BOUNCED
    assert Given(order).when(lambda o: o.record_delivered(by(), o.current_intent)) == []


def test_a_mail_is_opened_once_and_was_delivered_by_then() -> None:
    order = mailed()
    given = Given(order)
    opened = given.when(lambda o: o.record_opened(by(), o.current_intent))
    assert names(opened) == ["TicketEmailDelivered", "TicketEmailOpened"]
    assert given.when(lambda o: o.record_opened(by(), o.current_intent)) == []
    order.request_resend(by("again"))
    assert given.when(lambda o: o.record_opened(by(), o.current_intent))[1:] == [], "it has not left yet"


def test_a_mail_that_came_back_was_opened_by_nobody() -> None:
    order = mailed()
    order.record_bounced(by(), order.current_intent, "HardBounce")
    assert Given(order).when(lambda o: o.record_opened(by(), o.current_intent)) == []


def test_a_failed_mail_says_its_code() -> None:
    facts = Given(assigned()).when(lambda o: o.record_mail_failed(by(), o.current_intent, "406"))
    assert [vars(fact)["code"] for fact in facts] == ["406"]


def test_a_credential_is_disclosed_only_of_a_held_ticket() -> None:
    assert names(
        Given(mailed()).when(lambda o: o.disclose_credential(by(), role="support", purpose="p"))
    ) == ["CredentialDisclosed"]
    with pytest.raises(IllegalTransition):
        paid().disclose_credential(by(), role="support", purpose="p")


def test_a_used_ticket_stays_used() -> None:
    order = mailed()
    assert names(Given(order).when(lambda o: o.use_ticket(by()))) == ["TicketUsed"]
    assert Given(order).when(lambda o: o.use_ticket(by())) == []
    with pytest.raises(IllegalTransition):
        order.request_resend(by())


def test_a_ticket_used_at_the_door_before_its_mail_left_is_still_mailed() -> None:
    order = assigned()
    order.use_ticket(by())
    assert order.may_send(order.current_intent)
    order.record_mail_accepted(by(), order.current_intent)
    assert (order.status, order.delivery) == (Status.USED, Delivery.ACCEPTED)
