CREATE TABLE capture_runs (
    id uuid PRIMARY KEY,
    position bigint NOT NULL,
    schedule text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    actor text NOT NULL,
    command_id text NOT NULL,
    started_at timestamptz NOT NULL,
    enumerated_at timestamptz,
    no_card int NOT NULL DEFAULT 0,
    needs_member int NOT NULL DEFAULT 0
);

-- Pre-orders that a run gave up, by the command that the run is.
CREATE TABLE given_up (
    cause_id text PRIMARY KEY,
    orders bigint NOT NULL
);

CREATE TABLE capture_attempts (
    id text PRIMARY KEY,
    position bigint NOT NULL,
    order_id uuid NOT NULL,
    event_id uuid NOT NULL,
    run_id text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    state text NOT NULL,
    payment_id text,
    code text NOT NULL DEFAULT '',
    outcome text NOT NULL DEFAULT '',
    requested_at timestamptz NOT NULL,
    settled_at timestamptz
) WITH (fillfactor = 50);
CREATE INDEX capture_attempts_run ON capture_attempts (run_id, position);
CREATE INDEX capture_attempts_event ON capture_attempts (event_id);
CREATE INDEX capture_attempts_payment ON capture_attempts (payment_id);

CREATE TABLE payments (
    id text PRIMARY KEY,
    order_id uuid NOT NULL,
    event_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    state text NOT NULL,
    -- Imported ones were taken by another system: its books are not ours to compare with.
    imported boolean NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX payments_time ON payments (recorded_at);
CREATE INDEX payments_order ON payments (order_id);

CREATE TABLE refunds (
    id uuid PRIMARY KEY,
    position bigint NOT NULL,
    order_id uuid NOT NULL,
    event_id uuid NOT NULL,
    payment_id text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    origin text NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    state text NOT NULL,
    provider_refund_id text NOT NULL DEFAULT '',
    code text NOT NULL DEFAULT '',
    requested_at timestamptz NOT NULL,
    settled_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX refunds_event ON refunds (event_id, position);
CREATE INDEX refunds_payment ON refunds (payment_id);
CREATE INDEX refunds_open ON refunds (requested_at) WHERE state IN ('requested', 'pending', 'requires_action');

CREATE TABLE cases (
    id text PRIMARY KEY,
    position bigint NOT NULL,
    order_id uuid NOT NULL,
    event_id uuid NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    state text NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE INDEX cases_open ON cases (position) WHERE state = 'open';
