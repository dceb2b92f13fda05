"""Capture runs: rehearse, start one now, follow, look at what came of it."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request, Response

from harrystix.adapters.web.access import Capturer, House, IdempotencyKey, write
from harrystix.adapters.web.answers import Answers, send
from harrystix.adapters.web.ids import is_id
from harrystix.adapters.web.money_schemas import (
    AttemptOut,
    RehearsalLineOut,
    RehearsalOut,
    RunOut,
    ShortfallOut,
    StartedOut,
)
from harrystix.adapters.web.paging import Cursor, Limit, link_next
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.processes import runs
from harrystix.domain.errors import NotFound
from harrystix.projections.money import queries
from harrystix.projections.money.rehearsal import lines, rehearse

router = Routes(prefix="/api/admin/capture", tags=["capture"], responses=Answers.WRITE)
State = Annotated[Literal["requested", "linked", "succeeded", "declined"] | None, Query()]


@router.get("/rehearsal", response_model=RehearsalOut)
def show_rehearsal(
    request: Request, response: Response, _: House, limit: Limit = 50, cursor: Cursor = None
) -> RehearsalOut:
    """What the next run would do: who, how much, missing cards, and where tickets would be short."""
    own = parts(request)
    after = own.cursors.decode(request, cursor) if cursor else None
    at = datetime.fromisoformat(after[0]) if after else own.context.schedule.next(own.context.clock.now())
    found = rehearse(own.database, at)
    page = lines(own.database, at, limit, int(after[1]) if after else 0)
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(request, at.isoformat(), page[-1].position))
    return RehearsalOut(
        at=at,
        orders=found.orders,
        amounts=found.amounts,
        shortfall=[ShortfallOut.model_validate(short) for short in found.shortfall],
        lines=[RehearsalLineOut.model_validate(line) for line in page],
    )


@router.post("/runs", status_code=202, response_model=StartedOut)
def start_run_now(request: Request, who: Capturer, key: IdempotencyKey = None) -> Response:
    """Take the money now, of everybody who ordered until now. The same key starts one run."""
    command = write(request, who, key)

    def work() -> Response:
        context = command.parts.context
        return send(StartedOut(run_id=runs.start_now(context, command.by, context.schedule)), 202)

    return command.once(b"", work)


@router.get("/runs", response_model=list[RunOut])
def list_runs(
    request: Request, response: Response, _: House, limit: Limit = 20, cursor: Cursor = None
) -> list[RunOut]:
    """Newest first."""
    own = parts(request)
    page = queries.runs(own.database, limit, int(own.cursors.decode(request, cursor)[0]) if cursor else None)
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(request, page[-1].position))
    return [RunOut.model_validate(run) for run in page]


@router.get("/runs/{run_id}", response_model=RunOut)
def show_run(request: Request, _: House, run_id: str) -> RunOut:
    """Progress while it runs, the result afterwards."""
    found = queries.runs(parts(request).database, 1, run_id=run_id) if is_id(run_id) else []
    if not found:
        raise NotFound(f"There is no capture run {run_id}.")
    return RunOut.model_validate(found[0])


@router.get("/runs/{run_id}/attempts", response_model=list[AttemptOut])
def list_attempts(
    request: Request,
    response: Response,
    _: House,
    run_id: str,
    state: State = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> list[AttemptOut]:
    """In the order of the run."""
    own = parts(request)
    after = int(own.cursors.decode(request, cursor)[0]) if cursor else None
    page = queries.attempts(own.database, run_id, state, limit, after)
    if len(page) == limit:
        link_next(request, response, own.cursors.encode(request, page[-1].position))
    return [AttemptOut.model_validate(attempt) for attempt in page]
