"""A restore beside another product on the same Stripe account."""

from datetime import UTC, datetime, timedelta

from harrystix.adapters.backup import restore
from tests.money import paid
from tests.world import World


def test_a_refund_of_another_product_keeps_no_restore_from_its_end(here: World) -> None:
    """Of a charge that was made the old way, without a payment intent."""
    paid(here)
    foreign = here.charged("")
    made = here.at_stripe("POST", "refunds", payment_intent=foreign)
    with here.stripe.store.guard:
        here.stripe.store.put({**here.stripe.store.get(made["id"]), "payment_intent": None})
    since = datetime.now(UTC) - timedelta(hours=1)
    restore.ask_providers(here.context, since, mails=False, payments=True)
