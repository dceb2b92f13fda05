"""The figures of the main job. Each function is one scenario on a stage of its own."""

import statistics
import time
from typing import Any, LiteralString

import orjson
import stripe

from harrystix.adapters.bench import data
from harrystix.adapters.bench.seeding import payments_at_stripe
from harrystix.adapters.bench.stage import Stage, stage, start
from harrystix.adapters.follower.rebuild import rebuild
from harrystix.projections.registry import MODELS

Figures = dict[str, float]


def one_file(rows: int) -> Figures:
    """check_s, assigned_s, mailed_s, rebuild_events_per_s, copy_s on one file and as many waiting pre-orders."""
    with stage() as s:
        event = data.announce(s.system, 1)
        waiting(s, event, rows)
        content = data.tickets(event, rows)
        started = time.monotonic()
        upload = s.upload(content)
        checked = time.monotonic() - started
        copied = _copy(s, content)
        assigned, mailed = commit_all(s, [upload], rows)
        s.wait(s.caught_up)
        if s.stack.supervisor:
            s.stack.supervisor.stop()
        started = time.monotonic()
        report = rebuild(s.system.settings.database_url, s.system.store, list(MODELS.values()))
        rate = report.facts / (time.monotonic() - started)
        if not report.clean:
            raise RuntimeError(f"The rebuilt read models differ: {report.differences}")
        return {
            "check_s": checked,
            "assigned_s": assigned,
            "mailed_s": mailed,
            "rebuild_events_per_s": rate,
            "copy_s": copied,
            "mailed_over_copy": mailed / copied,
            "rss_mib": s.peak_rss / 2**20,
        }


def ten_files(rows: int) -> Figures:
    """Ten files of `rows` for one event, checked first, then committed one after the other."""
    with stage() as s:
        event = data.announce(s.system, 1)
        waiting(s, event, 10 * rows)
        uploads = [s.upload(data.tickets(event, rows, rows * n)) for n in range(10)]
        _, mailed = commit_all(s, uploads, 10 * rows)
        return {"mailed_10x_s": mailed, "rss_mib": s.peak_rss / 2**20}


def hundred_uploads(uploads: int, rows: int) -> Figures:
    """All posted at once, for ten events; each checked and committed, everybody mailed."""
    with stage() as s:
        events = [data.announce(s.system, n) for n in range(10)]
        for event in events:
            waiting(s, event, uploads * rows // 10)
        files = [data.tickets(events[n % 10], rows, rows * (n // 10)) for n in range(uploads)]
        started = time.monotonic()
        s.together([lambda f=file: s.commit(s.upload(f)) for file in files], uploads)
        posted = time.monotonic() - started
        s.wait(lambda: s.mails() >= uploads * rows and s.totals("mailed") >= uploads * rows)
        return {
            "uploads_100_s": time.monotonic() - started,
            "uploads_100_posted_s": posted,
            "rss_mib": s.peak_rss / 2**20,
        }


def webhooks(per_second: int, seconds: int) -> Figures:
    """Signed webhooks at a steady rate, stock present: from the post to the mail being accepted."""
    count = per_second * seconds
    with stage(processes=False) as s:
        event = data.announce(s.system, 1)
        orders = data.load_orders(s.system, event, count, paid=False)
        payments_at_stripe(s, orders, data.PRICE)
        start(s)
        s.wait(s.caught_up)
        s.commit(s.upload(data.tickets(event, min(10_000, count + 400))))
        s.wait(lambda: s.totals("unmatched") > 0 and s.caught_up())
        sent: dict[str, float] = {}
        started = time.monotonic()
        for number, order in enumerate(orders):
            time.sleep(max(0.0, started + number / per_second - time.monotonic()))
            sent[order] = time.time()
            _post_payment(s, order)
        s.wait(lambda: s.mails() >= count, 120)
        s.wait(s.caught_up)
        rows = s.system.database.all(
            "SELECT order_id::text, extract(epoch FROM settled_at)::float8 FROM app.mail_ledger WHERE state <> 'failed'"
        )
        delays = sorted(settled - sent[order] for order, settled in rows)
        return {
            "webhook_to_mail_p95_s": delays[int(len(delays) * 0.95)],
            "webhook_to_mail_p50_s": statistics.median(delays),
            "rss_mib": s.peak_rss / 2**20,
        }


def waiting(s: Stage, event: Any, count: int) -> None:
    """So many paid pre-orders, queued and told that they wait."""
    data.load_orders(s.system, event, count)
    told: LiteralString = (
        "SELECT count(*) FROM reporting.pre_orders WHERE event_id = %s AND status = 'waiting_for_stock'"
    )
    s.wait(lambda: s.number(told, str(event.id)) >= count, pause=0.2)
    s.wait(s.caught_up)


def commit_all(s: Stage, uploads: list[str], rows: int) -> tuple[float, float]:
    started = time.monotonic()
    for upload in uploads:
        s.commit(upload)
    assigned = 0.0
    while True:
        now = time.monotonic() - started
        if not assigned and s.totals("assigned") >= rows:
            assigned = now
        if assigned and s.mails() >= rows and s.totals("mailed") >= rows and s.caught_up():
            return assigned, time.monotonic() - started
        if now > 900:
            raise TimeoutError("Not everybody was mailed.")
        time.sleep(0.05)


def _copy(s: Stage, content: bytes) -> float:
    """Plain COPY of the same rows beside it: the floor of what a database needs."""
    rows = [tuple(line.split(",")) for line in content.decode().split("\n")[1:]]
    with s.system.database.transaction() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE plain (event text, variant text, email text, password text) ON COMMIT DROP"
        )
        started = time.monotonic()
        with cursor.copy("COPY plain FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    return time.monotonic() - started


def _post_payment(s: Stage, order: str) -> None:
    body, now = payment_event(order), int(time.time())
    secret = s.system.settings.stripe_secrets[0]
    header = stripe.WebhookSignature.generate_signature_header(payload=body, secret=secret, timestamp=now)  # pyright: ignore
    s.call("POST", "/webhooks/stripe", data=body, headers={"Stripe-Signature": str(header)})


def payment_event(order: str) -> str:
    """That the payment of this pre-order has succeeded, as Stripe would say it."""
    thing = {
        "id": f"pi_{order}",
        "object": "payment_intent",
        "status": "succeeded",
        "amount": data.PRICE,
        "amount_received": data.PRICE,
        "currency": "gbp",
        "metadata": {"pre_order_id": order},
    }
    event = {
        "id": f"evt_{order}",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": thing},
    }
    return orjson.dumps(event).decode()
