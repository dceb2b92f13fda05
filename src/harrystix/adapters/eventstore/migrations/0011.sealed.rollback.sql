ALTER TABLE app.idempotency DROP COLUMN wrapped_key;
ALTER TABLE app.sessions DROP COLUMN wrapped_key, DROP COLUMN sealed;
ALTER TABLE app.sessions ADD COLUMN device text NOT NULL DEFAULT '';
