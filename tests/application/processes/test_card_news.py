"""A card that is removed at Stripe, alone or with its customer, or issued anew: the member hears of it in time."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from harrystix.adapters.web.member_words import next_step
from harrystix.application.handlers import ordering
from harrystix.application.payment_ports import Refused
from harrystix.application.processes import card_news
from harrystix.application.processes.capture import capture_due
from harrystix.application.processes.inbox import process
from harrystix.application.processes.payment_news import SUBSCRIBED
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.projections.member_orders import queries
from tests.application.processes.test_looking import asked
from tests.money import announced, captured, get, news, ordered, told
from tests.world import World


def known(here: World, *, alias: str = "visa", event_id: str = "") -> PreOrder:
    """A pre-order with a card, of a member whose customer is known."""
    (order_id,) = ordered(here, event_id or announced(here), 1, alias)
    order = get(here, order_id)
    assert here.context.customers.keep(order.member_id, order.customer_id) == order.customer_id
    here.at_stripe("POST", f"customers/{order.customer_id}", **{"metadata[member_id]": order.member_id})
    return order


def heard(here: World, *kinds: str) -> None:
    """Everything of these kinds that Stripe had to say has come, and was followed."""
    for event in news(here, kinds=kinds):
        told(here, event)
    process(here.context)
    here.follow()


def removed(here: World, order: PreOrder, how: str) -> None:
    if how == "detached":
        here.at_stripe("POST", f"payment_methods/{order.payment_method_id}/detach")
    else:
        here.at_stripe("DELETE", f"customers/{order.customer_id}")


def states(here: World) -> list[str]:
    return [row[0] for row in here.system.database.all("SELECT state FROM app.inbox ORDER BY id")]


def mailed(here: World) -> list[str]:
    here.settle()
    return [str(mail["Tag"]) for mail in here.mails()]


@pytest.mark.parametrize("how", ["detached", "customer.deleted"])
def test_who_has_no_card_any_more_is_asked_for_another_one_at_once(how: str, here: World) -> None:
    order = known(here)
    removed(here, order, how)
    heard(here, "customer.deleted", "payment_method.detached")
    order = get(here, str(order.id))
    assert (order.payment_method_id, order.card_expires, order.needs) == ("", 0, "")
    assert mailed(here) == ["card-removed"]
    (row,) = queries.of_member(here.system.database, order.member_id)
    assert "Save a card" in next_step(row, "UTC", datetime.now(UTC))


@pytest.mark.parametrize("how", ["detached", "customer.deleted"])
def test_a_capture_says_that_the_card_is_gone_and_never_blames_the_bank(how: str, here: World) -> None:
    order = known(here)
    removed(here, order, how)
    captured(here, [str(order.id)])
    order = get(here, str(order.id))
    assert (order.status, order.needs, order.retries) == (Status.PROCESSING, "new_card", 0)
    assert mailed(here) == ["card-removed"]
    (row,) = queries.of_member(here.system.database, order.member_id)
    assert "can't be used any more" in next_step(row, "UTC", datetime.now(UTC))


@pytest.mark.parametrize("how", ["detached", "customer.deleted"])
def test_a_card_that_goes_between_making_and_confirming_a_payment_is_gone_too(how: str, here: World) -> None:
    order = known(here)
    order.request_capture(here.context.by("system:capture"), "run-1")
    here.system.store.commit(order)
    here.follow()
    gateway = here.context.payments
    made = gateway.create(_attempt(order))
    removed(here, order, how)
    order.link_payment(here.context.by("system:capture"), 1, made.payment_id)
    here.system.store.commit(order)
    capture_due(here.context, gateway)
    order = get(here, str(order.id))
    assert (order.needs, order.attempt_open, order.payment_method_id) == ("new_card", False, "")


def test_a_member_whose_customer_was_deleted_saves_a_card_as_a_new_customer(here: World) -> None:
    order = known(here)
    before = order.customer_id
    removed(here, order, "customer.deleted")
    heard(here, "customer.deleted")
    by = here.context.by(f"member:{order.member_id}")
    visit = ordering.start_card(here.context, by, get(here, str(order.id)), "http://back", "http://away")
    again = ordering.start_card(here.context, by, get(here, str(order.id)), "http://back", "http://away")
    assert visit == again
    customer = here.context.customers.find(order.member_id)
    assert customer not in {None, before}
    _entered(here, visit.session_id)
    heard(here, "setup_intent.succeeded")
    order = get(here, str(order.id))
    assert (order.customer_id, bool(order.payment_method_id)) == (customer, True)
    captured(here, [str(order.id)])
    assert get(here, str(order.id)).status is Status.CONFIRMED
    assert here.stripe.store.charged() == 1


def test_a_customer_that_was_deleted_without_a_word_is_replaced_at_the_card_page(here: World) -> None:
    order = known(here)
    removed(here, order, "customer.deleted")
    by = here.context.by(f"member:{order.member_id}")
    assert ordering.start_card(here.context, by, get(here, str(order.id)), "http://back", "http://away").url
    # Its news comes late: the pre-order still names the old customer, and is told.
    heard(here, "customer.deleted")
    assert get(here, str(order.id)).payment_method_id == ""


def test_other_cards_of_the_member_stay_as_they_are(here: World) -> None:
    first = known(here)
    second_night = announced(here, code="SECOND")
    by = here.context.by(f"member:{first.member_id}")
    second = PreOrder.place(
        by,
        event_id=second_night,
        member_id=first.member_id,
        variant_id="",
        price_minor=1200,
        currency="GBP",
    )
    path = "payment_methods/pm_card_mastercard/attach"
    other = here.at_stripe("POST", path, customer=first.customer_id)["id"]
    second.save_card(
        by, setup_id="seti_x", customer_id=first.customer_id, payment_method_id=other, expires=203012
    )
    here.system.store.commit(second)
    here.follow()
    removed(here, first, "detached")
    heard(here, "payment_method.detached")
    assert get(here, str(first.id)).payment_method_id == ""
    assert get(here, str(second.id)).payment_method_id == other


@pytest.mark.parametrize("by", ["updated", "automatically_updated"])
def test_a_card_that_was_issued_anew_ends_later_and_nobody_is_warned_of_its_old_end(
    by: str, here: World
) -> None:
    order = known(here)
    with here.stripe.store.guard:
        method: Any = here.stripe.store.get(order.payment_method_id)
        here.stripe.machine.change_card(method, 3, 2039, by=by)
    heard(here, f"payment_method.{by}")
    assert get(here, str(order.id)).card_expires == 203903
    (row,) = queries.of_member(here.system.database, order.member_id)
    assert row.card_expires == 203903


def test_news_of_a_card_waits_until_the_list_of_pre_orders_is_as_new_as_it_is(here: World) -> None:
    order = known(here)
    again = here.context.by(f"member:{order.member_id}")
    path = "payment_methods/pm_card_mastercard/attach"
    newer = here.at_stripe("POST", path, customer=order.customer_id)["id"]
    order.save_card(
        again, setup_id="seti_2", customer_id=order.customer_id, payment_method_id=newer, expires=203012
    )
    here.system.store.commit(order)
    here.at_stripe("POST", f"payment_methods/{newer}/detach")
    for event in news(here, kinds=("payment_method.detached",)):
        told(here, event)
    process(here.context)
    assert states(here) == ["pending"]
    here.follow()
    here.system.database.execute("UPDATE app.inbox SET not_before = now()")
    process(here.context)
    assert states(here) == ["done"]
    assert get(here, str(order.id)).payment_method_id == ""


def test_news_of_a_card_that_is_being_charged_waits_until_it_is_known_how_that_went(here: World) -> None:
    order = known(here)
    order.request_capture(here.context.by("system:capture"), "run-1")
    here.system.store.commit(order)
    removed(here, order, "detached")
    heard(here, "payment_method.detached")
    assert states(here) == ["pending"]
    capture_due(here.context, here.context.payments)
    here.follow()
    here.system.database.execute("UPDATE app.inbox SET not_before = now()")
    process(here.context)
    assert states(here) == ["done"]
    assert get(here, str(order.id)).needs == "new_card"


def test_a_set_up_whose_card_was_removed_since_saves_nothing(here: World) -> None:
    order = known(here)
    by = here.context.by(f"member:{order.member_id}")
    visit = ordering.start_card(here.context, by, order, "http://back", "http://away")
    _entered(here, visit.session_id)
    setup: Any = here.stripe.store.get(here.stripe.store.get(visit.session_id)["setup_intent"])
    here.at_stripe("POST", f"payment_methods/{setup['payment_method']}/detach")
    heard(here, "setup_intent.succeeded", "payment_method.detached")
    assert get(here, str(order.id)).payment_method_id == order.payment_method_id
    assert "parked" not in states(here)


def test_the_keys_of_another_account_take_nobodys_card_away(here: World) -> None:
    ids = ordered(here, announced(here), 5)
    with here.stripe.store.guard:
        for order_id in ids:
            here.stripe.store.delete(get(here, order_id).customer_id)
            here.stripe.store.delete(get(here, order_id).payment_method_id)
    asked(here, ids)
    capture_due(here.context, here.context.payments, here.context.pace)
    for order in (get(here, order_id) for order_id in ids):
        assert (order.attempt_open, bool(order.payment_method_id)) == (True, True)
    # It meets everybody, so it is an outage, and nobody's try is the last.
    assert [(one.name, one.why) for one in here.context.outages.current()] == [("stripe", "resource_missing")]
    assert here.context.failures.parked(9) == []


def test_the_bank_page_is_not_the_end_where_the_card_is_gone(here: World) -> None:
    order = known(here, alias="authenticationRequired")
    captured(here, [str(order.id)])
    assert get(here, str(order.id)).needs == "authenticate"
    removed(here, order, "detached")
    by = here.context.by(f"member:{order.member_id}")
    with pytest.raises(Refused):
        ordering.authenticate(here.context, by, get(here, str(order.id)), "http://back")
    assert get(here, str(order.id)).needs == "new_card"


def test_news_of_customers_that_are_nobodys_here_is_ignored(here: World) -> None:
    made = here.at_stripe("POST", "customers")
    here.at_stripe("DELETE", f"customers/{made['id']}")
    heard(here, "customer.deleted")
    assert states(here) == ["ignored"]


def test_the_endpoint_hears_of_all_of_it() -> None:
    assert set(card_news.SUBSCRIBED) <= set(SUBSCRIBED)


def _entered(here: World, session_id: str) -> None:
    """The member has typed a card on Stripe's page."""
    words = {"number": "4242424242424242", "month": "12", "year": "2031"}
    with here.stripe.store.guard:
        url = here.stripe.store.get(session_id)["url"]
    assert requests.post(url, data=words, allow_redirects=False, timeout=10).status_code == 303


def _attempt(order: PreOrder) -> Any:
    from harrystix.application.processes.looking import attempt_of

    return attempt_of(order)
