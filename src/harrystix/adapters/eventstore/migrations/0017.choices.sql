-- What somebody has chosen to do something with, while they look at what that would be.
CREATE TABLE app.choices (
    choice_id uuid PRIMARY KEY,
    actor text NOT NULL,
    words jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX choices_made ON app.choices (made_at);
