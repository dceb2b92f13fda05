"""Capture on a real log against the sandbox Stripe: whatever breaks, one charge an order."""

from typing import Any

import pytest

from harrystix.adapters.stripe.gateway import StripeGateway
from harrystix.application.processes import capture_batch
from harrystix.application.processes.capture import capture_due
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from tests.adapters.sandbox.stripe.test_sandbox import KEY, Sandbox, saved
from tests.world import World


@pytest.fixture
def sandbox(here: World) -> Sandbox:
    return Sandbox(here.stripe_url, here.stripe)


@pytest.fixture
def gateway(sandbox: Sandbox) -> StripeGateway:
    return StripeGateway(KEY, sandbox.url, timeout=2, retries=0)


def asked(here: World, sandbox: Sandbox, count: int = 3, run: str = "run-1") -> list[str]:
    """Pre-orders whose capture is in the log and due."""
    event = here.event()
    orders: list[PreOrder] = []
    for number in range(count):
        by = here.context.by("member:x")
        order = PreOrder.place(
            by,
            event_id=str(event.id),
            member_id=f"00000000-0000-4000-8000-{number:012}",
            variant_id="",
            price_minor=1200,
            currency="GBP",
        )
        customer, method = saved(sandbox)
        order.save_card(
            by, setup_id=f"seti_{number}", customer_id=customer, payment_method_id=method, expires=203012
        )
        order.request_capture(by, run)
        orders.append(order)
    here.system.store.commit(*orders)
    here.follow()
    return [str(order.id) for order in orders]


def again(here: World) -> None:
    """As if the lease had run out."""
    here.follow()
    here.system.database.execute("UPDATE reporting.due_work SET leased_until = '-infinity'")


def states(here: World, ids: list[str]) -> list[Status]:
    found = here.system.store.get_many(PreOrder, ids)
    return [found[order].status for order in ids]


def charges(sandbox: Sandbox) -> int:
    return sandbox.events().count("charge.succeeded")


def test_everybody_is_charged_once_and_confirmed(
    here: World, sandbox: Sandbox, gateway: StripeGateway
) -> None:
    ids = asked(here, sandbox)
    assert capture_due(here.context, gateway) == 3
    again(here)
    assert capture_due(here.context, gateway) == 0
    assert states(here, ids) == [Status.CONFIRMED] * 3
    assert charges(sandbox) == 3
    assert here.system.database.all("SELECT * FROM reporting.due_work WHERE kind = 'capture'") == []


def test_a_decline_is_written_down_and_charges_nobody(
    here: World, sandbox: Sandbox, gateway: StripeGateway
) -> None:
    (order_id,) = asked(here, sandbox, 1)
    order = here.system.store.get(PreOrder, order_id)
    sandbox.fault(declines={order.customer_id: "visa_chargeDeclinedInsufficientFunds"})
    capture_due(here.context, gateway)
    order = here.system.store.get(PreOrder, order_id)
    assert (order.status, order.retries, order.attempt_open) == (Status.PROCESSING, 1, False)
    assert charges(sandbox) == 0


class Killed(BaseException):
    """The process is gone."""


STEPS = ["create", "confirm"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("forget", [False, True], ids=["keys kept", "25 h later, keys forgotten"])
def test_killed_at_any_step_the_next_one_charges_exactly_once(
    step: str, when: str, forget: bool, here: World, sandbox: Sandbox, gateway: StripeGateway
) -> None:
    ids = asked(here, sandbox, 2)

    class Dying(StripeGateway):
        def __getattribute__(self, name: str) -> Any:
            found = super().__getattribute__(name)
            if name != step:
                return found

            def last_act(*words: Any) -> Any:
                if when == "after":
                    found(*words)
                raise Killed

            return last_act

    with pytest.raises(Killed):
        capture_due(here.context, Dying(KEY, sandbox.url, timeout=2, retries=0))
    if forget:
        sandbox.fault(forget=True)
    again(here)
    capture_due(here.context, gateway)
    assert states(here, ids) == [Status.CONFIRMED] * 2
    assert charges(sandbox) == 2
    here.settle()
    assert here.broken() == []


@pytest.mark.parametrize("where", ["_link", "_record"])
def test_killed_before_it_is_written_down_the_next_one_asks_first(
    where: str, here: World, sandbox: Sandbox, gateway: StripeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = asked(here, sandbox, 2)
    batch = capture_batch.Batch

    def gone(_self: Any, made: Any) -> None:
        list(made)
        raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(batch, where, gone)
        with pytest.raises(Killed):
            capture_due(here.context, gateway)
    sandbox.fault(forget=True)
    again(here)
    capture_due(here.context, gateway)
    assert states(here, ids) == [Status.CONFIRMED] * 2
    assert charges(sandbox) == 2


@pytest.mark.parametrize("fault", ["error_before", "error_after", "drop_before", "drop_after", "rate_limit"])
def test_a_storm_of_faults_ends_in_one_charge_an_order(
    fault: str, here: World, sandbox: Sandbox, gateway: StripeGateway
) -> None:
    ids = asked(here, sandbox, 3)
    sandbox.fault(requests={fault: 5})
    for _ in range(6):
        capture_due(here.context, gateway)
        again(here)
    assert states(here, ids) == [Status.CONFIRMED] * 3
    assert charges(sandbox) == 3


def test_money_that_came_by_webhook_meanwhile_is_not_taken_again(
    here: World, sandbox: Sandbox, gateway: StripeGateway
) -> None:
    ids = asked(here, sandbox, 1)
    sandbox.fault(requests={"drop_after": 2})
    for _ in range(3):
        capture_due(here.context, gateway)
        again(here)
    assert states(here, ids) == [Status.CONFIRMED]
    assert charges(sandbox) == 1


def test_control_without_link_and_look_up_a_killed_worker_charges_twice(
    here: World, sandbox: Sandbox, gateway: StripeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guards switched off: made and confirmed before the link is in the log, and nobody asks afterwards."""
    ids = asked(here, sandbox, 2)
    sandbox.fault(forgetful=True)
    batch = capture_batch.Batch

    class Hasty(StripeGateway):
        def create(self, attempt: Any) -> Any:
            made = super().create(attempt)
            return super().confirm(attempt, made.payment_id)

    hasty = Hasty(KEY, sandbox.url, timeout=2, retries=0)

    def forgetful(*_: object) -> tuple[None, int]:
        return None, 0

    monkeypatch.setattr(capture_batch, "made_before", forgetful)

    def gone(_self: Any, made: Any) -> None:
        raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(batch, "_link", gone)
        with pytest.raises(Killed):
            capture_due(here.context, hasty)
    again(here)
    capture_due(here.context, hasty)
    here.settle()
    assert charges(sandbox) == 4
    assert len([line for line in here.broken() if "charged_twice" in line]) == len(ids)
