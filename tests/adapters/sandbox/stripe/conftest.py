"""The sandbox Stripe as a server, watched by Stripe's own description of its API."""

from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
import requests
import stripe

from harrystix.adapters.sandbox.stripe.forms import parse
from harrystix.adapters.sandbox.stripe.server import create
from tests.adapters.sandbox.stripe.described import complaints, unknown_parameters
from tests.world import served

KEY = "sk_test_sandbox"


class Sandbox:
    """A running sandbox that checks every answer and every request against the description."""

    def __init__(self, url: str, state: Any) -> None:
        self.url, self.state = url.rstrip("/"), state
        self.complaints: list[str] = []
        plain = state.handle

        def handle(method: str, path: str, query: Any, body: bytes, headers: Any) -> tuple[int, bytes]:
            status, answer = plain(method, path, query, body, headers)
            self.complaints += complaints(orjson.loads(answer))
            given = parse(body) if method == "POST" else query
            self.complaints += unknown_parameters(method, urlsplit(path).path, given)
            return status, answer

        state.handle = handle

    @property
    def client(self) -> Any:
        return stripe.StripeClient(
            KEY,
            base_addresses={"api": self.url},
            http_client=stripe.RequestsClient(timeout=5),
            max_network_retries=0,
        ).v1

    def fault(self, **faults: Any) -> None:
        requests.put(f"{self.url}/sandbox/faults", json=faults, timeout=5).raise_for_status()

    def events(self) -> list[str]:
        return [event["type"] for event in self.state.store.page("event", {"limit": "100"})[0]]


@pytest.fixture
def sandbox(tmp_path: Path) -> Generator[Sandbox]:
    app = create(tmp_path, KEY)
    with served(app) as url:
        made = Sandbox(url, app.state.stripe)
        yield made
        assert made.complaints == []


def saved(sandbox: Sandbox, alias: str = "visa") -> tuple[str, str]:
    """A customer and a payment method that is saved with it."""
    customer = sandbox.client.customers.create({"email": "kim@uni.example"})
    setup = {"customer": customer.id, "payment_method": f"pm_card_{alias}", "usage": "off_session"}
    made = sandbox.client.setup_intents.create(setup)
    sandbox.client.setup_intents.confirm(made.id)
    found = sandbox.client.setup_intents.retrieve(made.id)
    return customer.id, str(found.payment_method)


def intent(sandbox: Sandbox, customer: str, method: str, key: str = "k1", amount: int = 1200) -> Any:
    words = {
        "amount": amount,
        "currency": "gbp",
        "customer": customer,
        "payment_method": method,
        "metadata": {"pre_order_id": "o1"},
    }
    return sandbox.client.payment_intents.create(words, {"idempotency_key": key})


def confirm(sandbox: Sandbox, made: Any, key: str = "k2") -> Any:
    return sandbox.client.payment_intents.confirm(made.id, {"off_session": True}, {"idempotency_key": key})
