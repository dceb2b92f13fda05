-- When the last backups were made: for the doctor.
CREATE TABLE app.backups (
    made_at timestamptz PRIMARY KEY DEFAULT now(),
    position bigint NOT NULL,
    size_bytes bigint NOT NULL
);
