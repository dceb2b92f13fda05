DROP INDEX app.identities_staff, app.ceremonies_end;
ALTER TABLE vault.staff DROP COLUMN invited;
