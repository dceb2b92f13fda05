"""The figures of proof: the hash chain checked, the fairness report made."""

import time

from harrystix.adapters.bench import data
from harrystix.adapters.bench.main_job import Figures, commit_all, waiting
from harrystix.adapters.bench.stage import stage
from harrystix.adapters.chain.check import check
from harrystix.application.explain.fairness import fairness


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
