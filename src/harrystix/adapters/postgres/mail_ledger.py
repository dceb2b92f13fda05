"""The mail ledger: one row an intent. Whoever writes the row first, sender or recaller, decides."""

from collections.abc import Mapping, Sequence
from typing import Any

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.effects import Statement, Steps
from harrystix.application.ports import Due, Effect
from harrystix.domain.errors import Conflict


class MailLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, batch_id: str, due: Sequence[Due]) -> set[str]:
        rows = self._database.all(
            "INSERT INTO app.mail_ledger AS m (intent_id, order_id, event_id, state, attempt, batch_id, sending_at) "
            "SELECT i, o, e, 'sending', 1, %s, clock_timestamp() FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[]) "
            "AS x (i, o, e) ON CONFLICT (intent_id) DO UPDATE SET state = 'sending', "
            "attempt = m.attempt + 1, batch_id = excluded.batch_id, sending_at = excluded.sending_at "
            "WHERE m.state = 'planned' RETURNING intent_id",
            (
                batch_id,
                [item.subject for item in due],
                [str(item.details["order_id"]) for item in due],
                [item.event_id for item in due],
            ),
        )
        return {str(row[0]) for row in rows}

    def take_over(self, intents: Sequence[str], older_than_seconds: float) -> dict[str, str]:
        rows = self._database.all(
            "UPDATE app.mail_ledger SET sending_at = clock_timestamp() WHERE intent_id = ANY(%b::uuid[]) "
            "AND state = 'sending' AND sending_at < clock_timestamp() - make_interval(secs => %s) "
            "RETURNING intent_id, batch_id",
            (list(intents), older_than_seconds),
        )
        return {str(intent): str(batch) for intent, batch in rows}

    def states(self, intents: Sequence[str]) -> dict[str, str]:
        rows = self._database.all(
            "SELECT intent_id, CASE WHEN state = 'planned' AND unknown_outcomes > 0 THEN 'unknown' ELSE state END "
            "FROM app.mail_ledger WHERE intent_id = ANY(%b::uuid[])",
            ([intent for intent in intents if intent],),
        )
        return {str(intent): state for intent, state in rows}

    def attempts(self, intents: Sequence[str]) -> dict[str, int]:
        if not intents:
            return {}
        rows = self._database.all(
            "SELECT intent_id, attempt FROM app.mail_ledger WHERE intent_id = ANY(%b::uuid[])",
            (list(intents),),
        )
        return {str(intent): attempt for intent, attempt in rows}

    def retry_later(self, intents: Sequence[str], code: str, *, unknown: bool = False) -> Effect:
        if not intents:
            return Steps()
        return Statement(
            "UPDATE app.mail_ledger SET state = 'planned', error_code = %s, "
            "unknown_outcomes = unknown_outcomes + %s "
            "WHERE intent_id = ANY(%b::uuid[]) AND state = 'sending'",
            (code, int(unknown), list(intents)),
        )

    def accepted(self, message_ids: Mapping[str, str]) -> Effect:
        if not message_ids:
            return Steps()
        return Statement(
            "UPDATE app.mail_ledger m SET state = 'accepted', message_id = x.message, error_code = '', "
            "settled_at = clock_timestamp() FROM unnest(%b::uuid[], %b::text[]) AS x (intent, message) "
            "WHERE m.intent_id = x.intent AND m.state IN ('sending', 'planned')",
            (list(message_ids), list(message_ids.values())),
        )

    def failed(self, codes: Mapping[str, str]) -> Effect:
        if not codes:
            return Steps()
        return Statement(
            "UPDATE app.mail_ledger m SET state = 'failed', error_code = x.code, "
            "settled_at = clock_timestamp() FROM unnest(%b::uuid[], %b::text[]) AS x (intent, code) "
            "WHERE m.intent_id = x.intent AND m.state IN ('sending', 'planned')",
            (list(codes), list(codes.values())),
        )

    def outcome(self, intents: Sequence[str], state: str) -> Effect:
        if not intents:
            return Steps()
        return Statement(
            "UPDATE app.mail_ledger SET state = %s WHERE intent_id = ANY(%b::uuid[]) "
            "AND (state = 'accepted' OR (state = 'delivered' AND %s = 'bounced'))",
            (state, list(intents), state),
        )

    def recall(self, intents: Sequence[str]) -> Effect:
        return _Recall([intent for intent in intents if intent])


class _Recall:
    def __init__(self, intents: Sequence[str]) -> None:
        self._intents = list(intents)

    def run(self, cursor: Any) -> None:
        if not self._intents:
            return
        cursor.execute(
            "INSERT INTO app.mail_ledger AS m (intent_id, order_id, event_id, state, error_code, settled_at) "
            "SELECT i, i, i, 'failed', 'recalled', clock_timestamp() FROM unnest(%b::uuid[]) AS x (i) "
            "ON CONFLICT (intent_id) DO UPDATE SET state = 'failed', error_code = 'recalled' "
            # A mail whose sending ended without an answer may have arrived.
            "WHERE (m.state = 'planned' AND m.unknown_outcomes = 0) "
            "OR (m.state = 'failed' AND m.error_code = 'recalled')",
            (self._intents,),
        )
        if cursor.rowcount < len(self._intents):
            raise Conflict("A mail of this upload has just left. Try again.")
