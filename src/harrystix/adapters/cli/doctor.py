"""What `harrystix doctor` looks at."""

from typing import Any

from harrystix.adapters.web.metrics import ReadModelCollector
from harrystix.bootstrap import System


def examine(system: System) -> list[dict[str, Any]]:
    """One row a check: what, how it is, whether that is well, what to do."""
    database = system.database
    lag = ReadModelCollector(database).lag_seconds()
    late = system.context.due.overdue(60)
    parked = database.one("SELECT count(*) FROM app.inbox WHERE state = 'parked'") or (0,)
    failed = database.one(
        "SELECT count(*) FROM app.mail_ledger WHERE state = 'failed' AND error_code <> 'recalled'"
    ) or (0,)
    waiting = database.one(
        "SELECT count(*) FROM app.upload_files WHERE rows_kept AND received_at < now() - interval '24 hours'"
    ) or (0,)
    try:
        system.broker.client.ping()  # pyright: ignore
        queue = True
    except Exception:
        queue = False
    return [
        _row(
            "queue",
            "answers" if queue else "does not answer",
            queue,
            "Check REDIS_URL; workers go on by the sweep.",
        ),
        _row("read models", f"{lag:.0f} s behind", lag < 10, "Is the follower running? See its log."),
        _row("due work", f"{len(late)} kinds overdue", not late, "Are workers running? See their log."),
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
        _row("uploads", f"{waiting[0]} kept too long", waiting[0] == 0, "Is the scheduler running?"),
    ]


def _row(what: str, how: str, ok: bool, advice: str) -> dict[str, Any]:
    return {"check": what, "state": how, "ok": ok, "advice": "" if ok else advice}
