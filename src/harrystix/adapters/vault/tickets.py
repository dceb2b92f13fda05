"""Ticket credentials: sealed one by one, waiting as `staged` rows until their upload is committed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
import structlog
from psycopg.errors import UniqueViolation
from psycopg.types.json import set_json_dumps

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.effects import Statement, Steps
from harrystix.adapters.vault.keyring import Keys
from harrystix.adapters.vault.mail_index import FORM
from harrystix.adapters.vault.opening import opened
from harrystix.application.credential import canonical
from harrystix.application.ports import Effect, Staged

log = structlog.get_logger()
# What is known to somebody whichever event it is of.
ANY_EVENT = "00000000-0000-0000-0000-000000000000"
set_json_dumps(lambda value: orjson.dumps(value).decode())


def place_of(ticket_id: str) -> str:
    return f"vault.tickets|sealed|{ticket_id}|{ticket_id}"


class Tickets:
    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys

    def fingerprint(self, secret: Sequence[str]) -> bytes:
        return self._keys.fingerprint(canonical(secret))

    def stage(self, upload_id: str, rows: Sequence[tuple[Staged, Sequence[str]]]) -> Effect:
        return _Stage(
            [
                (
                    staged.ticket_id,
                    upload_id,
                    staged.row,
                    staged.event,
                    staged.variant,
                    staged.fingerprint,
                    *self._keys.seal(orjson.dumps(list(secret)), place_of(staged.ticket_id)),
                )
                for staged, secret in rows
            ]
        )

    def staged(self, upload_id: str) -> list[Staged]:
        rows = self._database.all(
            "SELECT ticket_id, row_number, event_text, variant_text, fingerprint FROM vault.tickets "
            "WHERE upload_id = %s AND state = 'staged' ORDER BY row_number",
            (upload_id,),
        )
        return [Staged(str(row[0]), row[1], row[2], row[3], row[4]) for row in rows]

    def in_stock(self, pairs: Sequence[tuple[str, bytes]]) -> set[tuple[str, bytes]]:
        rows = self._database.all(
            "WITH x AS (SELECT * FROM unnest(%(events)b::uuid[], %(prints)b::bytea[]) AS x (event_id, fingerprint)) "
            "SELECT t.event_id, t.fingerprint FROM vault.tickets t JOIN x USING (event_id, fingerprint) "
            "WHERE t.state = 'stock' UNION ALL "
            "SELECT x.event_id, x.fingerprint FROM vault.known_credentials k JOIN x USING (fingerprint) "
            "WHERE k.event_id IN (x.event_id, %(any)s)",
            {
                "any": ANY_EVENT,
                "events": [event for event, _ in pairs],
                "prints": [fingerprint for _, fingerprint in pairs],
            },
        )
        return {(str(event), fingerprint) for event, fingerprint in rows}

    def in_other_uploads(self, upload_id: str, fingerprints: Sequence[bytes]) -> dict[bytes, str]:
        rows = self._database.all(
            "SELECT fingerprint, upload_id FROM vault.tickets "
            "WHERE state = 'staged' AND upload_id <> %s AND fingerprint = ANY(%b::bytea[])",
            (upload_id, list(fingerprints)),
        )
        return {fingerprint: str(other) for fingerprint, other in rows}

    def commit(self, upload_id: str, accepted: Mapping[str, str]) -> Effect:
        events = sorted(set(accepted.values()))
        return Steps(
            # Two overlapping files would otherwise wait for each other's fingerprints in a circle.
            *(
                Statement("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (event,))
                for event in events
            ),
            Statement(
                "UPDATE vault.tickets t SET state = 'stock', event_id = x.event_id, "
                "event_text = '', variant_text = '' "
                "FROM unnest(%b::uuid[], %b::uuid[]) AS x (ticket_id, event_id) "
                "WHERE t.ticket_id = x.ticket_id AND t.state = 'staged'",
                ([UUID(ticket) for ticket in accepted], [UUID(event) for event in accepted.values()]),
            ),
            self.discard(upload_id),
        )

    def discard(self, upload_id: str) -> Effect:
        return Statement("DELETE FROM vault.tickets WHERE upload_id = %s AND state = 'staged'", (upload_id,))

    def forget(self, ticket_ids: Sequence[str]) -> Effect:
        return Steps(
            Statement(
                "INSERT INTO vault.known_credentials (event_id, fingerprint) SELECT event_id, fingerprint "
                "FROM vault.tickets WHERE ticket_id = ANY(%b::uuid[]) AND state = 'stock' ON CONFLICT DO NOTHING",
                (list(ticket_ids),),
            ),
            self.release(ticket_ids),
        )

    def note_known(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        self._database.execute(
            "INSERT INTO vault.known_credentials (event_id, fingerprint) "
            "SELECT * FROM unnest(%b::uuid[], %b::bytea[]) ON CONFLICT DO NOTHING",
            ([event or ANY_EVENT for event, _ in pairs], [mark for _, mark in pairs]),
        )

    def holding(self, event_id: str, mark: bytes) -> list[str]:
        rows = self._database.all(
            "SELECT ticket_id::text FROM vault.tickets WHERE event_id = %s AND fingerprint = %b AND state = 'stock'",
            (event_id, mark),
        )
        return [row[0] for row in rows]

    def release(self, ticket_ids: Sequence[str]) -> Effect:
        return Statement("DELETE FROM vault.tickets WHERE ticket_id = ANY(%b::uuid[])", (list(ticket_ids),))

    def make_canonical(self, limit: int = 500) -> int:
        """Fingerprints of an older version anew; returns how many. One that is another's by now is said."""
        rows = self._database.all(
            "SELECT ticket_id, wrapped_key, sealed FROM vault.tickets WHERE form < %s ORDER BY ticket_id LIMIT %s",
            (FORM, limit),
        )
        found = opened(self._keys, rows, place_of, tuple[str, ...])
        for ticket, _, _ in rows:
            secret = found.get(str(ticket))
            try:
                self._database.execute(
                    "UPDATE vault.tickets SET form = %s, fingerprint = coalesce(%b, fingerprint) "
                    "WHERE ticket_id = %s",
                    (FORM, self.fingerprint(secret) if secret else None, ticket),
                )
            except UniqueViolation:
                # Two tickets of an event with one login: a person has to look, and `verify` says so.
                log.error("vault.doubled_credential", ticket_id=str(ticket))
                self._database.execute(
                    "UPDATE vault.tickets SET form = %s, doubled = true WHERE ticket_id = %s",
                    (FORM, ticket),
                )
        return len(rows)

    def reveal(self, ticket_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        rows = self._database.all(
            "SELECT ticket_id, wrapped_key, sealed FROM vault.tickets WHERE ticket_id = ANY(%b::uuid[])",
            (list(ticket_ids),),
        )
        return opened(self._keys, rows, place_of, tuple[str, ...])


class _Stage:
    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    def run(self, cursor: Any) -> None:
        with cursor.copy(
            "COPY vault.tickets (ticket_id, upload_id, row_number, event_text, variant_text, "
            "fingerprint, wrapped_key, sealed, form) FROM STDIN"
        ) as copy:
            for row in self._rows:
                copy.write_row((*row, FORM))
