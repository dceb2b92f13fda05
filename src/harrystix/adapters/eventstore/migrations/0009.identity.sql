-- Passkeys: public keys and random numbers. `subject_id` is a member's or a member of staff's.
CREATE TABLE app.passkeys (
    credential_id bytea PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('member', 'staff')),
    subject_id uuid NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    transports text[] NOT NULL,
    aaguid text NOT NULL,
    synced boolean NOT NULL,
    backed_up boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz
);
CREATE INDEX passkeys_subject ON app.passkeys (kind, subject_id);

-- What was begun in a browser and has to come back to the same one: each good once, for minutes.
CREATE TABLE app.ceremonies (
    token_hash bytea PRIMARY KEY,
    kind text NOT NULL,
    subject_id uuid,
    secret jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);

-- Whom the house's identity provider means.
CREATE TABLE app.identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    staff_id uuid NOT NULL,
    linked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (issuer, subject)
);
