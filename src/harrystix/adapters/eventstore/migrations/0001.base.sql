-- Plain tables beside the log. Read models are not migrated: each has its own schema.sql and is rebuilt.
CREATE SCHEMA IF NOT EXISTS vault;
CREATE SCHEMA IF NOT EXISTS app;
CREATE SCHEMA IF NOT EXISTS reporting;

CREATE TABLE vault.members (
    member_id uuid PRIMARY KEY,
    email_index bytea NOT NULL UNIQUE,
    wrapped_key bytea NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE vault.tickets (
    ticket_id uuid PRIMARY KEY,
    upload_id uuid NOT NULL,
    row_number int NOT NULL,
    state text NOT NULL DEFAULT 'staged' CHECK (state IN ('staged', 'stock')),
    event_id uuid,
    event_text text NOT NULL DEFAULT '',
    variant_text text NOT NULL DEFAULT '',
    fingerprint bytea NOT NULL,
    wrapped_key bytea NOT NULL,
    sealed bytea NOT NULL
);
CREATE UNIQUE INDEX tickets_once ON vault.tickets (event_id, fingerprint) WHERE state = 'stock';
CREATE INDEX tickets_staged ON vault.tickets (upload_id, row_number) WHERE state = 'staged';
CREATE INDEX tickets_staged_fingerprint ON vault.tickets (fingerprint) WHERE state = 'staged';

CREATE TABLE app.directory (
    event_id uuid PRIMARY KEY,
    code_key text NOT NULL UNIQUE,
    name_key text NOT NULL,
    name text NOT NULL
);
CREATE INDEX directory_name ON app.directory (name_key);

CREATE TABLE app.upload_files (
    upload_id uuid PRIMARY KEY,
    sha256 text NOT NULL,
    encoding text NOT NULL,
    delimiter text NOT NULL,
    problems jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    rows_kept boolean NOT NULL DEFAULT true,
    discarded boolean NOT NULL DEFAULT false
);
CREATE INDEX upload_files_sha ON app.upload_files (sha256, received_at);

CREATE TABLE app.inbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider text NOT NULL,
    external_id text NOT NULL,
    kind text NOT NULL,
    hint jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'ignored', 'parked')),
    attempts int NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    note text NOT NULL DEFAULT '',
    UNIQUE (provider, external_id)
);
CREATE INDEX inbox_pending ON app.inbox (not_before) WHERE state = 'pending';

CREATE TABLE app.mail_ledger (
    intent_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    event_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'sending', 'accepted', 'delivered', 'bounced', 'failed')),
    attempt int NOT NULL DEFAULT 0,
    batch_id uuid,
    message_id text,
    sending_at timestamptz,
    settled_at timestamptz,
    error_code text NOT NULL DEFAULT '',
    unknown_outcomes int NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX mail_ledger_message ON app.mail_ledger (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX mail_ledger_sending ON app.mail_ledger (sending_at) WHERE state = 'sending';

CREATE TABLE app.api_keys (
    key_id text PRIMARY KEY,
    secret_hash bytea NOT NULL,
    role text NOT NULL CHECK (role IN ('admin', 'support', 'member')),
    member_id uuid,
    label text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    CHECK ((role = 'member') = (member_id IS NOT NULL))
);

CREATE TABLE app.idempotency (
    actor text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status int,
    body bytea,
    headers jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_age ON app.idempotency (created_at);

CREATE TABLE reporting.positions (
    model text PRIMARY KEY,
    position bigint NOT NULL,
    recorded_at timestamptz
);
