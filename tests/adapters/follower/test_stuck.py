"""A read model that can't digest a fact stands still alone: the site stays in, and starts again."""

import requests

from tests.world import World


def test_one_read_model_that_stands_still_takes_no_web_out_and_keeps_no_house_from_starting(
    online: World,
) -> None:
    event = online.event()
    online.follow()
    online.system.database.execute(
        "ALTER TABLE reporting.assignment_logs ADD CONSTRAINT nobody CHECK (false) NOT VALID"
    )
    online.paid(event, 2)
    online.committed(online.file(event, 2))
    online.settle()
    assert len(online.mails()) == 2, "all others go on"
    # A minute later.
    online.system.database.execute("UPDATE reporting.positions SET recorded_at = now() - interval '1 minute'")
    answer = requests.get(f"{online.web}/readyz", timeout=10)
    assert answer.status_code == 200, answer.text


def test_what_stands_still_and_at_which_fact_is_told_to_a_person(online: World) -> None:
    event = online.event()
    online.follow()
    online.system.database.execute(
        "ALTER TABLE reporting.assignment_logs ADD CONSTRAINT nobody CHECK (false) NOT VALID"
    )
    online.paid(event, 2)
    online.settle()
    online.system.database.execute("UPDATE reporting.positions SET recorded_at = now() - interval '1 minute'")
    from harrystix.adapters.doctor import examine

    checks = {row["check"]: row for row in examine(online.system.database, online.context, lambda: True)}
    assert not checks["read models"]["ok"]
    assert "audit_log" in f"{checks['read models']['state']} {checks['read models']['advice']}"
