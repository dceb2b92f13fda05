-- A partner's keys are one partner: a new key goes on with what the one that it replaces has ordered and uploaded.
ALTER TABLE app.api_keys ADD COLUMN partner_id text;
