"""The figures of what people look at: lists by the API, and pages as a browser gets them."""

import time
from typing import Any, LiteralString

from harrystix.adapters.bench import data
from harrystix.adapters.bench.main_job import Figures
from harrystix.adapters.bench.stage import Stage, stage, start
from harrystix.adapters.follower.rebuild import rebuild
from harrystix.adapters.postgres.api_keys import ApiKeys
from harrystix.application.processes.allocation import allocate
from harrystix.application.processes.inbox import process
from harrystix.application.processes.mailing import send_due
from harrystix.projections.registry import MODELS

CLIENTS = 8


def pages(events: int, orders: int, queue: int, requests: int) -> Figures:
    """Worst of three lists by the API, and worst page, 8 clients, with that many events and pre-orders in the read
    models; `queue`: pre-orders of one more event, four fifths of which have been given tickets.
    """
    with stage(processes=False, webhook_rate=1000) as s:
        made = [data.announce(s.system, n) for n in range(events + 1)]
        big, matched, usual = made[0], made.pop(), made[1]
        rest = orders - orders // 5
        share = max(1, rest // events)
        for event in made[: 1 + rest // share]:
            count = orders // 5 if event is big else share
            # Some are still to be paid, as before any Tuesday.
            due = count // 20
            data.load_orders(s.system, event, count - due)
            data.load_orders(s.system, event, due, paid=False, cards=203012)
        data.load_orders(s.system, matched, queue)
        started = time.monotonic()
        report = rebuild(s.system.settings.database_url, s.system.store, list(MODELS.values()))
        s.system.database.execute("ANALYZE")
        rate = report.facts / (time.monotonic() - started)
        start(s, reading_only=True)
        upload = s.upload(data.tickets(matched, queue * 4 // 5))
        s.commit(upload)
        s.wait(s.caught_up, 60, 1)
        allocate(s.system.context, str(matched.id), seconds=120)
        _mailed(s, queue * 4 // 5)
        checked = s.upload(data.tickets(matched, queue // 5, start=queue))
        s.wait(s.caught_up, 60, 1)
        # The follower has the whole log to chain as well: who reads does not share two cores with that.
        s.wait(s.chained, 300, 1)
        lists = _lists(s, big, requests)
        html = _html(s, big, usual, matched, requests)
        worked = _worked(s, checked)
        return {"rebuild_1m_events_per_s": rate, **lists, **html, **worked, "rss_mib": s.peak_rss / 2**20}


def _mailed(s: Stage, tickets: int) -> None:
    """All of them, and the news of their delivery is in."""
    context = s.system.context
    s.wait(s.caught_up, 60, 0.1)
    while send_due(context):
        s.wait(s.caught_up, 60, 0.1)
    news: LiteralString = "SELECT count(*) FROM app.inbox"
    s.wait(lambda: s.number(news) >= tickets, 120, 0.5)
    while process(context):
        pass


def _lists(s: Stage, big: Any, requests: int) -> Figures:
    paths = {
        "overview": "/api/admin/overview",
        "matrix": f"/api/admin/events/{big.id}/matrix",
        "assignments": f"/api/admin/tickets/assignments?eventId={big.id}&limit=50",
    }
    found = {f"page_{name}_p95_ms": _p95(s, path, requests, {}) for name, path in paths.items()}
    return {**found, "page_p95_ms": max(found.values())}


def _html(s: Stage, big: Any, usual: Any, matched: Any, requests: int) -> Figures:
    """p95 of each page as people get it, and the worst of them: of the house with its key, of a member with theirs."""
    ours = "SELECT id::text, member_id::text FROM reporting.pre_orders WHERE event_id = %s AND status <> 'placed'"
    order, _ = s.system.database.one(ours + " ORDER BY id LIMIT 1", (matched.id,)) or ("", "")
    _, member = s.system.database.one(ours + " LIMIT 1", (usual.id,)) or ("", "")
    own = ApiKeys(s.system.database).create("member", "bench", member)
    pages: dict[str, tuple[str, str]] = {
        "overview": ("/admin", ""),
        "events": ("/admin/events", ""),
        "event": (f"/admin/events/{big.id}", ""),
        "usual_event": (f"/admin/events/{usual.id}", ""),
        "matched_event": (f"/admin/events/{matched.id}", ""),
        "board": (f"/admin/events/{matched.id}/board", ""),
        "fairness": (f"/admin/events/{matched.id}/fairness", ""),
        "orders": ("/admin/orders", ""),
        "filtered": (f"/admin/orders?event={big.id}&status=confirmed", ""),
        "rare": ("/admin/orders?status=failed", ""),
        "order": (f"/admin/orders/{order}", ""),
        "captures": ("/admin/captures", ""),
        "mails": ("/admin/mails", ""),
        "uploads": ("/admin/uploads", ""),
        "nights": ("/me", own),
        "on_sale": ("/me/events", own),
    }
    found: Figures = {}
    for name, (path, key) in pages.items():
        headers = {"Accept": "text/html"} | ({"Authorization": f"Bearer {key}"} if key else {})
        found[f"html_{name}_p95_ms"] = _p95(s, path, requests, headers)
    return {**found, "html_p95_ms": max(found.values())}


def _worked(s: Stage, upload: str) -> Figures:
    """What is worked out when it is asked for, from a file and from the queue of its event: one reader."""
    paths = {"check": f"/admin/uploads/{upload}", "confirm": f"/admin/uploads/{upload}/confirm"}
    return {
        f"worked_{name}_p95_ms": _p95(s, path, 30, {"Accept": "text/html"}, clients=1)
        for name, path in paths.items()
    }


def _p95(s: Stage, path: str, requests: int, headers: dict[str, str], clients: int = CLIENTS) -> float:
    """In ms; of each client's requests but the first five."""

    def work() -> list[float]:
        times: list[float] = []
        for _ in range(requests):
            started = time.monotonic()
            s.call("GET", path, headers=headers)
            times.append(time.monotonic() - started)
        return times[5:]

    times = sorted(t for part in s.together([work] * clients, clients) for t in part)
    return times[int(len(times) * 0.95)] * 1000
