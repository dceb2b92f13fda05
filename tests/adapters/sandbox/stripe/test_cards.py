"""Saved cards at the sandbox Stripe: good for their own customer, until they are detached or it is deleted."""

from typing import Any

import pytest
import stripe

from tests.adapters.sandbox.stripe.conftest import Sandbox, confirm, intent, saved


def test_a_detached_card_is_no_good_any_more(sandbox: Sandbox) -> None:
    customer, method = saved(sandbox)
    made = intent(sandbox, customer, method)
    sandbox.client.payment_methods.detach(method)
    with pytest.raises(stripe.InvalidRequestError):
        confirm(sandbox, made)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intent(sandbox, customer, method, key="k2")
    error: Any = refused.value
    assert (error.code, error.param) == ("resource_missing", "payment_method")
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.payment_methods.attach(method, {"customer": customer})
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.payment_methods.detach(method)
    assert sandbox.client.payment_methods.retrieve(method).customer is None
    found = sandbox.client.events.list({"type": "payment_method.detached"}).data[0].data
    assert found.previous_attributes["customer"] == customer


def test_a_deleted_customer_is_good_for_nothing_and_told_of_as_deleted(sandbox: Sandbox) -> None:
    customer, method = saved(sandbox)
    made = intent(sandbox, customer, method)
    sandbox.client.customers.delete(customer)
    assert sandbox.client.customers.retrieve(customer).deleted
    for call in (
        lambda: confirm(sandbox, made),
        lambda: intent(sandbox, customer, method, key="k2"),
        lambda: sandbox.client.setup_intents.create({"customer": customer}),
        lambda: sandbox.client.customers.delete(customer),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            call()
        assert refused.value.code == "resource_missing"


def test_a_card_is_good_for_its_own_customer_only(sandbox: Sandbox) -> None:
    _, method = saved(sandbox)
    other, _ = saved(sandbox)
    with pytest.raises(stripe.InvalidRequestError):
        intent(sandbox, other, method)
