DROP TABLE app.failed_work, app.outages, vault.known_credentials, app.provider_payments, app.provider_reads, app.payment_claims, app.installation;
ALTER TABLE vault.tickets DROP COLUMN canonical;
ALTER TABLE app.reconciliations DROP COLUMN complete;
