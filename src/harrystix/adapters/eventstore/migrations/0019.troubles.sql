-- Pieces of work that failed: their own count and delay, which a rebuild of the read models does not forget.
CREATE TABLE app.failed_work (
    kind text NOT NULL,
    subject text NOT NULL,
    tries int NOT NULL,
    code text NOT NULL,
    first_failed_at timestamptz NOT NULL DEFAULT now(),
    last_failed_at timestamptz NOT NULL DEFAULT now(),
    next_try_at timestamptz NOT NULL,
    parked boolean NOT NULL DEFAULT false,
    PRIMARY KEY (kind, subject)
);

-- Providers, or parts of one, that nobody asks anything for the time being.
CREATE TABLE app.outages (
    name text PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT now(),
    why text NOT NULL,
    tries int NOT NULL DEFAULT 1,
    next_try_at timestamptz NOT NULL
);

-- Credentials that somebody has seen and whose ticket is gone: the same row uploaded again is no new ticket.
CREATE TABLE vault.known_credentials (
    event_id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, fingerprint)
);

-- Payments that the provider has of our pre-orders, whatever our log knows of them; read up to `until_at`.
CREATE TABLE app.provider_payments (
    payment_id text PRIMARY KEY,
    order_id text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX provider_payments_order ON app.provider_payments (order_id);
CREATE TABLE app.provider_reads (
    name text PRIMARY KEY,
    until_at timestamptz NOT NULL
);

-- A payment pays one pre-order, whoever says that it was made.
CREATE TABLE app.payment_claims (
    payment_id text PRIMARY KEY,
    order_id uuid NOT NULL
);

-- Fingerprints made before they were made of the canonical login; false until they are made anew.
ALTER TABLE vault.tickets ADD COLUMN canonical boolean NOT NULL DEFAULT false;
CREATE INDEX tickets_not_canonical ON vault.tickets (ticket_id) WHERE NOT canonical;

-- Whose keys this vault was filled with: a value that tells one key file from another, and nothing of either.
CREATE TABLE app.installation (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    key_check bytea NOT NULL
);

-- A comparison that did not come to its end is none: the next one looks at its time as well.
ALTER TABLE app.reconciliations ADD COLUMN complete boolean NOT NULL DEFAULT false;
UPDATE app.reconciliations SET complete = finished_at IS NOT NULL;
