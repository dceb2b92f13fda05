"""How the system is: the checks of `doctor`, what waits for workers, the last captures and backups."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from harrystix.adapters.doctor import examine
from harrystix.adapters.postgres.processes import processes
from harrystix.adapters.postgres.queues import queues
from harrystix.adapters.redis.broker import answers
from harrystix.adapters.web.access import House
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.projections.money import queries as money

RUNS, BACKUPS = 5, 5
WORK = {
    "order": "people who join the queue",
    "match": "events to be matched",
    "rules": "rules to be taken up",
    "mail": "mails",
    "capture": "payments to be asked for",
    "refund": "refunds",
    "complete": "uploads to be closed",
    "run": "capture runs",
    "refunds": "events to be refunded",
    "end_payment": "payments to be ended",
    "bulk": "jobs over many",
    "erase": "erasures",
    "approved": "acts that were agreed to",
    "inbox": "messages of Stripe",
    "reports": "messages of Postmark",
    "sign_in": "links to sign in",
    "push": "devices to be told",
}
router = Routes(prefix="/admin/health", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def show_health(request: Request, who: House) -> HTMLResponse:
    """Checks, each with what to do where it is not well."""
    with parts(request).database.held():
        return _health(request, who)


def _health(request: Request, who: Caller) -> HTMLResponse:
    own = parts(request)
    models = own.database.all(
        "SELECT model, position, (SELECT coalesce(max(notification_id), 0) FROM log.stored_events) - position "
        "FROM reporting.positions ORDER BY model"
    )
    backups = own.database.all(
        "SELECT made_at, position, size_bytes FROM app.backups ORDER BY made_at DESC LIMIT %s", (BACKUPS,)
    )
    return page(
        request,
        who,
        "admin/health.html",
        checks=examine(own.database, own.context, lambda: answers(own.settings.redis_url)),
        work=[(WORK.get(q.kind, q.kind), q.items, q.since, q.attempts) for q in queues(own.database)],
        models=models,
        runs=money.runs(own.database, RUNS),
        backups=backups,
        processes=processes(own.database),
        capture_at=own.context.schedule.next(own.context.clock.now()),
    )
