"""What is kept beside the log goes in its time, and not before."""

import pytest

from harrystix.adapters.postgres.retention import RETENTION, Kept, tidy
from tests.world import World

ROWS = {
    "answers to requests": "INSERT INTO app.idempotency (actor, key, request_hash, status, body, created_at) "
    "VALUES ('a', gen_random_uuid()::text, '', 200, '', now() - %s)",
    "sessions that have ended": "INSERT INTO app.sessions (session_id, token_hash, kind, subject_id, expires_at) "
    "VALUES (gen_random_uuid(), gen_random_uuid()::text::bytea, 'staff', gen_random_uuid(), now() - %s)",
    "counts of attempts": "INSERT INTO app.attempts (scope, key, since, count) "
    "VALUES ('s', gen_random_uuid()::text::bytea, now() - %s, 1)",
    "processes that were killed": "INSERT INTO app.processes (process_id, part, host, pid, version, seen_at) "
    "VALUES (gen_random_uuid(), 'web', 'h', 1, '1', now() - %s)",
    "choices of pre-orders": "INSERT INTO app.choices (choice_id, actor, words, made_at) "
    "VALUES (gen_random_uuid(), 'a', '{}', now() - %s)",
    "origins of commands": "INSERT INTO vault.requests (command_id, actor, role, request_id, wrapped_key, sealed, at) "
    "VALUES (gen_random_uuid(), 'a', 'admin', 'r', '\\x010001', '', now() - %s)",
    "providers' messages that are done": "INSERT INTO app.inbox "
    "(provider, external_id, kind, hint, state, received_at) "
    "VALUES ('stripe', gen_random_uuid()::text, 'k', '{}', 'done', now() - %s)",
    "tickets' credentials after the event": "WITH e AS (INSERT INTO reporting.events (id, position, name, code, venue, "
    "starts_at, time_zone, price_minor, currency, fallback, window_minutes, version) "
    "VALUES (gen_random_uuid(), 1, '', '', '', now() - %s, 'UTC', 1, 'GBP', 'none', 15, 1) RETURNING id) "
    "INSERT INTO vault.tickets (ticket_id, upload_id, row_number, state, event_id, fingerprint, wrapped_key, sealed) "
    "SELECT gen_random_uuid(), gen_random_uuid(), 1, 'stock', id, id::text::bytea, '\\x010001', '' FROM e",
    "records of mails": "INSERT INTO app.mail_ledger (intent_id, order_id, event_id, state, settled_at) "
    "VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'delivered', now() - %s)",
    "notices to devices that nobody took": "INSERT INTO app.push_due "
    "(subscription_id, member_id, order_id, created_at) "
    "VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), now() - %s)",
    "sign-in links that nobody used": "INSERT INTO vault.sign_in_links (token_hash, wrapped_key, sealed, expires_at) "
    "VALUES (gen_random_uuid()::text::bytea, '', '', now() - %s)",
}


@pytest.mark.parametrize("kept", [kept for kept in RETENTION if kept.sql], ids=lambda kept: str(kept.what))
def test_it_goes_in_its_time_and_not_before(here: World, kept: Kept) -> None:
    database = here.system.database
    for minutes in (-10, 10):
        words = ROWS[kept.what].replace("now() - %s", f"now() - %s - interval '{minutes} minutes'")
        database.execute(words, (kept.keep,))  # type: ignore[arg-type]
    assert tidy(database)[kept.what] == 1
    assert tidy(database)[kept.what] == 0


def test_a_message_that_waits_for_a_person_stays(here: World) -> None:
    here.system.database.execute(
        "INSERT INTO app.inbox (provider, external_id, kind, hint, state, received_at) "
        "VALUES ('stripe', 'evt', 'k', '{}', 'parked', now() - interval '10 years')"
    )
    assert set(tidy(here.system.database).values()) == {0}
