CREATE TABLE uploads (
    id uuid PRIMARY KEY,
    position bigint NOT NULL,
    file_name text NOT NULL,
    form text NOT NULL,
    rows bigint NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text NOT NULL,
    actor text NOT NULL,
    received_at timestamptz NOT NULL,
    state text NOT NULL,
    committed_at timestamptz,
    tickets bigint NOT NULL DEFAULT 0,
    duplicates bigint NOT NULL DEFAULT 0,
    malformed bigint NOT NULL DEFAULT 0,
    recalled bigint NOT NULL DEFAULT 0,
    left_out bigint NOT NULL DEFAULT 0
);
CREATE INDEX uploads_page ON uploads (position DESC);

CREATE TABLE upload_progress (
    upload_id uuid PRIMARY KEY,
    assigned bigint NOT NULL DEFAULT 0,
    mailed bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    undelivered bigint NOT NULL DEFAULT 0
);

CREATE TABLE upload_events (
    upload_id uuid NOT NULL,
    event_id uuid NOT NULL,
    tickets bigint NOT NULL,
    PRIMARY KEY (event_id, upload_id)
);
