DROP INDEX app.inbox_stripe;
DROP INDEX app.inbox_parked;
