ALTER TABLE app.api_keys DROP CONSTRAINT api_keys_role_check;
ALTER TABLE app.api_keys ADD CONSTRAINT api_keys_role_check
    CHECK (role IN ('admin', 'support', 'member', 'owner', 'auditor'));

-- Staff: who they are is sealed, what they know is hashed or sealed. What they did is in the log.
CREATE TABLE vault.staff (
    staff_id uuid PRIMARY KEY,
    email_index bytea NOT NULL UNIQUE,
    wrapped_key bytea NOT NULL,
    sealed bytea NOT NULL,
    password_hash text NOT NULL,
    role text NOT NULL,
    -- The time step of the last code that was used: none is good twice.
    last_step bigint NOT NULL DEFAULT 0,
    disabled boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER staff_not_retired AFTER INSERT ON vault.staff REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION vault.refuse_retired();

CREATE TABLE app.recovery_codes (
    staff_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    PRIMARY KEY (staff_id, code_hash)
);

-- `token_hash`: nobody who reads this table can take a session over.
CREATE TABLE app.sessions (
    session_id uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('member', 'staff')),
    subject_id uuid NOT NULL,
    device text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_subject ON app.sessions (subject_id);

-- A request for a link, its address sealed until the mail has left; and the links themselves, by hash.
CREATE TABLE vault.sign_in_requests (
    request_id uuid PRIMARY KEY,
    wrapped_key bytea NOT NULL,
    sealed bytea NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    not_before timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE vault.sign_in_links (
    token_hash bytea PRIMARY KEY,
    wrapped_key bytea NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamptz NOT NULL
);

-- How often somebody tried something lately; keys are hashes of addresses.
CREATE TABLE app.attempts (
    scope text NOT NULL,
    key bytea NOT NULL,
    since timestamptz NOT NULL,
    count int NOT NULL,
    PRIMARY KEY (scope, key)
);

-- From where a command came: personal data, so beside the log, and erasable.
CREATE TABLE vault.requests (
    command_id uuid PRIMARY KEY,
    actor text NOT NULL,
    role text NOT NULL,
    request_id text NOT NULL,
    wrapped_key bytea NOT NULL,
    sealed bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER requests_not_retired AFTER INSERT ON vault.requests REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION vault.refuse_retired();
CREATE INDEX requests_actor ON vault.requests (actor, at);
