ALTER TABLE app.sessions DROP COLUMN viewing, DROP COLUMN viewing_until;
ALTER TABLE vault.staff DROP COLUMN events;
DELETE FROM app.api_keys WHERE role = 'partner';
ALTER TABLE app.api_keys
    DROP COLUMN scopes, DROP COLUMN events, DROP COLUMN active, DROP COLUMN expires_at,
    DROP COLUMN last_used_at, DROP COLUMN created_by;
