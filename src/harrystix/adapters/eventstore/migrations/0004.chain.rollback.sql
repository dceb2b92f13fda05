DROP FUNCTION log.lock_events();
DROP TABLE app.chain;
