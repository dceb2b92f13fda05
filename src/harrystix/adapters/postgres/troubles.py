"""What failed: pieces of work with their own count and delay, and providers that are given a rest."""

from collections.abc import Sequence
from typing import LiteralString

import structlog

from harrystix.adapters.postgres.database import Database
from harrystix.application.work_ports import FailedWork, Outage

log = structlog.get_logger()
# 2 s, 8 s, 32 s … an hour: the last of eight tries comes about two hours after the first.
FIRST_DELAY, FACTOR, LONGEST_DELAY, TRIES = 2.0, 4.0, 3600.0, 8
FIRST_REST, LONGEST_REST = 10.0, 60.0
# Nobody else probes meanwhile.
PROBE = 45.0
FAILED: LiteralString = (
    "kind, subject, tries, code, first_failed_at, last_failed_at, next_try_at, parked FROM app.failed_work"
)


class Failures:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, kind: str, subject: str, code: str, *, seconds: float | None = None, park: bool = True
    ) -> FailedWork:
        self._database.execute(
            "INSERT INTO app.failed_work AS f (kind, subject, tries, code, next_try_at, parked) "
            "VALUES (%(kind)s, %(subject)s, 1, %(code)s, now() + make_interval(secs => %(first)s), %(tries)s <= 1) "
            "ON CONFLICT (kind, subject) DO UPDATE SET tries = f.tries + 1, code = excluded.code, "
            "last_failed_at = now(), parked = %(park)s AND f.tries + 1 >= %(tries)s, "
            "next_try_at = now() + make_interval("
            "secs => coalesce(%(given)s, least(%(longest)s, %(delay)s * power(%(factor)s, least(f.tries, 20)))))",
            {
                "kind": kind,
                "subject": subject,
                "code": code,
                "first": FIRST_DELAY if seconds is None else seconds,
                "given": seconds,
                "delay": FIRST_DELAY,
                "factor": FACTOR,
                "longest": LONGEST_DELAY,
                "tries": TRIES,
                "park": park,
            },
        )
        row = self._database.one(f"SELECT {FAILED} WHERE kind = %s AND subject = %s", (kind, subject))
        assert row  # noqa: S101  written a moment ago, and cleared only by who works on it
        found = FailedWork(*row)
        if found.parked:
            log.error("work.parked", kind=kind, subject=subject, code=code, tries=found.tries)
        else:
            log.warning("work.failed", kind=kind, subject=subject, code=code, tries=found.tries)
        return found

    def ripe(self, kind: str) -> list[str]:
        rows = self._database.all(
            "SELECT subject FROM app.failed_work WHERE kind = %s AND NOT parked AND next_try_at <= now() "
            "ORDER BY next_try_at LIMIT 100",
            (kind,),
        )
        return [row[0] for row in rows]

    def clear(self, kind: str, subjects: Sequence[str]) -> None:
        self._database.execute(
            "DELETE FROM app.failed_work WHERE kind = %s AND subject = ANY(%s)", (kind, list(subjects))
        )

    def forget_settled(self, kinds: Sequence[str]) -> int:
        return self._database.execute(
            "DELETE FROM app.failed_work f WHERE kind = ANY(%s) AND last_failed_at < now() - interval '1 minute' "
            "AND NOT EXISTS (SELECT FROM reporting.due_work d WHERE d.kind = f.kind AND d.subject = f.subject)",
            (list(kinds),),
        )

    def parked(self, limit: int, after: tuple[str, str] = ("", "")) -> list[FailedWork]:
        rows = self._database.all(
            f"SELECT {FAILED} WHERE parked AND (kind, subject) > (%s, %s) ORDER BY kind, subject LIMIT %s",
            (*after, limit),
        )
        return [FailedWork(*row) for row in rows]

    def retry(self, kind: str, subject: str) -> bool:
        return bool(
            self._database.execute(
                "UPDATE app.failed_work SET parked = false, tries = 0, next_try_at = now() "
                "WHERE kind = %s AND subject = %s AND parked",
                (kind, subject),
            )
        )


class Outages:
    def __init__(self, database: Database) -> None:
        self._database = database

    def wait(self, name: str) -> float:
        row = self._database.one(
            "SELECT extract(epoch FROM next_try_at - now()) FROM app.outages WHERE name = %s", (name,)
        )
        if row is None:
            return 0
        if row[0] > 0:
            return float(row[0])
        probing = self._database.execute(
            "UPDATE app.outages SET next_try_at = now() + make_interval(secs => %s) "
            "WHERE name = %s AND next_try_at <= now()",
            (PROBE, name),
        )
        return 0 if probing else PROBE

    def opened(self, name: str, why: str, *, seconds: float = 0) -> None:
        self._database.execute(
            "INSERT INTO app.outages AS o (name, why, next_try_at) "
            "VALUES (%(name)s, %(why)s, now() + make_interval(secs => greatest(%(seconds)s, %(first)s))) "
            "ON CONFLICT (name) DO UPDATE SET why = excluded.why, tries = o.tries + 1, "
            "next_try_at = now() + make_interval(secs => greatest(%(seconds)s, "
            "least(%(longest)s, %(first)s * power(2, least(o.tries, 20)))))",
            {"name": name, "why": why, "seconds": seconds, "first": FIRST_REST, "longest": LONGEST_REST},
        )
        log.error("provider.outage", provider=name, why=why)

    def unused(self, *names: str) -> None:
        self._database.execute(
            "UPDATE app.outages SET next_try_at = now() WHERE name = ANY(%s)", (list(names),)
        )

    def closed(self, *names: str) -> None:
        for (name,) in self._database.all(
            "DELETE FROM app.outages WHERE name = ANY(%s) RETURNING name", (list(names),)
        ):
            log.info("provider.back", provider=name)

    def current(self) -> list[Outage]:
        rows = self._database.all(
            "SELECT name, since, why, tries, next_try_at FROM app.outages ORDER BY since, name"
        )
        return [Outage(*row) for row in rows]
