ALTER TABLE app.api_keys DROP COLUMN partner_id;
