-- Who was invited to the staff has not chosen a password yet.
ALTER TABLE vault.staff ADD COLUMN invited boolean NOT NULL DEFAULT false;
-- Who waits for a second person has a password that somebody else chose: they choose their own now.
UPDATE vault.staff SET invited = true WHERE disabled AND last_step = 0;
CREATE INDEX ceremonies_end ON app.ceremonies (expires_at);
-- An address that is somebody else's by now does not lead to who had it before.
DELETE FROM app.identities i USING app.identities newer
    WHERE i.issuer = newer.issuer AND i.staff_id = newer.staff_id
    AND (i.linked_at, i.subject) < (newer.linked_at, newer.subject);
CREATE UNIQUE INDEX identities_staff ON app.identities (issuer, staff_id);
-- A partner's key is for the events that it names.
UPDATE app.api_keys SET events = '{}' WHERE role = 'partner' AND events IS NULL;
