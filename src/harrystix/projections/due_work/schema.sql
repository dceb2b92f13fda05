-- leased_until and attempts belong to the workers; the rest is a function of the log.
CREATE TABLE due_work (
    kind text NOT NULL,
    subject text NOT NULL,
    event_id text NOT NULL,
    position bigint NOT NULL,
    since timestamptz NOT NULL,
    cause_id text NOT NULL,
    details jsonb NOT NULL,
    leased_until timestamptz NOT NULL DEFAULT '-infinity',
    attempts int NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, subject)
) WITH (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.05);
-- Not on leased_until: a lease is then an update in place, and few rows are under lease at a time.
CREATE INDEX due_work_next ON due_work (kind, position);
CREATE INDEX due_work_orders ON due_work (event_id, position) WHERE kind = 'order';
