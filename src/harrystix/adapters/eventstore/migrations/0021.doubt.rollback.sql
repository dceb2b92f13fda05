ALTER TABLE vault.tickets DROP COLUMN doubled;
ALTER TABLE app.mail_ledger DROP COLUMN may_have_left;
