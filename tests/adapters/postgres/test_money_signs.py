"""What metrics and doctor say about money."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from harrystix.adapters.doctor import examine
from harrystix.adapters.postgres.money_signs import MoneySigns, money_signs
from harrystix.adapters.stripe.webhook import API_VERSION
from harrystix.application.handlers import money
from harrystix.application.processes import runs
from harrystix.domain.schedule import Schedule
from tests.money import announced, ordered, paid, refunded
from tests.world import World

SCHEDULE = Schedule()


def signs(here: World, now: datetime | None = None) -> MoneySigns:
    here.follow()
    return money_signs(here.system.database, SCHEDULE, now or datetime.now(UTC), API_VERSION)


def wrong(here: World) -> set[str]:
    return {
        row["check"] for row in examine(here.system.database, here.context, lambda: True) if not row["ok"]
    }


def test_a_run_that_did_not_begin_is_missing_once_somebody_waits_for_it(here: World) -> None:
    tuesday = SCHEDULE.next(datetime.now(UTC))
    late = tuesday + timedelta(minutes=7)
    assert signs(here, late).run_late == 0, "nobody has ordered"
    ordered(here, announced(here))
    assert signs(here, tuesday - timedelta(seconds=1)).run_late == 0
    assert signs(here, late).run_late == 420


def test_a_run_that_began_is_not_missing(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ordered(here, announced(here))
    late = SCHEDULE.next(datetime.now(UTC)) + timedelta(minutes=7)
    monkeypatch.setattr(here.context.clock, "now", lambda: late)
    assert runs.start_due(here.context, SCHEDULE)
    assert signs(here, late).run_late == 0


def test_a_well_system_has_nothing_to_say(here: World) -> None:
    paid(here)
    assert signs(here) == MoneySigns(0.0, None, {}, 0, {"failed": 0, "slow": 0}, {})
    assert wrong(here) == set()


def test_failed_refunds_findings_and_other_versions_are_told(online: World) -> None:
    (order_id,) = paid(online, alias="refundFail")
    by = online.context.by("staff:kim")
    money.request_refund(online.context, by, order_id, reason="sorry", amount_minor=0)
    refunded(online)
    online.system.database.execute(
        "INSERT INTO app.findings (kind, subject, details) VALUES ('refund_unknown', 're_1', '{}')"
    )
    hint = {"api_version": "2019-12-03"}
    online.context.inbox.add("stripe", "evt_old", "charge.refunded", hint)
    found = signs(online)
    assert found.findings == {"refund_unknown": 1}
    assert found.refunds == {"failed": 1, "slow": 0}
    assert found.other_versions == {"2019-12-03": 1}
    assert {"books", "webhook version"} <= wrong(online)
    text = requests.get(f"{online.web}/metrics", timeout=5).text
    assert 'harrystix_findings{kind="refund_unknown"} 1.0' in text
    assert 'harrystix_other_api_versions{version="2019-12-03"} 1.0' in text
    assert "harrystix_capture_run_late_seconds 0.0" in text
    assert "harrystix_payments_paused_seconds 0.0" in text


def test_the_pause_of_the_breaker_is_told(online: World) -> None:
    for _ in range(30):
        online.context.pace.tell("confirm", "failed")
    assert "payments" in wrong(online)
    text = requests.get(f"{online.web}/metrics", timeout=5).text
    (line,) = [line for line in text.splitlines() if line.startswith("harrystix_payments_paused_seconds ")]
    assert 0 < float(line.split()[1]) <= 30
