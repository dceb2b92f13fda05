"""While the payment provider hangs, tickets and their mails go on: no kind of work takes all threads."""

import socket
from pathlib import Path
from uuid import uuid4

import pytest

from harrystix.application.work import KINDS
from tests.adapters.worker.test_shares import THREADS, at_work, until
from tests.world import Servers, World, world

# A mail takes half a second; a call to a provider that hangs takes 15.
SOON = 10


def arrived(here: World, number: int) -> None:
    """News of a payment of ours, as the webhook leaves it."""
    hint = {"payment_intent": f"pi_{number}", "pre_order_id": str(uuid4())}
    here.context.inbox.add("stripe", f"evt_{number}", "payment_intent.succeeded", hint)


@pytest.mark.parametrize("news", [THREADS, 1200], ids=["one by one", "a Tuesday's"])
def test_while_stripe_hangs_its_news_leave_a_thread_for_tickets_and_mails(
    servers: Servers, tmp_path: Path, news: int
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(100)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with world(servers, tmp_path, stripe_url=url, stripe_timeout=15.0) as here, at_work(here):
            night = here.event()
            for number in range(news):
                arrived(here, number)
                if number < THREADS:
                    here.context.nudge.send("inbox", "")
                    # As many as may have a thread have one.
                    taken = min(number + 1, KINDS["inbox"].share)
                    held = "SELECT count(*) FILTER (WHERE attempts > 0) >= {} FROM app.inbox"
                    until(here, held.format(taken), 10)
            for _ in range(THREADS):
                here.context.nudge.send("inbox", "")
            here.paid(night, 3, prefix="new")
            here.committed(here.file(night, 3))
            until(here, "SELECT count(*) = 3 FROM app.mail_ledger WHERE state = 'accepted'", SOON)
