"""BulkJob: one act on many pre-orders, done in the background, with a result for each; it can be stopped."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from harrystix.domain import bulk_job_events as facts
from harrystix.domain.base import Root
from harrystix.domain.errors import IllegalTransition, InvalidValue
from harrystix.domain.values import By, reason_given

KINDS = ("resend", "used", "refund", "hold", "release")
# Kinds of which somebody will ask later why.
WANT_REASON = frozenset({"refund", "hold", "release"})
MOST, LIST = 10_000, 500


class BulkJob(Root):
    TOPIC = "BulkJob"
    Event = facts.Event
    Ordered = facts.Ordered
    Chosen = facts.Chosen
    Released = facts.Released
    ItemsSettled = facts.ItemsSettled
    Finished = facts.Finished
    Stopped = facts.Stopped

    @classmethod
    def order(
        cls,
        by: By,
        job_id: UUID,
        *,
        kind: str,
        order_ids: Sequence[str],
        reason: str = "",
        waits: bool = False,
        origin: str = "bulk",
        most: int = MOST,
    ) -> "BulkJob":
        """Raises InvalidValue."""
        ids = list(dict.fromkeys(order_ids))
        if kind not in KINDS:
            raise InvalidValue(f"What can be done with many is one of {', '.join(KINDS)}.", field="act")
        if not 0 < len(ids) <= most:
            raise InvalidValue(f"Between 1 and {most} pre-orders can be chosen at once.", field="id")
        job = cls._create(
            facts.Ordered,
            id=job_id,
            timestamp=by.at,
            kind=kind,
            reason=reason_given(reason) if waits or kind in WANT_REASON else reason.strip(),
            total=len(ids),
            waits=waits,
            origin=origin,
            actor=by.actor,
            command_id=by.command_id,
            cause_id=by.cause_id,
        )
        for start in range(0, len(ids), LIST):
            job.record(by, facts.Chosen, order_ids=ids[start : start + LIST])
        return job

    def __init__(
        self, kind: str, reason: str, total: int, waits: bool, origin: str, actor: str, command_id: str
    ) -> None:
        self.kind, self.reason, self.total, self.origin = kind, reason, total, origin
        self.ordered_by, self.request_id = actor, command_id
        self.state = "waiting" if waits else "running"
        # In the order in which they are done.
        self.left: dict[str, None] = {}
        self.done = 0
        self.refused: dict[str, str] = {}

    def release(self, by: By) -> None:
        """Quiet once it runs. Raises IllegalTransition where it was stopped."""
        if self.state == "stopped":
            raise IllegalTransition("Job", self.id, self.state, "carrying it out")
        if self.state == "waiting":
            self.record(by, facts.Released, kind=self.kind)

    def settle(self, by: By, done: Sequence[str], refused: Mapping[str, str]) -> None:
        """What came of some of them. What is settled already, or belongs to nobody here, changes nothing."""
        new = [order_id for order_id in done if order_id in self.left]
        why = {order_id: text for order_id, text in refused.items() if order_id in self.left}
        if self.state == "running" and (new or why):
            self.record(by, facts.ItemsSettled, order_ids=new, refusals=why)
            if not self.left:
                self.record(by, facts.Finished, kind=self.kind, done=self.done, refused=len(self.refused))

    def stop(self, by: By, reason: str) -> None:
        """Quiet once it is stopped. Raises IllegalTransition where it is over, InvalidValue."""
        if self.state == "stopped":
            return
        if self.state == "finished":
            raise IllegalTransition("Job", self.id, self.state, "stopping it")
        self.record(by, facts.Stopped, kind=self.kind, reason=reason_given(reason), left=len(self.left))
