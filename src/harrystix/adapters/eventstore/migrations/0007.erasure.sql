-- How far an erasure has come: random numbers, counts and what providers answered. `xid`: who still sees older rows?
CREATE TABLE app.erasures (
    member_id uuid PRIMARY KEY,
    removed jsonb NOT NULL DEFAULT '{}',
    providers jsonb NOT NULL DEFAULT '{}',
    xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
