"""Our gateway against the sandbox, over HTTP, with the real client; each request is checked by the description."""

import ast
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harrystix.adapters.sandbox.stripe.server import create
from harrystix.adapters.stripe import gateway as module
from harrystix.adapters.stripe.gateway import StripeGateway
from harrystix.application.payment_ports import Attempt, Later, Refused, Unknown
from tests.adapters.sandbox.stripe.test_sandbox import KEY, Sandbox, saved
from tests.world import served


@pytest.fixture
def sandbox(tmp_path: Path) -> Generator[Sandbox]:
    app = create(tmp_path, KEY)
    with served(app) as url:
        made = Sandbox(url, app.state.stripe)
        yield made
        assert made.complaints == []


@pytest.fixture
def gateway(sandbox: Sandbox) -> StripeGateway:
    return StripeGateway(KEY, sandbox.url, timeout=2, retries=0)


def attempt(sandbox: Sandbox, alias: str = "visa", number: int = 1) -> Attempt:
    customer, method = saved(sandbox, alias)
    return Attempt("order-1", number, 1200, "GBP", customer, method)


def test_a_created_payment_takes_no_money_and_a_confirmed_one_does(
    sandbox: Sandbox, gateway: StripeGateway
) -> None:
    wanted = attempt(sandbox)
    made = gateway.create(wanted)
    assert (made.status, made.order_id, made.attempt) == ("requires_confirmation", "order-1", 1)
    assert "charge.succeeded" not in sandbox.events()
    done = gateway.confirm(wanted, made.payment_id)
    assert (done.succeeded, done.amount_minor, done.currency) == (True, 1200, "GBP")


def test_the_same_attempt_is_the_same_payment_and_one_charge(
    sandbox: Sandbox, gateway: StripeGateway
) -> None:
    wanted = attempt(sandbox)
    made = {gateway.create(wanted).payment_id for _ in range(3)}
    assert len(made) == 1
    answers = [gateway.confirm(wanted, made.copy().pop()) for _ in range(3)]
    assert all(answer.succeeded for answer in answers)
    assert sandbox.events().count("charge.succeeded") == 1


def test_with_keys_forgotten_a_second_confirmation_still_charges_once(
    sandbox: Sandbox, gateway: StripeGateway
) -> None:
    wanted = attempt(sandbox)
    made = gateway.create(wanted)
    gateway.confirm(wanted, made.payment_id)
    sandbox.fault(forget=True)
    assert gateway.confirm(wanted, made.payment_id).succeeded
    assert sandbox.events().count("charge.succeeded") == 1


@pytest.mark.parametrize(
    ("alias", "codes"),
    [
        ("visa_chargeDeclinedInsufficientFunds", ("card_declined", "insufficient_funds", "try_again_later")),
        ("visa_chargeDeclinedStolenCard", ("card_declined", "stolen_card", "do_not_try_again")),
        ("chargeDeclinedExpiredCard", ("expired_card", "expired_card", "")),
    ],
)
def test_a_decline_is_an_answer_with_the_banks_words(
    alias: str, codes: tuple[str, str, str], sandbox: Sandbox, gateway: StripeGateway
) -> None:
    wanted = attempt(sandbox)
    sandbox.fault(declines={wanted.customer_id: alias})
    answer = gateway.confirm(wanted, gateway.create(wanted).payment_id)
    assert answer.declined
    assert (answer.code, answer.decline_code, answer.advice_code) == codes


def test_a_card_that_asks_for_the_member_says_so(sandbox: Sandbox, gateway: StripeGateway) -> None:
    customer = sandbox.client.customers.create({})
    method = sandbox.client.payment_methods.attach(
        "pm_card_authenticationRequired", {"customer": customer.id}
    )
    wanted = Attempt("order-1", 1, 1200, "GBP", customer.id, method.id)
    answer = gateway.confirm(wanted, gateway.create(wanted).payment_id)
    assert (answer.declined, answer.code) == (True, "authentication_required")


@pytest.mark.parametrize(
    ("fault", "error", "charged"),
    [
        ("error_before", Unknown, 0),
        ("error_after", Unknown, 1),
        ("drop_before", Unknown, 0),
        ("drop_after", Unknown, 1),
        ("rate_limit", Later, 0),
    ],
)
def test_what_nobody_knows_is_unknown_and_the_look_up_tells(
    fault: str, error: type[Exception], charged: int, sandbox: Sandbox, gateway: StripeGateway
) -> None:
    wanted = attempt(sandbox)
    made = gateway.create(wanted)
    sandbox.fault(requests={fault: 1})
    with pytest.raises(error):
        gateway.confirm(wanted, made.payment_id)
    assert gateway.payment(made.payment_id).succeeded is bool(charged)
    assert gateway.confirm(wanted, made.payment_id).succeeded
    assert sandbox.events().count("charge.succeeded") == 1


def test_a_provider_that_is_not_there_means_later(gateway: StripeGateway) -> None:
    away = StripeGateway(KEY, "http://127.0.0.1:9", timeout=1, retries=0)
    with pytest.raises(Later):
        away.create(Attempt("order-1", 1, 1200, "GBP", "cus_1", "pm_1"))


def test_all_payments_of_a_pre_order_are_found(sandbox: Sandbox, gateway: StripeGateway) -> None:
    wanted = attempt(sandbox)
    made = [gateway.create(replace(wanted, number=n)).payment_id for n in (1, 2, 3)]
    gateway.create(replace(wanted, order_id="order-2"))
    assert [p.payment_id for p in gateway.payments_of(wanted.customer_id, "order-1")] == made[::-1]
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert len(list(gateway.payments_since(since))) == 4


def test_a_cancelled_payment_can_never_be_taken(sandbox: Sandbox, gateway: StripeGateway) -> None:
    wanted = attempt(sandbox)
    made = gateway.create(wanted)
    assert gateway.cancel(made.payment_id).status == "canceled"
    assert gateway.confirm(wanted, made.payment_id).status == "canceled"
    paid = gateway.create(replace(wanted, number=2))
    gateway.confirm(replace(wanted, number=2), paid.payment_id)
    assert gateway.cancel(paid.payment_id).succeeded


def test_a_refund_is_made_once_and_never_too_much(sandbox: Sandbox, gateway: StripeGateway) -> None:
    wanted = attempt(sandbox)
    made = gateway.create(wanted)
    gateway.confirm(wanted, made.payment_id)
    refunds = {gateway.refund("r1", made.payment_id, 700).provider_refund_id for _ in range(20)}
    assert len(refunds) == 1
    with pytest.raises(Refused):
        gateway.refund("r2", made.payment_id, 501)
    found = gateway.refunds_of(made.payment_id)
    assert [(refund.refund_id, refund.amount_minor, refund.state) for refund in found] == [
        ("r1", 700, "succeeded")
    ]


def test_a_refund_that_the_bank_sends_back_says_why(sandbox: Sandbox, gateway: StripeGateway) -> None:
    wanted = attempt(sandbox, "refundFail")
    made = gateway.create(wanted)
    gateway.confirm(wanted, made.payment_id)
    refund = gateway.refund("r1", made.payment_id, 1200)
    assert (refund.state, refund.code) == ("failed", "expired_or_canceled_card")


def test_a_saved_card_tells_its_end_and_an_unfinished_set_up_is_none(
    sandbox: Sandbox, gateway: StripeGateway
) -> None:
    customer = sandbox.client.customers.create({})
    words = {"customer": customer.id, "usage": "off_session", "metadata": {"pre_order_id": "order-1"}}
    setup = sandbox.client.setup_intents.create(words)
    assert gateway.saved_card(setup.id) is None
    sandbox.client.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    card = gateway.saved_card(setup.id)
    assert card is not None
    assert (card.order_id, card.customer_id, card.expires % 100) == ("order-1", customer.id, 12)


def test_every_write_carries_an_idempotency_key_of_ours() -> None:
    source = Path(module.__file__).read_text()
    writes = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Attribute)
        and node.func.attr in {"create", "confirm", "cancel", "update", "capture"}
    ]
    assert len(writes) == 7
    assert all(len(node.args) >= 2 for node in writes)
    assert source.count("idempotency_key") == 6
