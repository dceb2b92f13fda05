ALTER TABLE app.api_keys DROP CONSTRAINT api_keys_role_check;
ALTER TABLE app.api_keys ADD CONSTRAINT api_keys_role_check
    CHECK (role IN ('admin', 'support', 'member', 'owner', 'auditor', 'partner'));
-- `events`: which ones it is for, null: all. `active`: false until a second person has agreed.
ALTER TABLE app.api_keys
    ADD COLUMN scopes text[] NOT NULL DEFAULT '{}',
    ADD COLUMN events uuid[],
    ADD COLUMN active boolean NOT NULL DEFAULT true,
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN created_by text NOT NULL DEFAULT '';
-- The events of an event admin; what is here is in the log too.
ALTER TABLE vault.staff ADD COLUMN events uuid[] NOT NULL DEFAULT '{}';
-- Whose pages a member of staff looks at, and until when.
ALTER TABLE app.sessions ADD COLUMN viewing uuid, ADD COLUMN viewing_until timestamptz;
