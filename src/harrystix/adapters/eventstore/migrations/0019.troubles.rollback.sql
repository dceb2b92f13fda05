DROP TABLE app.failed_work, app.outages, vault.known_credentials;
