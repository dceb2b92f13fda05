"""The figures of money: a Tuesday, the pace, webhooks by the hundred, the books compared."""

import http.client
import os
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, LiteralString
from urllib.parse import urlsplit

import requests
import stripe

from harrystix.adapters.bench import data
from harrystix.adapters.bench.main_job import Figures, payment_event
from harrystix.adapters.bench.seeding import CARD_EXPIRES, cards_at_stripe
from harrystix.adapters.bench.stage import Stage, stage, start
from harrystix.adapters.postgres.books import Books
from harrystix.application.reconcile.run import BEGINNING, reconcile


def tuesday(count: int) -> Figures:
    """tuesday_s: so many pre-orders with cards, stock present: from the start of the run until everybody is mailed,

    with every webhook delivered and worked on. Then reconcile_s: our books and the provider's, all of them.
    """
    with paced(0), stage(processes=False) as s:
        event = data.announce(s.system, 1)
        data.load_orders(s.system, event, count, paid=False, cards=CARD_EXPIRES)
        cards_at_stripe(s)
        start(s)
        s.wait(s.caught_up)
        for part in range(0, count, 10_000):
            s.commit(s.upload(data.tickets(event, min(10_000, count - part), part)))
        s.wait(lambda: s.totals("unmatched") >= count and s.caught_up())
        started = time.monotonic()
        s.call("POST", "/api/admin/capture/runs")
        captured = 0.0
        while True:
            charges = _at_stripe(s)
            if not captured and charges["charges"] >= count:
                captured = time.monotonic() - started
            settled = captured and charges["undelivered"] == 0 and s.number(PENDING) == 0
            if settled and s.mails() >= count and s.totals("mailed") >= count and s.caught_up():
                break
            if time.monotonic() - started > 900:
                raise TimeoutError("Not everybody was captured and mailed.")
            time.sleep(0.2)
        done = time.monotonic() - started
        if charges["charges"] != count:
            raise RuntimeError(f"{charges['charges']} charges for {count} pre-orders")
        # The grace of two minutes is for news that is on its way; here there is none.
        started = time.monotonic()
        report = reconcile(s.system.context, Books(s.system.database), BEGINNING, full=True)
        if report is None or report.found or report.counts["payments"] < count:
            raise RuntimeError(f"The books differ: {report and report.found[:3]}")
        return {
            "tuesday_s": done,
            "tuesday_captured_s": captured,
            "reconcile_s": time.monotonic() - started,
            "rss_mib": s.peak_rss / 2**20,
        }


def pace(count: int, rate: int) -> Figures:
    """bucket_error: how far a run at the default pace is from count / rate seconds."""
    with paced(rate), stage(processes=False) as s:
        event = data.announce(s.system, 1)
        data.load_orders(s.system, event, count, paid=False, cards=CARD_EXPIRES)
        cards_at_stripe(s)
        start(s)
        s.wait(s.caught_up)
        s.call("POST", "/api/admin/capture/runs")
        s.wait(lambda: _at_stripe(s)["charges"] > 0, 60, 0.005)
        started = time.monotonic()
        s.wait(lambda: _at_stripe(s)["charges"] >= count, 10 * count / rate, 0.01)
        taken = time.monotonic() - started
        bound = (count - 1) / rate
        return {"bucket_error": abs(taken - bound) / bound, "bucket_run_s": taken}


def accept(per_second: int, seconds: int) -> Figures:
    """webhook_accept_p95_ms: signed events at a steady rate, each on time; none may be lost."""
    count = per_second * seconds
    with stage() as s:
        event = data.announce(s.system, 1)
        orders = data.load_orders(s.system, event, count)
        s.wait(s.caught_up)
        s.wait(lambda: s.number(WAITING) >= count, 120, 0.5)
        secret = s.system.settings.stripe_secrets[0]
        bodies = [payment_event(order) for order in orders]
        now = int(time.time())
        sign: Any = stripe.WebhookSignature.generate_signature_header  # pyright: ignore
        signed = [(body.encode(), str(sign(payload=body, secret=secret, timestamp=now))) for body in bodies]
        times = _steadily(urlsplit(s.stack.settings.address), signed, per_second)
        s.wait(lambda: s.number(ARRIVED) >= count, 60, 0.2)
        s.wait(lambda: s.number(PENDING) == 0, 120, 0.2)
        if s.number(ARRIVED) != count:
            raise RuntimeError(f"{s.number(ARRIVED)} of {count} webhooks are in the inbox")
        ordered = sorted(times)
        return {
            "webhook_accept_p95_ms": ordered[int(len(ordered) * 0.95)] * 1000,
            "webhook_accept_p50_ms": ordered[len(ordered) // 2] * 1000,
            "rss_mib": s.peak_rss / 2**20,
        }


PENDING: LiteralString = "SELECT count(*) FROM app.inbox WHERE state = 'pending' AND provider = 'stripe'"
ARRIVED: LiteralString = "SELECT count(*) FROM app.inbox WHERE provider = 'stripe'"
WAITING: LiteralString = "SELECT count(*) FROM reporting.pre_orders WHERE status = 'waiting_for_stock'"


@contextmanager
def paced(rate: int) -> Generator[None]:
    """The sandbox without its limits; our own pace as given, 0: none."""
    os.environ |= {"HARRYSTIX_CAPTURE_RATE": str(rate), "HARRYSTIX_SANDBOX_STRIPE_LIMIT": "0"}
    try:
        yield
    finally:
        del os.environ["HARRYSTIX_CAPTURE_RATE"], os.environ["HARRYSTIX_SANDBOX_STRIPE_LIMIT"]


def _at_stripe(s: Stage) -> dict[str, int]:
    return requests.get(f"{s.stack.stripe_url}sandbox/count", timeout=30).json()


def _steadily(
    address: object, signed: list[tuple[bytes, str]], per_second: int, senders: int = 24
) -> list[float]:
    """Each at its own moment, whatever became of the ones before; from that moment until the answer is there."""
    times: list[float] = []
    guard = threading.Lock()
    started = time.monotonic() + 0.5

    def send(first: int) -> None:
        host = str(getattr(address, "netloc", ""))
        connection = http.client.HTTPConnection(host, timeout=30)
        own: list[float] = []
        for number in range(first, len(signed), senders):
            moment = started + number / per_second
            time.sleep(max(0.0, moment - time.monotonic()))
            body, header = signed[number]
            connection.request("POST", "/webhooks/stripe", body, {"Stripe-Signature": header})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"A webhook was answered with {answer.status}.")
            own.append(time.monotonic() - moment)
        with guard:
            times.extend(own)

    with ThreadPoolExecutor(senders) as pool:
        for future in [pool.submit(send, first) for first in range(senders)]:
            future.result()
    return times
