-- Which form of an address a blind index was made of: 1 until it is made anew of the one that counts now. A new row says
-- its own, so that what an older release still writes is made anew as well.
ALTER TABLE vault.members ADD COLUMN form smallint NOT NULL DEFAULT 1;
ALTER TABLE vault.staff ADD COLUMN form smallint NOT NULL DEFAULT 1;
ALTER TABLE vault.tickets ADD COLUMN form smallint NOT NULL DEFAULT 1;
CREATE INDEX members_older_form ON vault.members (member_id) WHERE form < 2;
CREATE INDEX staff_older_form ON vault.staff (staff_id) WHERE form < 2;
CREATE INDEX tickets_older_form ON vault.tickets (ticket_id) WHERE form < 2;
ALTER TABLE vault.tickets DROP COLUMN canonical;

-- What a person has to look at: `doubled`, somebody else has the same mailbox; `invalid`, it is none.
ALTER TABLE vault.members ADD COLUMN trouble text;
ALTER TABLE vault.staff ADD COLUMN trouble text;
