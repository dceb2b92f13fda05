-- Who is which customer at the payment provider: ids only.
CREATE TABLE app.customers (
    member_id uuid PRIMARY KEY,
    customer_id text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- What the provider's books say and ours do not, or the other way round; a person decides on repairs.
CREATE TABLE app.findings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind text NOT NULL,
    subject text NOT NULL,
    details jsonb NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    last_seen timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    resolved_by text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX findings_open ON app.findings (kind, subject) WHERE resolved_at IS NULL;

CREATE TABLE app.reconciliations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    since timestamptz NOT NULL,
    is_full boolean NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    payments int NOT NULL DEFAULT 0,
    refunds int NOT NULL DEFAULT 0,
    events int NOT NULL DEFAULT 0,
    findings int NOT NULL DEFAULT 0
);
