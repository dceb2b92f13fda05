-- A device tells who somebody is, and an answer may hold a ticket's address: both are sealed.
ALTER TABLE app.sessions DROP COLUMN device;
ALTER TABLE app.sessions ADD COLUMN wrapped_key bytea NOT NULL DEFAULT '', ADD COLUMN sealed bytea NOT NULL DEFAULT '';
DELETE FROM app.idempotency WHERE status IS NOT NULL;
ALTER TABLE app.idempotency ADD COLUMN wrapped_key bytea NOT NULL DEFAULT '';
