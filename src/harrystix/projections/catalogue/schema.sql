CREATE TABLE events (
    id uuid PRIMARY KEY,
    position bigint NOT NULL,
    name text NOT NULL,
    code text NOT NULL,
    venue text NOT NULL,
    starts_at timestamptz NOT NULL,
    time_zone text NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    fallback text NOT NULL,
    window_minutes int NOT NULL,
    version int NOT NULL,
    sales_open_at timestamptz,
    sales_close_at timestamptz,
    allocation_ends_at timestamptz,
    picture text NOT NULL DEFAULT ''
);
CREATE INDEX events_order ON events (starts_at, id);

CREATE TABLE variants (
    id text PRIMARY KEY,
    event_id uuid NOT NULL,
    rank int NOT NULL,
    name text NOT NULL,
    starts_at bigint NOT NULL,
    ends_at bigint NOT NULL
);
CREATE INDEX variants_event ON variants (event_id);
