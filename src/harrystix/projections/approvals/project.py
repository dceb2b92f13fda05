from pathlib import Path

import orjson

from harrystix.application.dispatch import Dispatch
from harrystix.domain import approval_events as approvals
from harrystix.domain import erasure_events as erasures
from harrystix.projections.base import ReadModel, Tables
from harrystix.projections.changes import Table


class Fold(Tables):
    def __init__(self) -> None:
        self.approvals = Table(
            "approvals",
            {
                "id": "uuid",
                "position": "bigint",
                "kind": "text",
                "subject": "text",
                "event_id": "text",
                "details": "jsonb",
                "reason": "text",
                "state": "text",
                "requested_by": "text",
                "requested_at": "timestamptz",
                "decided_by": "text",
                "decided_at": "timestamptz",
                "outcome": "text",
                "done": "bigint",
                "refused": "bigint",
            },
            "id",
        )
        self.erasures = Table(
            "erasures",
            {
                "id": "uuid",
                "position": "bigint",
                "member_id": "uuid",
                "origin": "text",
                "state": "text",
                "ordered_at": "timestamptz",
                "completed_at": "timestamptz",
            },
            "id",
        )


project: Dispatch[Fold, None] = Dispatch()
MODEL = ReadModel("approvals", Path(__file__).parent, project, Fold, {"approvals": (), "erasures": ()})


@project.on(approvals.Requested)
def _requested(fold: Fold, position: int, fact: approvals.Requested) -> None:
    fold.approvals.insert(
        str(fact.originator_id),
        position=position,
        kind=fact.kind,
        subject=fact.subject,
        event_id=fact.event_id,
        details=orjson.dumps(fact.details).decode(),
        reason=fact.reason,
        state="requested",
        requested_by=fact.actor,
        requested_at=fact.timestamp,
    )


@project.on(approvals.Granted)
def _granted(fold: Fold, _: int, fact: approvals.Granted) -> None:
    fold.approvals.update(
        str(fact.originator_id), state="granted", decided_by=fact.actor, decided_at=fact.timestamp
    )


@project.on(approvals.Denied)
def _denied(fold: Fold, _: int, fact: approvals.Denied) -> None:
    fold.approvals.update(
        str(fact.originator_id),
        state="denied",
        decided_by=fact.actor,
        decided_at=fact.timestamp,
        outcome=fact.reason,
    )


@project.on(approvals.CarriedOut)
def _carried_out(fold: Fold, _: int, fact: approvals.CarriedOut) -> None:
    state = "done" if fact.outcome == "done" else "failed"
    fold.approvals.update(
        str(fact.originator_id), state=state, outcome=fact.outcome, done=fact.done, refused=fact.refused
    )


@project.on(erasures.Ordered)
def _ordered(fold: Fold, position: int, fact: erasures.Ordered) -> None:
    fold.erasures.insert(
        str(fact.originator_id),
        position=position,
        member_id=fact.member_id,
        origin=fact.origin,
        state="ordered",
        ordered_at=fact.timestamp,
        completed_at=None,
    )


@project.on(erasures.OrderedAgain)
def _again(fold: Fold, _: int, fact: erasures.OrderedAgain) -> None:
    fold.erasures.update(str(fact.originator_id), state="ordered", completed_at=None)


@project.on(erasures.Completed)
def _completed(fold: Fold, _: int, fact: erasures.Completed) -> None:
    fold.erasures.update(str(fact.originator_id), state="completed", completed_at=fact.timestamp)
