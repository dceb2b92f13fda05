CREATE TABLE approvals (
    id uuid PRIMARY KEY,
    position bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    event_id text NOT NULL DEFAULT '',
    details jsonb NOT NULL,
    reason text NOT NULL,
    state text NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL,
    decided_by text NOT NULL DEFAULT '',
    decided_at timestamptz,
    outcome text NOT NULL DEFAULT '',
    done bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0
);
CREATE INDEX approvals_subject ON approvals (subject, kind);
CREATE INDEX approvals_page ON approvals (position);
CREATE INDEX approvals_open ON approvals (position) WHERE state = 'requested';

CREATE TABLE erasures (
    id uuid PRIMARY KEY,
    position bigint NOT NULL,
    member_id uuid NOT NULL,
    origin text NOT NULL,
    state text NOT NULL,
    ordered_at timestamptz NOT NULL,
    completed_at timestamptz
);
CREATE INDEX erasures_page ON erasures (position);
