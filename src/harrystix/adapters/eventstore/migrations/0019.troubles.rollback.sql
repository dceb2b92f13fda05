DROP TABLE app.failed_work, app.outages, vault.known_credentials, app.provider_payments, app.provider_reads;
