-- A mail of which a try has left nobody knows what: it may be out, whatever counts against it (a probe counts nothing).
ALTER TABLE app.mail_ledger ADD COLUMN may_have_left boolean NOT NULL DEFAULT false;
UPDATE app.mail_ledger SET may_have_left = true WHERE unknown_outcomes > 0;

-- Its login is another ticket's of the same event: two ways of writing it were two tickets in an older version.
ALTER TABLE vault.tickets ADD COLUMN doubled boolean NOT NULL DEFAULT false;
