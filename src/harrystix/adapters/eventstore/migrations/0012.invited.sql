-- Who was invited to the staff has not chosen a password yet.
ALTER TABLE vault.staff ADD COLUMN invited boolean NOT NULL DEFAULT false;
CREATE INDEX ceremonies_end ON app.ceremonies (expires_at);
-- An address that is somebody else's by now does not lead to who had it before.
CREATE UNIQUE INDEX identities_staff ON app.identities (issuer, staff_id);
