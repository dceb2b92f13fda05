DROP TABLE app.saved_views;
DROP TABLE app.push_due;
DROP TABLE vault.push_subscriptions;
DROP INDEX app.mail_ledger_failed;
