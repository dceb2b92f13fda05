-- Which processes of the house run: each says so every ten seconds.
CREATE TABLE app.processes (
    process_id uuid PRIMARY KEY,
    part text NOT NULL,
    host text NOT NULL,
    pid int NOT NULL,
    version text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now()
);
