CREATE TABLE bulk_jobs (
    id uuid PRIMARY KEY,
    position bigint NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    state text NOT NULL,
    total bigint NOT NULL,
    ordered_by text NOT NULL,
    ordered_at timestamptz NOT NULL,
    ended_at timestamptz,
    left_out bigint NOT NULL DEFAULT 0
);
CREATE INDEX bulk_jobs_page ON bulk_jobs (position);
CREATE INDEX bulk_jobs_mine ON bulk_jobs (ordered_by, position);

CREATE TABLE bulk_counts (
    job_id uuid PRIMARY KEY,
    done bigint NOT NULL,
    refused bigint NOT NULL
);

CREATE TABLE bulk_items (
    job_id uuid NOT NULL,
    pre_order_id uuid NOT NULL,
    position bigint NOT NULL,
    why text NOT NULL,
    PRIMARY KEY (job_id, pre_order_id)
);
CREATE INDEX bulk_items_refused ON bulk_items (job_id, pre_order_id) WHERE why <> '';
