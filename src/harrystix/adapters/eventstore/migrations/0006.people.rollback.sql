DROP TABLE vault.requests, app.attempts, vault.sign_in_links, vault.sign_in_requests, app.sessions, app.recovery_codes, vault.staff;
