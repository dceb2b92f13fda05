"""What has to be at the sandbox Stripe before a bench begins: written into its own store, before it starts."""

from harrystix.adapters.bench.stage import Stage
from harrystix.adapters.sandbox.stripe import objects
from harrystix.adapters.sandbox.stripe.cards import CARDS
from harrystix.adapters.sandbox.stripe.store import Store

CARD_EXPIRES = 203012


def cards_at_stripe(s: Stage) -> None:
    """A customer with a saved card for every pre-order in the log that has one."""
    store = Store(s.stack.folder / "sandbox" / "stripe.sqlite")
    rows = s.system.database.all(
        "SELECT convert_from(state, 'utf8')::jsonb->>'customer_id', "
        "convert_from(state, 'utf8')::jsonb->>'payment_method_id' "
        "FROM log.stored_events WHERE topic = 'PreOrder.CardSaved'"
    )
    with store.together():
        for customer, method in rows:
            store.put({**objects.customer(customer, {}), "id": customer})
            store.put({**objects.payment_method(method, CARDS[0], {}), "customer": customer})
            store.keep_card(method, CARDS[0].number)
    store.close()


def payments_at_stripe(s: Stage, orders: list[str], amount: int) -> None:
    """A payment that has succeeded for each, as if its webhook were still on its way."""
    store = Store(s.stack.folder / "sandbox" / "stripe.sqlite")
    with store.together():
        for order in orders:
            words = {"amount": amount, "currency": "gbp", "metadata": {"pre_order_id": order}}
            made = objects.payment_intent(f"pi_{order}", words)
            store.put({**made, "status": "succeeded", "amount_received": amount})
    store.close()
