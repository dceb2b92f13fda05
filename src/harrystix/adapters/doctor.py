"""How the system is, and what to do about it: `harrystix doctor` and the page of health say the same."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.money_signs import money_signs
from harrystix.adapters.stripe.webhook import API_VERSION
from harrystix.adapters.web.metrics import ReadModelCollector
from harrystix.application.context import Context

LATE, LONGEST = timedelta(minutes=5), 3600
# A day, and some hours for the night in which it failed.
BACKUP_DUE = 30 * 3600.0


def examine(database: Database, context: Context, queue_answers: Callable[[], bool]) -> list[dict[str, Any]]:
    """One row a check: what, how it is, whether that is well, what to do."""
    lag = ReadModelCollector(database).lag_seconds()
    late = context.due.overdue(60)
    parked = database.one("SELECT count(*) FROM app.inbox WHERE state = 'parked'") or (0,)
    failed = database.one(
        "SELECT count(*) FROM app.mail_ledger WHERE state = 'failed' AND error_code <> 'recalled'"
    ) or (0,)
    waiting = database.one(
        "SELECT count(*) FROM app.upload_files WHERE rows_kept AND received_at < now() - interval '24 hours'"
    ) or (0,)
    erasing = database.one(
        "SELECT count(*) FROM reporting.due_work WHERE kind = 'erase' AND since < now() - interval '1 hour'"
    ) or (0,)
    asked = database.one(
        "SELECT count(*) FROM reporting.approvals WHERE state = 'requested' "
        "AND requested_at BETWEEN now() - interval '3 days' AND now() - interval '1 day'"
    ) or (0,)
    kept = database.one("SELECT extract(epoch FROM now() - max(made_at))::float FROM app.backups") or (None,)
    old = database.one(
        "SELECT extract(epoch FROM now() - recorded_at)::float FROM reporting.assignment_logs "
        "ORDER BY position LIMIT 1"
    ) or (0.0,)
    stuck = database.one(
        "SELECT count(*) FILTER (WHERE parked), count(*) FILTER (WHERE NOT parked) FROM app.failed_work"
    ) or (0, 0)
    outages = context.outages.current()
    resting = waiting_for(database) if outages else {}
    queue = queue_answers()
    return [
        _row(
            "queue",
            "answers" if queue else "does not answer",
            queue,
            "Check REDIS_URL; workers go on by the sweep.",
        ),
        _row(
            "read models",
            f"{lag:.0f} s behind{_standing_still(database) if lag >= 10 else ''}",
            lag < 10,
            "Is the follower running? Its log says of which fact a model makes nothing: "
            "`harrystix rebuild MODEL` builds it anew.",
        ),
        _row("due work", f"{len(late)} kinds overdue", not late, "Are workers running? See their log."),
        _row(
            "failed work",
            f"{stuck[0]} parked, {stuck[1]} tried again",
            stuck[0] == 0,
            "`harrystix work parked` lists them, `harrystix work retry` tries one again.",
        ),
        _row(
            "providers",
            "; ".join(
                f"{one.name} rests since {one.since:%d %b %H:%M} UTC ({one.why}, {resting.get(one.name, 0)} wait)"
                for one in outages
            )
            or "answer",
            not outages,
            "It goes on by itself once it answers. A number is the provider's code: token, account or template.",
        ),
        _row(
            "inbox",
            f"{parked[0]} parked",
            parked[0] == 0,
            "Look at app.inbox; parked messages need a person.",
        ),
        _row(
            "mails",
            f"{failed[0]} failed",
            failed[0] == 0,
            "List them with delivery=failed, resend after fixing.",
        ),
        _row(
            "approvals",
            f"{asked[0]} wait longer than a day",
            asked[0] == 0,
            "Somebody else than who asked has to grant or deny them; after three days nobody can.",
        ),
        _row(
            "erasures",
            f"{erasing[0]} longer than an hour",
            erasing[0] == 0,
            "See the workers' log for what they wait: a dispute, a payment, or a provider that is away.",
        ),
        _row(
            "backup",
            "never" if kept[0] is None else f"{kept[0] / 3600:.0f} h ago",
            old[0] < BACKUP_DUE or (kept[0] is not None and kept[0] < BACKUP_DUE),
            "`harrystix backup --into FOLDER`, every night, and the folder somewhere else.",
        ),
        _row("uploads", f"{waiting[0]} kept too long", waiting[0] == 0, "Is the scheduler running?"),
        *_money(database, context),
    ]


def waiting_for(database: Database) -> dict[str, int]:
    """How much waits for each provider."""
    rows = database.all(
        "SELECT CASE WHEN kind = 'mail' THEN 'postmark' ELSE 'stripe' END, count(*) FROM reporting.due_work "
        "WHERE kind IN ('mail', 'capture', 'refund', 'end_payment') GROUP BY 1"
    )
    return {row[0]: row[1] for row in rows}


def _money(database: Database, context: Context) -> Iterator[dict[str, Any]]:
    signs = money_signs(database, context.schedule, context.clock.now(), API_VERSION)
    late, paused = timedelta(seconds=int(signs.run_late)), context.pace.paused()
    yield _row(
        "capture run",
        f"missing for {late}" if late else "none missing",
        late < LATE,
        "Is the scheduler running? After a day it is not made up for by itself: `capture --now --by NAME`.",
    )
    yield _row(
        "payments",
        f"paused for {paused:.0f} s" if paused else "not paused",
        not paused,
        "Too many calls failed or were declined. Look why; `capture --resume --by NAME` ends the pause.",
    )
    ago = signs.reconciled
    yield _row(
        "reconciliation",
        "never" if ago is None else f"{ago / 60:.0f} min ago",
        ago is None or ago < LONGEST,
        "Is the scheduler running? See its log.",
    )
    yield _row(
        "books",
        ", ".join(f"{count} {kind}" for kind, count in signs.findings.items()) or "agree",
        not signs.findings,
        "See `findings list`; `findings repair` or `findings dismiss` each.",
    )
    yield _row(
        "refunds",
        f"{signs.refunds['failed']} failed, {signs.refunds['slow']} slow",
        not any(signs.refunds.values()),
        "Failed ones need another way to pay back; ask the provider about those of five days.",
    )
    yield _row(
        "disputes", f"{signs.cases} open", not signs.cases, "Answer them at the provider before its date."
    )
    versions = sorted(signs.other_versions)
    yield _row(
        "webhook version",
        ", ".join(versions) or API_VERSION,
        not versions,
        f"Give the provider's webhook endpoint the version {API_VERSION}.",
    )


def _row(what: str, how: str, ok: bool, advice: str) -> dict[str, Any]:
    return {"check": what, "state": how, "ok": ok, "advice": "" if ok else advice}


def _standing_still(database: Database) -> str:
    """Which read models are behind the others, and at which position of the log each stopped."""
    rows = database.all(
        "SELECT model, position FROM reporting.positions "
        "WHERE position < (SELECT max(position) FROM reporting.positions) ORDER BY model"
    )
    return "".join(f"; {model} stopped after fact {position}" for model, position in rows)
