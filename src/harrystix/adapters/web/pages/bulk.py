"""Acts on many pre-orders: first what could be done and why not, then a job that does it in the background."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Path, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from harrystix.adapters.postgres.choices import Choices
from harrystix.adapters.web.access import Desk, prove_again, write
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.ids import UUID, is_id
from harrystix.adapters.web.own_events import mine
from harrystix.adapters.web.pages.bulk_acts import ACTS, BulkAct
from harrystix.adapters.web.pages.forms import fields, go, key_of, many, said
from harrystix.adapters.web.pages.order_filters import parse
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.handlers import bulk
from harrystix.application.handlers.money import left_to_refund
from harrystix.application.processes import bulk as process
from harrystix.domain.bulk_job import MOST, WANT_REASON, BulkJob
from harrystix.domain.errors import DomainError, OutOfDate
from harrystix.domain.pre_order import PreOrder
from harrystix.projections.assignments import queries as assignments
from harrystix.projections.bulk_jobs import queries as jobs

TICKED, TRIED, SHOWN = 200, 500, 50
Id = Annotated[str, Path(pattern=UUID)]
router = Routes(prefix="/admin/orders/bulk", include_in_schema=False)


@dataclass
class Choice:
    """`refused`: those that cannot be meant."""

    ids: list[str]
    refused: dict[str, str] = field(default_factory=dict[str, str])


@router.post("", response_class=Response)
async def choose(request: Request, who: Desk) -> Response:
    """The ones that are ticked, or all that the filters leave: kept, and looked at on a page of their own."""
    found, ids = await many(request, "id", TICKED)

    def work() -> Response:
        own = parts(request)
        _act(who, found)
        # What cannot be meant is refused here, where it can be chosen otherwise.
        _choice(own, who, found, ids)
        kept = {name: found[name] for name in ("act", "all", "matching", "again") if name in found}
        return go(f"/admin/orders/bulk/{Choices(own.database).keep(who.actor, kept, ids)}")

    return await run_in_threadpool(work)


@router.get("/{choice_id}", response_class=HTMLResponse)
def preview(request: Request, who: Desk, choice_id: Id) -> HTMLResponse:
    """What could be done with what was chosen, and with which of them not."""
    own = parts(request)
    found, ids = Choices(own.database).find(who.actor, choice_id)
    act = _act(who, found)
    if act.dangerous:
        # Before anything is written here: what comes next must not have to be written twice.
        prove_again(request, who)
    return _preview(request, who, act, choice_id, _choice(own, who, found, ids))


@router.post("/{choice_id}/run", response_class=Response)
async def run(request: Request, who: Desk, choice_id: Id) -> Response:
    """Orders the job. What is more than one person may do alone waits for a second one."""
    sent = await fields(request)

    def work() -> Response:
        own = parts(request)
        found, ids = Choices(own.database).find(who.actor, choice_id)
        act = _act(who, found)
        if act.dangerous:
            prove_again(request, who)
        command = write(request, who, f"{key_of(sent)}/{choice_id}")
        known = str(bulk.job_of(command.by))
        if own.context.store.get_many(BulkJob, [known]):
            # Sent twice: what is left by now says nothing about what was ordered.
            return go(f"/admin/jobs/{known}")
        choice = _choice(own, who, found, ids)
        reason = sent.get("reason", "")
        try:
            if sent.get("seen") != _digest(choice.ids):
                raise OutOfDate(f"By now it would be other pre-orders, {len(choice.ids)} in all. Look again.")
            job = bulk.order(
                own.context,
                command.by,
                kind=act.kind,
                order_ids=choice.ids,
                reason=reason,
                waits=_wants_second(own, act, choice.ids),
            )
        except DomainError as wrong:
            status = 409 if isinstance(wrong, OutOfDate) else 422
            wrongs = said(wrong, "reason")
            return _preview(request, who, act, choice_id, choice, status, errors=wrongs, reason=reason)
        return go(f"/admin/jobs/{job}")

    return await run_in_threadpool(work)


def _choice(own: Parts, who: Caller, found: dict[str, str], ids: list[str]) -> Choice:
    """Raises 422 for more than one job can hold."""
    if "all" in found:
        ids = assignments.ids(own.database, parse(found.get("matching", ""), who), MOST + 1)
    elif is_id(found.get("again", "")):
        job = jobs.one(own.database, found["again"])
        if job is None or (who.events is not None and job.ordered_by != who.actor):
            raise HTTPException(404, "There is no such job.")
        wanted, refused = mine(own, who, jobs.refused_ids(own.database, job.id, MOST))
        return Choice(wanted, refused)
    else:
        wanted, refused = mine(own, who, ids)
        return Choice(wanted, refused)
    if len(ids) > MOST:
        raise HTTPException(
            422, f"More than {MOST:,} match. Set more filters: that many at once is a mistake."
        )
    return Choice(ids)


def _wants_second(own: Parts, act: BulkAct, ids: list[str]) -> bool:
    if act.kind == "resend":
        return len(ids) > own.settings.resend_alone
    if act.kind == "refund":
        if len(ids) > TRIED:
            return True
        orders = own.context.store.get_many(PreOrder, ids).values()
        paid = [left_to_refund(order) for order in orders if order.payment_id]
        return sum(paid) > own.settings.refund_alone
    return False


def _preview(
    request: Request,
    who: Caller,
    act: BulkAct,
    choice_id: str,
    choice: Choice,
    status: int = 200,
    reason: str = "",
    **more: Any,
) -> HTMLResponse:
    own = parts(request)
    tried, refused = choice.ids[:TRIED], dict(choice.refused)
    known = own.context.store.get_many(PreOrder, tried)
    by = own.context.by(who.actor)
    # Of a job and on copies that nobody keeps: the rule itself says what it would refuse.
    job = BulkJob.order(by, uuid4(), kind=act.kind, order_ids=tried or [str(uuid4())], reason="looking ahead")
    can = 0
    for order_id in tried:
        try:
            process.ACTS[act.kind](by, known[order_id], job)
            can += 1
        except KeyError:
            refused[order_id] = "There is no such pre-order."
        except DomainError as why:
            refused[order_id] = why.message
    more_than_tried = len(choice.ids) > len(tried)
    second = (bool(can) or more_than_tried) and _wants_second(own, act, choice.ids)
    return page(
        request,
        who,
        "admin/bulk.html",
        status,
        act=act,
        can=can,
        tried=len(tried) + len(choice.refused),
        chosen=len(choice.ids) + len(choice.refused),
        seen=_digest(choice.ids),
        choice_id=choice_id,
        refused=_words(refused),
        second=second,
        asks=second or act.kind in WANT_REASON,
        reason=reason,
        **more,
    )


def _act(who: Caller, found: dict[str, str]) -> BulkAct:
    act = ACTS.get(found.get("act", ""))
    if act is None:
        raise HTTPException(400, "This form is not whole. Load the page again.")
    if not who.may(act.needs):
        raise HTTPException(403, "This is not for your role.")
    return act


def _words(refused: dict[str, str]) -> dict[str, Any]:
    """By reason, how many and which; the most frequent first."""
    reasons: dict[str, list[str]] = {}
    for order_id, why in refused.items():
        reasons.setdefault(why.replace(order_id, "…"), []).append(order_id)
    ordered = sorted(reasons.items(), key=lambda item: -len(item[1]))
    return {"count": len(refused), "reasons": [(why, len(ids), ids[:SHOWN]) for why, ids in ordered]}


def _digest(ids: list[str]) -> str:
    """Of exactly these: one that left and another that came are not the same."""
    return sha256(" ".join(sorted(ids)).encode()).hexdigest()[:20]
