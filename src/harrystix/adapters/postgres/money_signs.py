"""How money is doing, in a few numbers: for metrics, and for the doctor."""

from dataclasses import dataclass
from datetime import datetime

from harrystix.adapters.postgres.database import Database
from harrystix.domain.capture_run import CaptureRun
from harrystix.domain.schedule import Schedule


@dataclass(frozen=True, slots=True)
class MoneySigns:
    """`run_late`: seconds since a run should have begun, 0: none missing; `reconciled`: seconds ago."""

    run_late: float
    reconciled: float | None
    findings: dict[str, int]
    cases: int
    refunds: dict[str, int]
    other_versions: dict[str, int]


def money_signs(database: Database, schedule: Schedule, now: datetime, version: str) -> MoneySigns:
    """`version`: of the provider's API, that our webhook endpoint should have. Two kinds of refunds: failed, slow."""
    findings = database.all(
        "SELECT kind, count(*) FROM app.findings WHERE resolved_at IS NULL GROUP BY 1 ORDER BY 1"
    )
    cases = database.one("SELECT count(*) FROM reporting.cases WHERE state = 'open'")
    refunds = database.one(
        "SELECT count(*) FILTER (WHERE state = 'failed' AND settled_at > now() - interval '30 days'), "
        "count(*) FILTER (WHERE state IN ('requested', 'pending', 'requires_action') "
        "AND requested_at < now() - interval '5 days') FROM reporting.refunds"
    ) or (0, 0)
    versions = database.all(
        "SELECT hint->>'api_version', count(*) FROM app.inbox WHERE provider = 'stripe' "
        "AND received_at > now() - interval '1 day' AND hint->>'api_version' <> %s GROUP BY 1",
        (version,),
    )
    reconciled = database.one(
        "SELECT extract(epoch FROM now() - max(finished_at)) FROM app.reconciliations"
    ) or (None,)
    return MoneySigns(
        _late(database, schedule, now),
        None if reconciled[0] is None else float(reconciled[0]),
        dict(findings),
        cases[0] if cases else 0,
        {"failed": refunds[0], "slow": refunds[1]},
        dict(versions),
    )


def _late(database: Database, schedule: Schedule, now: datetime) -> float:
    """Only where somebody waits for it: a fresh system owes nobody the run of last week."""
    day = schedule.latest(now)
    due = schedule.moment(day)
    run = (CaptureRun.id_of(schedule.name, day),)
    if database.one("SELECT 1 FROM reporting.capture_runs WHERE id = %s", run):
        return 0.0
    waiting = database.one(
        "SELECT 1 FROM reporting.member_orders WHERE status = 'placed' AND placed_at < %s LIMIT 1", (due,)
    )
    return (now - due).total_seconds() if waiting else 0.0
