-- One row an event, and one for all of them (the nil id), so that the first page never adds up.
CREATE TABLE overview (
    event_id uuid PRIMARY KEY,
    orders bigint NOT NULL DEFAULT 0,
    tickets bigint NOT NULL DEFAULT 0,
    assigned bigint NOT NULL DEFAULT 0,
    automatic bigint NOT NULL DEFAULT 0,
    waiting bigint NOT NULL DEFAULT 0,
    unmatched bigint NOT NULL DEFAULT 0,
    mailed bigint NOT NULL DEFAULT 0,
    undelivered bigint NOT NULL DEFAULT 0
);
CREATE INDEX overview_worst ON overview ((-unmatched), event_id);

-- How long it took from ticket and money being there: bucket n is 1.1^n milliseconds.
CREATE TABLE overview_latency (
    event_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('assigned', 'mailed')),
    bucket int NOT NULL,
    orders bigint NOT NULL,
    PRIMARY KEY (event_id, kind, bucket)
);

CREATE TABLE overview_uploads (
    event_id uuid PRIMARY KEY,
    last_upload_at timestamptz NOT NULL
);

-- What came on each day (UTC), of each event and of all.
CREATE TABLE overview_daily (
    event_id uuid NOT NULL,
    day date NOT NULL,
    orders bigint NOT NULL DEFAULT 0,
    tickets bigint NOT NULL DEFAULT 0,
    assigned bigint NOT NULL DEFAULT 0,
    mailed bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (event_id, day)
);

-- How long it took to the mail for all events, day by day (UTC).
CREATE TABLE overview_days (
    day date NOT NULL,
    bucket int NOT NULL,
    orders bigint NOT NULL,
    PRIMARY KEY (day, bucket)
);
