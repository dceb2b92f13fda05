"""A provider that is away, or set up wrongly, fails no mail; one bad mail is one bad mail."""

import time

import pytest

from harrystix.application.processes import mailing
from tests.adapters.postmark.test_mailing import due_again, outages, ready, rested, states, statuses
from tests.world import World


@pytest.mark.parametrize("fault", ["too_many", "unavailable", "server_error"])
def test_a_passing_failure_is_tried_again_and_mails_once(hasty: World, fault: str) -> None:
    ready(hasty, 3)
    hasty.fault(**{fault: 1})
    assert mailing.send_due(hasty.context) == 0
    assert outages(hasty)
    for _ in range(3):
        time.sleep(hasty.context.mail_lease if states(hasty) == {"sending": 3} else 0)
        rested(hasty)
        mailing.send_due(hasty.context)
    assert len(hasty.mails()) == 3
    assert outages(hasty) == []
    hasty.settle()
    assert hasty.broken() == []


@pytest.mark.parametrize("fault", [{"unavailable": 10}, {"too_many": 10}, {"every_code": 412}])
def test_ten_minutes_without_the_provider_fail_no_mail(hasty: World, fault: dict[str, int]) -> None:
    ready(hasty, 3)
    hasty.fault(**fault)
    seen: set[str] = set()
    for _ in range(10):
        mailing.send_due(hasty.context)
        seen |= {name for name, _ in outages(hasty)}
        hasty.system.database.execute(
            "UPDATE app.mail_ledger SET sending_at = sending_at - interval '1 hour'"
        )
        rested(hasty)
    assert seen == {"postmark"}
    assert statuses(hasty) == {"planned"}
    hasty.fault(every_code=0, unavailable=0, too_many=0)
    for _ in range(4):
        hasty.system.database.execute(
            "UPDATE app.mail_ledger SET sending_at = sending_at - interval '1 hour'"
        )
        rested(hasty)
        mailing.send_due(hasty.context)
    assert len(hasty.mails()) == 3
    assert outages(hasty) == []
    hasty.settle()
    assert statuses(hasty) == {"accepted"}
    assert hasty.broken() == []


def test_while_the_provider_rests_nobody_asks_it_and_then_one_mail_probes(here: World) -> None:
    ready(here, 3)
    here.fault(too_many=2, retry_after=7)
    mailing.send_due(here.context)
    due_again(here)
    assert mailing.send_due(here.context) == 0
    tries = here.system.database.all("SELECT state, attempt FROM app.mail_ledger")
    assert tries == [("planned", 0)] * 3, "nobody was asked about any of them"
    rested(here)
    mailing.send_due(here.context)
    (left,) = here.context.outages.current()
    assert left.tries == 2, "the second failure came from one probe"
    rested(here)
    assert mailing.send_due(here.context) == 3


def test_a_pause_that_the_provider_asks_for_is_kept(here: World) -> None:
    ready(here, 1)
    here.fault(too_many=1, retry_after=37)
    mailing.send_due(here.context)
    assert 30 < here.context.outages.wait("postmark") <= 37


def test_a_missing_template_holds_up_its_own_mails_only(here: World) -> None:
    ready(here, 2)
    here.context.outages.opened("postmark/refunded", "1101")
    assert mailing.send_due(here.context) == 2


def test_one_mail_that_the_provider_stumbles_over_is_one(hasty: World) -> None:
    ready(hasty, 5)
    hasty.fault(choke_on=["m2@uni.example"])
    for _ in range(8):
        mailing.send_due(hasty.context)
        hasty.system.database.execute(
            "UPDATE app.mail_ledger SET sending_at = sending_at - interval '1 hour'"
        )
        rested(hasty)
        hasty.follow()
    assert sorted(states(hasty).items()) == [("accepted", 4), ("failed", 1)]
    hasty.settle()
    assert hasty.broken() == []


def test_one_credential_that_does_not_open_is_one_mail_that_does_not_leave(here: World) -> None:
    ready(here, 10)
    here.system.database.execute(
        "UPDATE vault.tickets SET sealed = sealed || '\\x00' WHERE ticket_id = (SELECT ticket_id FROM vault.tickets "
        "ORDER BY row_number OFFSET 2 LIMIT 1)"
    )
    assert mailing.send_due(here.context) == 9
    for _ in range(3):
        due_again(here)
        mailing.send_due(here.context)
    assert states(here) == {"accepted": 9, "failed": 1}
    assert here.system.database.one("SELECT error_code FROM app.mail_ledger WHERE state = 'failed'") == (
        "nothing_to_send",
    )
