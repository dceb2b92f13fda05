-- What the desk looks at: mails that failed, newest first; and the lists that somebody has given a name.
CREATE INDEX mail_ledger_failed ON app.mail_ledger (settled_at, intent_id)
    WHERE state = 'failed' AND error_code <> 'recalled';
-- Devices of members that want to be told, and what they are still to be told; the words are made when it is sent.
CREATE TABLE vault.push_subscriptions (
    subscription_id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    session_id uuid,
    endpoint_index bytea NOT NULL UNIQUE,
    wrapped_key bytea NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX push_subscriptions_member ON vault.push_subscriptions (member_id);
CREATE TRIGGER push_subscriptions_not_retired AFTER INSERT ON vault.push_subscriptions
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION vault.refuse_retired();
CREATE TABLE app.push_due (
    push_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    subscription_id uuid NOT NULL,
    member_id uuid NOT NULL,
    order_id uuid NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (subscription_id, order_id)
);
CREATE INDEX push_due_next ON app.push_due (not_before);
CREATE TABLE app.saved_views (
    id uuid PRIMARY KEY,
    actor text NOT NULL,
    name text NOT NULL,
    query text NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (actor, name)
);
