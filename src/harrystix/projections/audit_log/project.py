from pathlib import Path
from typing import Any

import orjson

from harrystix.application.dispatch import Dispatch
from harrystix.domain import approval_events as approvals
from harrystix.domain import bulk_job_events as jobs
from harrystix.domain import capture_run_events as run
from harrystix.domain import card_events as cards
from harrystix.domain import deed_events as deeds
from harrystix.domain import erasure_events as erasures
from harrystix.domain import event_refunds_events as refunds
from harrystix.domain import notice_events as notices
from harrystix.domain import payment_events as money
from harrystix.domain import pool_events as pool
from harrystix.domain import pre_order_events as order
from harrystix.domain import staff_events as staff
from harrystix.domain import ticketed_event_events as ticketed
from harrystix.domain import upload_events as upload
from harrystix.domain.base import Fact
from harrystix.projections.base import ReadModel
from harrystix.projections.changes import Cursor

COLUMNS = (
    "position, recorded_at, action, actor, command_id, cause_id, stream_id, version, "
    "event_id, pre_order_id, ticket_id, upload_id, ids, details"
)
KNOWN = {
    "originator_id",
    "originator_version",
    "originator_topic",
    "timestamp",
    "actor",
    "command_id",
    "cause_id",
    "event_id",
    "ticket_id",
    "upload_id",
    "order_id",
}
BULKY = {
    "ticket_ids",
    "order_ids",
    "refusals",
    "assignment_ids",
    "wanted_ids",
    "variant_ids",
    "positions",
    "confirmed_at",
    "rules",
    "still_held",
}


class Fold:
    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []

    def flush(self, cursor: Cursor) -> None:
        if not self.rows:
            return
        # Many rows go by COPY, which can't skip what is there; a replayed batch never gets here (positions).
        with cursor.copy(f"COPY assignment_logs ({COLUMNS}) FROM STDIN") as copy:
            for row in self.rows:
                copy.write_row(row)


project: Dispatch[Fold, None] = Dispatch()
MODEL = ReadModel("audit_log", Path(__file__).parent, project, Fold, {"assignment_logs": ()}, version=2)
KINDS: tuple[type[Fact], ...] = tuple(
    kind
    for module in (
        ticketed,
        refunds,
        upload,
        pool,
        order,
        money,
        cards,
        notices,
        run,
        staff,
        approvals,
        jobs,
        erasures,
        deeds,
    )
    for kind in vars(module).values()
    if isinstance(kind, type)
    and issubclass(kind, module.Event)
    and not kind.__subclasses__()
    and kind.__module__ == module.__name__
)


@project.on(*KINDS)
def _log(fold: Fold, position: int, fact: Fact) -> None:
    values = vars(fact)
    own = str(fact.originator_id)
    is_order, is_upload = isinstance(fact, order.Event), isinstance(fact, upload.Event)
    touched = [*values.get("ticket_ids", ()), *values.get("order_ids", ())]
    details = {key: value for key, value in values.items() if key not in KNOWN and key not in BULKY}
    if touched:
        details["count"] = len(values.get("ticket_ids") or values.get("order_ids") or ())
    fold.rows.append(
        (
            position,
            fact.timestamp,
            _ACTIONS[type(fact)],
            fact.actor,
            fact.command_id,
            fact.cause_id,
            own,
            fact.originator_version,
            own if isinstance(fact, ticketed.Event) else values.get("event_id") or None,
            own if is_order else values.get("order_id"),
            values.get("ticket_id") or None,
            own if is_upload else values.get("upload_id"),
            touched or None,
            orjson.dumps(details).decode(),
        )
    )


_ACTIONS: dict[type[Fact], str] = {kind: kind.TOPIC for kind in KINDS}  # type: ignore[attr-defined]
