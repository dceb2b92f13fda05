-- Pictures of events, by what is in them: whoever asks for one by its name gets the same for ever.
CREATE TABLE app.pictures (
    picture text PRIMARY KEY,
    content bytea NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now()
);
