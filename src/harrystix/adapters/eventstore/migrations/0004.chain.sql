-- The hash chain over the log: a row a batch, written by the follower alone, never changed.
CREATE TABLE app.chain (
    last_position bigint PRIMARY KEY,
    positions bigint[] NOT NULL,
    leaves bytea NOT NULL,
    head bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);

-- Appending needs a lock that INSERT alone does not allow; who may append may take this one, and nothing more.
CREATE FUNCTION log.lock_events() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = log AS
'BEGIN LOCK TABLE log.stored_events IN EXCLUSIVE MODE; END';
