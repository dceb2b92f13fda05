ALTER TABLE vault.staff DROP COLUMN trouble, DROP COLUMN form;
ALTER TABLE vault.members DROP COLUMN trouble, DROP COLUMN form;
ALTER TABLE vault.tickets DROP COLUMN form;
ALTER TABLE vault.tickets ADD COLUMN canonical boolean NOT NULL DEFAULT false;
CREATE INDEX tickets_not_canonical ON vault.tickets (ticket_id) WHERE NOT canonical;
