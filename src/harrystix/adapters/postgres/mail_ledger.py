"""The mail ledger: one row an intent. Whoever writes the row first, sender or recaller, decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.sql import SQL

from harrystix.adapters.postgres.database import Database
from harrystix.adapters.postgres.effects import Statement, Steps
from harrystix.application.ports import Due, Effect
from harrystix.domain.errors import Conflict

# A try while the provider was thought to be away: what nobody knows of it is not held against the mail.
PROBE = "probe"


class MailLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, batch_id: str, due: Sequence[Due], *, probe: bool = False) -> dict[str, int]:
        rows = self._database.all(
            "INSERT INTO app.mail_ledger AS m (intent_id, order_id, event_id, state, attempt, batch_id, sending_at, "
            "error_code) SELECT i, o, e, 'sending', 1, %s, clock_timestamp(), %s "
            "FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[]) "
            "AS x (i, o, e) ON CONFLICT (intent_id) DO UPDATE SET state = 'sending', attempt = m.attempt + 1, "
            "batch_id = excluded.batch_id, sending_at = excluded.sending_at, error_code = excluded.error_code "
            "WHERE m.state = 'planned' RETURNING intent_id, unknown_outcomes",
            (
                batch_id,
                PROBE if probe else "",
                [item.subject for item in due],
                [str(item.details["order_id"]) for item in due],
                [item.event_id for item in due],
            ),
        )
        return {str(intent): count for intent, count in rows}

    def not_tried(self, batch_id: str, intents: Sequence[str]) -> Effect:
        if not intents:
            return Steps()
        return Statement(
            "UPDATE app.mail_ledger SET state = 'planned', attempt = greatest(attempt - 1, 0), "
            "error_code = 'not_tried' WHERE intent_id = ANY(%b::uuid[]) AND state = 'sending' AND batch_id = %s",
            (list(intents), batch_id),
        )

    def unknown_outcomes(self, intents: Sequence[str]) -> dict[str, int]:
        rows = self._database.all(
            "SELECT intent_id, unknown_outcomes FROM app.mail_ledger "
            "WHERE intent_id = ANY(%b::uuid[]) AND unknown_outcomes > 0",
            (list(intents),),
        )
        return {str(intent): count for intent, count in rows}

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
            "SELECT intent_id, CASE WHEN state = 'planned' AND may_have_left THEN 'unknown' ELSE state END "
            "FROM app.mail_ledger WHERE intent_id = ANY(%b::uuid[])",
            ([intent for intent in intents if intent],),
        )
        return {str(intent): state for intent, state in rows}

    def in_doubt(self, intents: Sequence[str]) -> set[str]:
        rows = self._database.all(
            "SELECT intent_id FROM app.mail_ledger WHERE intent_id = ANY(%b::uuid[]) "
            "AND state IN ('planned', 'failed') AND may_have_left",
            (list(intents),),
        )
        return {str(row[0]) for row in rows}

    def orders(self, intents: Sequence[str]) -> dict[str, str]:
        rows = self._database.all(
            "SELECT intent_id, order_id FROM app.mail_ledger "
            "WHERE intent_id = ANY(%b::uuid[]) AND order_id <> intent_id",
            (list(intents),),
        )
        return {str(intent): str(order) for intent, order in rows}

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
            "UPDATE app.mail_ledger SET state = 'planned', error_code = %s, may_have_left = may_have_left OR %s, "
            "unknown_outcomes = unknown_outcomes + CASE WHEN %s AND error_code <> %s THEN 1 ELSE 0 END "
            "WHERE intent_id = ANY(%b::uuid[]) AND state = 'sending'",
            (code, unknown, unknown, PROBE, list(intents)),
        )

    def accepted(self, message_ids: Mapping[str, str]) -> Effect:
        return _Settle(message_ids, messages=True)

    def found(self, message_ids: Mapping[str, str]) -> Effect:
        return _Settle(message_ids, messages=True, also="failed")

    def failed(self, codes: Mapping[str, str]) -> Effect:
        return _Settle(codes, messages=False)

    def outcome(self, intents: Sequence[str], state: str) -> Effect:
        if not intents:
            return Steps()
        return Statement(
            "UPDATE app.mail_ledger SET state = %s WHERE intent_id = ANY(%b::uuid[]) "
            "AND (state = 'accepted' OR (state = 'delivered' AND %s = 'bounced'))",
            (state, list(intents), state),
        )

    def recall(self, intents: Sequence[str]) -> Effect:
        # A mail whose sending ended without an answer may have arrived.
        return _Stop([intent for intent in intents if intent], "AND NOT m.may_have_left")

    def call_off(self, intents: Sequence[str]) -> Effect:
        return _Stop([intent for intent in intents if intent], "")


@dataclass(frozen=True, slots=True)
class _Settle:
    """`messages`: accepted, by message id; else failed, by code. `also`: of another state than those that may leave."""

    words: Mapping[str, str]
    messages: bool
    also: str = "sending"

    def run(self, cursor: Any) -> None:
        if not self.words:
            return
        # By key, however many rows there are: left alone the planner reads all of them for a few hundred.
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_seqscan = off")
        cursor.execute(
            "UPDATE app.mail_ledger m SET state = CASE WHEN %(sent)s THEN 'accepted' ELSE 'failed' END, "
            "message_id = CASE WHEN %(sent)s THEN x.word END, "
            "error_code = CASE WHEN %(sent)s THEN '' ELSE x.word END, settled_at = clock_timestamp() "
            "FROM unnest(%(intents)b::uuid[], %(words)b::text[]) AS x (intent, word) "
            "WHERE m.intent_id = x.intent AND m.state IN ('sending', 'planned', %(also)s)",
            {
                "also": self.also,
                "sent": self.messages,
                "intents": list(self.words),
                "words": list(self.words.values()),
            },
        )
        cursor.execute("SET LOCAL enable_hashjoin = on; SET LOCAL enable_seqscan = on")


@dataclass(frozen=True, slots=True)
class _Stop:
    """These do not leave any more. `sure`: what else has to hold of each."""

    intents: list[str]
    sure: LiteralString

    def run(self, cursor: Any) -> None:
        if not self.intents:
            return
        cursor.execute(
            SQL(
                "INSERT INTO app.mail_ledger AS m (intent_id, order_id, event_id, state, error_code, settled_at) "
                "SELECT i, i, i, 'failed', 'recalled', clock_timestamp() FROM unnest(%b::uuid[]) AS x (i) "
                "ON CONFLICT (intent_id) DO UPDATE SET state = 'failed', "
                "error_code = CASE WHEN m.state = 'failed' THEN m.error_code ELSE 'recalled' END "
                "WHERE m.state IN ('planned', 'failed') {}"
            ).format(SQL(self.sure)),
            (self.intents,),
        )
        if cursor.rowcount < len(self.intents):
            raise Conflict("A mail of this ticket has just left. Try again.")
