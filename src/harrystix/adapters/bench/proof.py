"""The figures of proof: the hash chain checked, the fairness report made, a person erased."""

import time
from typing import LiteralString

from harrystix.adapters.bench import data
from harrystix.adapters.bench.main_job import Figures, commit_all, waiting
from harrystix.adapters.bench.stage import Stage, stage, start
from harrystix.adapters.chain.check import check
from harrystix.adapters.follower.rebuild import rebuild
from harrystix.application.explain.fairness import fairness
from harrystix.application.handlers import approvals
from harrystix.projections.registry import MODELS


def proof(count: int) -> Figures:
    """chain_50k_s: 50,000 events against their chain. fairness_10k_s: the report of so many assignments."""
    with stage() as s:
        event = data.announce(s.system, 1)
        waiting(s, event, count)
        upload = s.upload(data.tickets(event, count))
        commit_all(s, [upload], count)
        while (events := s.number("SELECT count(*) FROM log.stored_events")) < 5 * count:
            data.load_orders(s.system, data.announce(s.system, events), count // 4)
        s.wait(s.caught_up)
        s.wait(lambda: s.number("SELECT max(last_position) FROM app.chain") >= events)
        if s.stack.supervisor:
            s.stack.supervisor.stop()
        started = time.monotonic()
        found = check(s.system.settings.database_url, [])
        checked = time.monotonic() - started
        if found.broken or found.events < 5 * count:
            raise RuntimeError(f"The chain does not fit: {found.events} events, {found.broken[:3]}")
        started = time.monotonic()
        report = fairness(s.system.context, str(event.id))
        told = time.monotonic() - started
        if report.unexplained or report.assignments != count:
            raise RuntimeError(f"{report.assignments} assignments, {report.unexplained} unexplained")
        return {
            "chain_50k_s": checked * 5 * count / found.events,
            "chain_events": found.events,
            "fairness_10k_s": told,
        }


def erasing(events: int) -> Figures:
    """erase_s: one member with a ticket, from two people wanting it to the certificate, with so many events there."""
    with stage(processes=False) as s:
        while (there := s.number("SELECT count(*) FROM log.stored_events")) < events:
            data.load_orders(
                s.system, data.announce(s.system, 100 + there), min(100_000, events - there), paid=False
            )
        rebuild(s.system.settings.database_url, s.system.store, list(MODELS.values()), compare=False)
        start(s)
        s.wait(s.caught_up, pause=1)
        event = data.announce(s.system, 1)
        waiting(s, event, 10)
        commit_all(s, [s.upload(data.tickets(event, 10))], 10)
        members = [row[0] for row in s.system.database.all(SERVED)]
        times: list[float] = []
        for member in members[:3]:
            started = time.monotonic()
            context = s.system.context
            asked = approvals.ask(
                context, context.by("staff:one"), kind="erasure", subject=member, reason="a measurement"
            )
            approvals.grant(context, context.by("staff:other"), asked)
            s.wait(lambda member=member: _erased(s, member), 120)
            times.append(time.monotonic() - started)
        return {"erase_s": max(times), "erase_events": s.number("SELECT count(*) FROM log.stored_events")}


def _erased(s: Stage, member: str) -> bool:
    return (
        s.number(
            "SELECT count(*) FROM reporting.erasures WHERE member_id = %s AND state = 'completed'", member
        )
        == 1
    )


SERVED: LiteralString = (
    "SELECT member_id::text FROM reporting.member_orders WHERE status = 'fulfilled' ORDER BY id"
)
