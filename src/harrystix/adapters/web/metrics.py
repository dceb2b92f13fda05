"""Metrics read from the database at scrape time: right whatever process is asked, and after any restart."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.money_signs import money_signs
from harrystix.adapters.postgres.queues import queues
from harrystix.adapters.stripe.webhook import API_VERSION
from harrystix.application.payment_ports import Pace
from harrystix.domain.schedule import Schedule
from harrystix.projections.overview import queries as overview

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Watched(Protocol):
    @property
    def schedule(self) -> Schedule: ...
    @property
    def pace(self) -> Pace: ...


class ReadModelCollector(Collector):
    """`watched`: schedule and pace of the captures; without them nothing is said of money."""

    def __init__(self, database: Database, watched: Watched | None = None) -> None:
        self._database, self._watched = database, watched

    def collect(self) -> Iterator[Metric]:
        yield self._durations()
        yield from self._events()
        yield GaugeMetricFamily(
            "harrystix_lag_seconds", "Age of the oldest fact not projected.", self.lag_seconds()
        )
        yield self._labelled(
            "harrystix_lag_facts",
            "Facts a read model has not seen.",
            "model",
            "SELECT model, (SELECT coalesce(max(notification_id), 0) FROM log.stored_events) - position "
            "FROM reporting.positions",
        )
        ages = GaugeMetricFamily(
            "harrystix_due_work_age_seconds", "Age of the oldest item of each queue.", labels=["kind"]
        )
        for queue in queues(self._database):
            ages.add_metric([queue.kind], queue.age_seconds(datetime.now(UTC)))
        yield ages
        yield self._labelled(
            "harrystix_failed_work",
            "Pieces of work that failed so far, by kind; parked ones wait for a person.",
            "kind",
            "SELECT CASE WHEN parked THEN kind || ' parked' ELSE kind END, count(*) FROM app.failed_work GROUP BY 1",
        )
        yield self._labelled(
            "harrystix_outage_seconds",
            "Since when a provider, or a part of it, is not asked anything.",
            "provider",
            "SELECT name, extract(epoch FROM now() - since) FROM app.outages",
        )
        yield self._labelled(
            "harrystix_inbox_age_seconds",
            "Age of the oldest message that is not worked on yet.",
            "provider",
            "SELECT provider, extract(epoch FROM now() - min(received_at)) FROM app.inbox "
            "WHERE state = 'pending' GROUP BY 1",
        )
        yield self._labelled(
            "harrystix_inbox_items",
            "Provider messages by state.",
            "state",
            "SELECT state, count(*) FROM app.inbox GROUP BY 1",
        )
        mails = CounterMetricFamily("harrystix_mails", "Mails by outcome.", labels=["state"])
        for state, count in self._database.all("SELECT state, count(*) FROM app.mail_ledger GROUP BY 1"):
            mails.add_metric([state], count)
        yield mails
        if self._watched:
            yield from self._money(self._watched)

    def _money(self, watched: Watched) -> Iterator[Metric]:
        signs = money_signs(self._database, watched.schedule, datetime.now(UTC), API_VERSION)
        yield GaugeMetricFamily(
            "harrystix_capture_run_late_seconds",
            "Since a capture run should have begun, and did not; 0: none is missing.",
            signs.run_late,
        )
        yield GaugeMetricFamily(
            "harrystix_payments_paused_seconds",
            "How long the circuit breaker still holds payments.",
            watched.pace.paused(),
        )
        if signs.reconciled is not None:
            yield GaugeMetricFamily(
                "harrystix_reconciled_seconds", "Since the last comparison of books.", signs.reconciled
            )
        yield GaugeMetricFamily("harrystix_cases", "Open disputes and fraud warnings.", signs.cases)
        for name, text, label, counts in (
            ("harrystix_findings", "Open differences of books.", "kind", signs.findings),
            ("harrystix_refunds_stuck", "Refunds failed (30 days), or slow (5 days).", "how", signs.refunds),
            (
                "harrystix_other_api_versions",
                "Payment news of a day in another API version.",
                "version",
                signs.other_versions,
            ),
        ):
            family = GaugeMetricFamily(name, text, labels=[label])
            for value, count in counts.items():
                family.add_metric([value], count)
            yield family

    def all_behind_seconds(self) -> float:
        """How far the foremost read model is behind: one that stands still alone is a finding, and no outage."""
        row = self._database.one(
            "SELECT coalesce(extract(epoch FROM now() - max(recorded_at)), 0) FROM reporting.positions "
            "WHERE (SELECT max(position) FROM reporting.positions) < "
            "(SELECT coalesce(max(notification_id), 0) FROM log.stored_events)"
        )
        return float(row[0]) if row else 0.0

    def lag_seconds(self) -> float:
        row = self._database.one(
            "SELECT coalesce(extract(epoch FROM now() - min(recorded_at)), 0) FROM reporting.positions "
            "WHERE position < (SELECT coalesce(max(notification_id), 0) FROM log.stored_events)"
        )
        return float(row[0]) if row else 0.0

    def _durations(self) -> HistogramMetricFamily:
        family = HistogramMetricFamily(
            "ticket_assignment_duration_seconds",
            "From ticket and money being there to assigned, and to mailed.",
            labels=["status"],
        )
        for kind in ("assigned", "mailed"):
            found = [
                (1.1 ** (bucket + 0.5) / 1000, orders)
                for bucket, orders in overview.latencies(self._database, kind)
            ]
            counts = [(str(edge), float(sum(n for s, n in found if s <= edge))) for edge in BUCKETS]
            counts.append(("+Inf", float(sum(n for _, n in found))))
            family.add_metric([kind], counts, sum(seconds * n for seconds, n in found))
        return family

    def _events(self) -> Iterator[Metric]:
        unmatched = GaugeMetricFamily(
            "unmatched_tickets_total", "Free tickets that nobody waits for.", labels=["event_id"]
        )
        confirmed = GaugeMetricFamily("preorders_confirmed", "Paid pre-orders.", labels=["event_id"])
        last = GaugeMetricFamily("last_upload_timestamp_seconds", "Last tickets added.", labels=["event_id"])
        for event_id, free, orders, uploaded in overview.open_events(self._database):
            unmatched.add_metric([event_id], free)
            confirmed.add_metric([event_id], orders)
            last.add_metric([event_id], uploaded.timestamp() if uploaded else 0)
        yield from (unmatched, confirmed, last)

    def _labelled(self, name: str, text: str, label: str, query: str) -> GaugeMetricFamily:
        family = GaugeMetricFamily(name, text, labels=[label])
        for value, number in self._database.all(query):  # type: ignore[arg-type]
            family.add_metric([value], float(number))
        return family
