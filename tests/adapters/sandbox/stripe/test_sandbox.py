"""The sandbox Stripe, held to what nobody on this project wrote: SDK, command line, API description."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from harrystix.adapters.sandbox.stripe.server import create
from tests.adapters.sandbox.stripe.conftest import KEY, Sandbox, confirm, intent, saved
from tests.adapters.sandbox.stripe.described import complaints, unknown_parameters

TRIGGERS = [
    "payment_intent.created",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.canceled",
    "payment_intent.amount_capturable_updated",
    "payment_intent.processing",
    "charge.succeeded",
    "charge.failed",
    "charge.captured",
    "charge.refunded",
    "charge.refund.updated",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "setup_intent.created",
    "setup_intent.succeeded",
    "setup_intent.setup_failed",
    "setup_intent.requires_action",
    "setup_intent.canceled",
    "payment_method.attached",
    "payment_method.detached",
    "customer.created",
    "customer.updated",
    "customer.deleted",
]


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_the_official_command_line_triggers(trigger: str, sandbox: Sandbox, tmp_path: Path) -> None:
    found = sorted(Path(".venv/stripe-cli/node_modules/@stripe").glob("cli-*/bin/stripe*"))
    if not found:
        assert not os.environ.get("CI"), "Stripe's command line is not here: npm could not install it"
        pytest.skip(
            "STRIPE'S COMMAND LINE IS NOT HERE (npm install of @stripe/cli failed): nothing is proved"
        )
    found[0].chmod(0o755)
    done = subprocess.run(
        [found[0].absolute(), "trigger", trigger, "--api-base", sandbox.url, "--api-key", KEY],
        env={"HOME": str(tmp_path), "STRIPE_CLI_TELEMETRY_OPTOUT": "1", "PATH": os.environ["PATH"]},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert trigger in sandbox.events()
    # The scripts use parameters of older versions; what they get back still has to fit the description.
    sandbox.complaints = [
        line for line in sandbox.complaints if not line.startswith(("POST", "GET", "DELETE"))
    ]


def test_a_saved_card_is_charged_without_the_member(sandbox: Sandbox) -> None:
    made = intent(sandbox, *saved(sandbox))
    assert made.status == "requires_confirmation"
    done = confirm(sandbox, made)
    assert (done.status, done.amount_received) == ("succeeded", 1200)
    assert sandbox.events()[:2] == ["payment_intent.succeeded", "charge.succeeded"]


def test_the_same_key_gives_the_same_answer_and_one_payment(sandbox: Sandbox) -> None:
    who = saved(sandbox)
    assert intent(sandbox, *who).id == intent(sandbox, *who).id
    with pytest.raises(stripe.IdempotencyError):
        intent(sandbox, *who, amount=1300)
    sandbox.fault(forget=True)
    assert len({intent(sandbox, *who).id, intent(sandbox, *who).id}) == 1


def test_a_decline_is_replayed_under_its_key_and_named_in_full(sandbox: Sandbox) -> None:
    customer, method = saved(sandbox)
    sandbox.fault(declines={customer: "visa_chargeDeclinedInsufficientFunds"})
    made = intent(sandbox, customer, method)
    with pytest.raises(stripe.CardError):
        confirm(sandbox, made)
    with pytest.raises(stripe.CardError) as declined:
        confirm(sandbox, made)
    error: Any = declined.value.error
    assert (error.code, error.decline_code, error.advice_code) == (
        "card_declined",
        "insufficient_funds",
        "try_again_later",
    )
    assert error.payment_intent.id == made.id
    assert sandbox.events().count("payment_intent.payment_failed") == 1


def test_a_card_that_always_asks_refuses_without_the_member(sandbox: Sandbox) -> None:
    customer = sandbox.client.customers.create({})
    method = sandbox.client.payment_methods.attach(
        "pm_card_authenticationRequired", {"customer": customer.id}
    )
    with pytest.raises(stripe.CardError) as asked:
        confirm(sandbox, intent(sandbox, customer.id, method.id))
    assert asked.value.code == "authentication_required"


@pytest.mark.parametrize("alias", ["visa_chargeDeclined", "chargeDeclinedExpiredCard"])
def test_a_card_that_is_refused_cannot_be_saved(alias: str, sandbox: Sandbox) -> None:
    customer = sandbox.client.customers.create({})
    with pytest.raises(stripe.CardError):
        sandbox.client.payment_methods.attach(f"pm_card_{alias}", {"customer": customer.id})


def test_what_is_refunded_never_exceeds_what_was_paid(sandbox: Sandbox) -> None:
    made = confirm(sandbox, intent(sandbox, *saved(sandbox)))
    refunds = sandbox.client.refunds
    refunds.create({"payment_intent": made.id, "amount": 500})
    with pytest.raises(stripe.InvalidRequestError):
        refunds.create({"payment_intent": made.id, "amount": 701})
    refunds.create({"payment_intent": made.id})
    with pytest.raises(stripe.InvalidRequestError) as over:
        refunds.create({"payment_intent": made.id})
    assert over.value.code == "charge_already_refunded"


def test_a_disputed_payment_cannot_be_refunded(sandbox: Sandbox) -> None:
    made = confirm(sandbox, intent(sandbox, *saved(sandbox, "createDispute")))
    assert "charge.dispute.created" in sandbox.events()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.client.refunds.create({"payment_intent": made.id})
    assert refused.value.code == "charge_disputed"


def test_a_payment_that_succeeded_cannot_be_confirmed_or_cancelled_again(sandbox: Sandbox) -> None:
    made = confirm(sandbox, intent(sandbox, *saved(sandbox)))
    for act in (lambda: confirm(sandbox, made, "k3"), lambda: sandbox.client.payment_intents.cancel(made.id)):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            act()
        assert refused.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize(
    ("fault", "paid", "error"),
    [
        ("error_before", False, stripe.APIError),
        ("error_after", True, stripe.APIError),
        ("drop_before", False, stripe.APIConnectionError),
        ("drop_after", True, stripe.APIConnectionError),
        ("rate_limit", False, stripe.RateLimitError),
    ],
)
def test_faults_come_before_or_after_the_effect(
    fault: str, paid: bool, error: type[Exception], sandbox: Sandbox
) -> None:
    made = intent(sandbox, *saved(sandbox))
    sandbox.fault(requests={fault: 1})
    with pytest.raises(error):
        confirm(sandbox, made)
    found = sandbox.client.payment_intents.retrieve(made.id)
    assert (found.status == "succeeded") is paid


def test_lists_are_paged_newest_first(sandbox: Sandbox) -> None:
    who = saved(sandbox)
    made = [intent(sandbox, *who, key=f"k{n}").id for n in range(5)]
    listed = sandbox.client.payment_intents.list({"customer": who[0], "limit": 2})
    assert [found.id for found in listed.auto_paging_iter()] == made[::-1]


def test_what_was_said_survives_a_kill(sandbox: Sandbox, tmp_path: Path) -> None:
    made = confirm(sandbox, intent(sandbox, *saved(sandbox)))
    app = create(tmp_path, KEY)
    assert app.state.stripe.store.get(made.id)["status"] == "succeeded"


def test_a_wrong_key_is_refused(sandbox: Sandbox) -> None:
    answer = requests.get(f"{sandbox.url}/v1/customers", auth=("sk_test_other", ""), timeout=5)
    assert answer.status_code == 401


def test_the_description_does_complain() -> None:
    assert complaints({"object": "refund", "id": 1, "amount": "x"})
    assert complaints({"object": "customer", "id": "cus_1", "created": 1, "livemode": False, "nonsense": 1})
    assert unknown_parameters("POST", "/v1/refunds", {"payment_intent": "pi_1", "nonsense": 1})
    assert unknown_parameters("POST", "/v1/nonsense", {})
