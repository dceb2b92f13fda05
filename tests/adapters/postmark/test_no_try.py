"""What is no try costs none: mails that nobody handed over can't fail."""

import time

import pytest

from harrystix.application.processes import mailing
from tests.adapters.postmark.test_mailing import due_again, ready, rested, states
from tests.world import World

BATCH = "00000000-0000-0000-0000-00000000000{}"


def tries(here: World) -> set[tuple[int, int]]:
    """(attempts, outcomes that nobody knew)."""
    return {
        (row[0], row[1])
        for row in here.system.database.all("SELECT attempt, unknown_outcomes FROM app.mail_ledger")
    }


def test_batches_that_were_prepared_too_slowly_five_times_fail_nothing(here: World) -> None:
    ready(here, 3)
    for number in range(5):
        due = here.context.due.claim("mail", 10, here.context.mail_lease)
        here.context.ledger.begin(BATCH.format(number), due)
        begun = time.monotonic() - here.context.mail_lease
        assert mailing.send(here.context, BATCH.format(number), due, begun) == (0, False)
        assert states(here) == {"planned": 3}
    assert tries(here) == {(0, 0)}
    due_again(here)
    assert mailing.send_due(here.context) == 3
    here.settle()
    assert here.broken() == []


@pytest.mark.parametrize("fault", [{"too_many": 5}, {"every_code": 412}, {"every_code": 1101}])
def test_tries_that_the_provider_turned_away_five_times_cost_none(here: World, fault: dict[str, int]) -> None:
    ready(here, 3)
    here.fault(**fault)
    for _ in range(5):
        assert mailing.send_due(here.context) == 0
        rested(here)
    assert (states(here), tries(here)) == ({"planned": 3}, {(0, 0)})
    here.fault(**dict.fromkeys(fault, 0))
    for _ in range(3):
        rested(here)
        mailing.send_due(here.context)
    assert states(here) == {"accepted": 3}


def test_a_slow_batch_that_somebody_else_took_over_meanwhile_is_theirs(here: World) -> None:
    ready(here, 2)
    due = here.context.due.claim("mail", 10, here.context.mail_lease)
    here.context.ledger.begin(BATCH.format(1), due)
    here.system.database.execute(
        "UPDATE app.mail_ledger SET batch_id = %s, attempt = attempt + 1", (BATCH.format(2),)
    )
    begun = time.monotonic() - here.context.mail_lease
    assert mailing.send(here.context, BATCH.format(1), due, begun) == (0, False)
    assert (states(here), tries(here)) == ({"sending": 2}, {(2, 0)})
    assert here.mails() == []
